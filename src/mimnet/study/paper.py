"""Table 2 of the paper: its human study, to set beside one's own."""

from mimnet.study.questions import QUESTIONS

# mean and standard deviation over all grades, in the order of QUESTIONS
PAPER: dict[str, tuple[tuple[float, float], ...]] = {
    "ManiGAN": ((3.44, 1.20), (3.01, 1.18), (3.28, 1.17)),
    "without memory": ((2.29, 1.30), (2.24, 1.36), (2.30, 1.34)),
    "ours, 256 px": ((3.50, 1.13), (3.42, 1.21), (3.51, 1.16)),
}
CAVEAT = (
    "The paper asked 67 people about 30 pairs; its figures are not the same experiment (other pictures, other models, "
    "other raters), so compare the order of the rows, not the numbers."
)

assert all(len(row) == len(QUESTIONS) for row in PAPER.values())
