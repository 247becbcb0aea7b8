"""ManiGAN (Li et al., 2020): words and a picture's own features are joined by an affine combination, at three sizes."""
