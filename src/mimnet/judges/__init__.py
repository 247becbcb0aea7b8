"""Networks that judge edits: they give probabilities of classes, embeddings of pictures and sentences, or features.

A score is a formula (mimnet.metrics) on what a judge says. Two judges are two scales, so each has a name and a
fingerprint that stand beside every score. No judge takes part in training a generator.
"""
