"""What computes edits: torch with a model file, or onnxruntime with exported graphs. Both answer alike."""
