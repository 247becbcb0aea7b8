"""Word vectors from files: GloVe and fastText text, word2vec's and fastText's binary formats."""
