"""A model as ONNX graphs: exported, made smaller, and compared with torch before anyone gets them."""
