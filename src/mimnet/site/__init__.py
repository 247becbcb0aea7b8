"""A static site in which visitors edit photographs with a model, in their own browser."""
