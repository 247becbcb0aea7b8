"""The networks: tensors in, tensors out. No files, no global settings, no device names (Sec. 3)."""
