"""Scores against known truth, on cases whose answer is known."""

import numpy as np
import pytest

from mimnet.metrics.truth import truth_score

SIZE = 32


def case() -> dict[str, np.ndarray]:
    image = np.full((SIZE, SIZE, 3), 100, np.uint8)
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[8:24, 8:24] = 255
    truth = image.copy()
    truth[8:24, 8:24] = 151
    return {"image": image, "truth": truth, "mask": mask}


def test_the_true_edit_scores_perfectly() -> None:
    known = case()
    score = truth_score(**known, edit=known["truth"], weight_map=known["mask"])
    assert score is not None
    assert score.inside == 0
    assert score.outside == 0
    assert score.iou == 1
    assert score.pointing
    assert score.unchanged == pytest.approx(51 / 255)


def test_leaving_the_picture_alone_scores_as_unchanged() -> None:
    known = case()
    score = truth_score(**known, edit=known["image"], weight_map=np.zeros((8, 8), np.uint8))
    assert score is not None
    assert score.inside == score.unchanged > 0
    assert score.iou == 0


def test_a_change_of_the_background_is_seen_and_its_size_known() -> None:
    known = case()
    edit = known["truth"].copy()
    edit[:4] += 51  # 4 of the rows outside
    score = truth_score(**known, edit=edit, weight_map=known["mask"])
    assert score is not None
    outside = SIZE * SIZE - 20 * 20  # the mask grown by two pixels
    assert score.outside == pytest.approx(51 / 255 * 4 * SIZE / outside)
    assert score.inside == 0


def test_iou_of_a_map_over_everything_is_the_masks_share() -> None:
    known = case()
    score = truth_score(**known, edit=known["truth"], weight_map=np.full((8, 8), 255, np.uint8))
    assert score is not None
    assert score.iou == pytest.approx(16 * 16 / SIZE**2)


def test_an_empty_mask_has_no_score() -> None:
    known = case() | {"mask": np.zeros((SIZE, SIZE), np.uint8)}
    assert truth_score(**known, edit=known["image"], weight_map=known["mask"]) is None


def test_a_map_whose_largest_weight_is_in_many_places_points_by_their_share() -> None:
    known = case()
    flat = np.full((8, 8), 200, np.uint8)
    score = truth_score(**known, edit=known["truth"], weight_map=flat)
    assert score is not None
    assert score.pointing == pytest.approx(16 * 16 / SIZE**2)
