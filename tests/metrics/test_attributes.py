"""Attribute accuracy on cases with known answers."""

from mimnet.metrics.attributes import Named, attribute_score

BEFORE = {"head": "red", "wing": "blue", "belly": "white"}


def score(seen_after: dict[str, str], *, seen_before: dict[str, str] = BEFORE) -> Named:
    return attribute_score(
        seen_before=seen_before,
        seen_after=seen_after,
        true_before=BEFORE,
        true_after={**BEFORE, "head": "green"},
        named={"head": "green", "belly": "white"},
    )


def test_a_head_that_comes_out_and_a_wing_that_stays() -> None:
    assert score({"head": "green", "wing": "blue", "belly": "white"}) == Named(1.0, 1.0)


def test_a_head_that_does_not_and_a_wing_that_does_not() -> None:
    assert score({"head": "red", "wing": "green", "belly": "white"}) == Named(0.0, 0.0)


def test_what_is_named_and_was_so_already_counts_on_neither_side() -> None:
    assert score({"head": "green", "wing": "blue", "belly": "black"}) == Named(1.0, 1.0)


def test_what_the_classifier_misread_before_is_not_held_against_the_edit() -> None:
    blind = {**BEFORE, "wing": "grey"}
    assert score({"head": "green", "wing": "grey", "belly": "white"}, seen_before=blind) == Named(1.0, None)
