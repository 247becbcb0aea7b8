"""MIM-Net: edit the look of an object in a photograph by describing it."""
