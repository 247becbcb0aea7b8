"""Checkpoints of TensorFlow read without TensorFlow, both formats, as plain arrays; nothing in them is run."""
