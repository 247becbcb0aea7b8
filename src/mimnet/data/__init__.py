"""Captioned pictures: the plain folder, its cache of resized pictures, batches, and the drawn set."""
