"""The colour rules against colours that people agree on, and shares against counting by hand."""

import numpy as np
import pytest

from mimnet.data.drawn import render, sample_scene, species_of, true_edit, true_mask
from mimnet.metrics.colour import NAMES, PETALS, colour_names, colour_shares, leads

AGREED = {
    "red": [(220, 20, 30), (150, 10, 20), (255, 60, 50)],
    "orange": [(255, 140, 0), (240, 120, 30)],
    "yellow": [(255, 225, 20), (230, 200, 40)],
    "pink": [(255, 150, 190), (240, 100, 160), (250, 180, 185)],
    "purple": [(128, 40, 190), (110, 60, 200), (150, 100, 220)],
    "blue": [(40, 70, 220), (90, 140, 240)],
    "white": [(250, 250, 250), (225, 225, 235)],
    "green": [(40, 140, 40), (90, 160, 60)],
    "brown": [(110, 70, 40), (90, 60, 30)],
    "grey": [(120, 120, 125)],
    "black": [(10, 12, 14)],
}


@pytest.mark.parametrize(("name", "rgb"), [(n, c) for n, colours in AGREED.items() for c in colours])
def test_names_agree_with_people(name: str, rgb: tuple[int, int, int]) -> None:
    assert NAMES[int(colour_names(np.array(rgb, np.uint8)))] == name


def test_shares_count_petal_colours_alone() -> None:
    image = np.zeros((4, 4, 3), np.uint8)
    image[0] = (220, 20, 30)  # 4 red
    image[1, :2] = (250, 250, 250)  # 2 white
    image[1, 2:] = (40, 140, 40)  # 2 green, 8 black: ground
    shares = colour_shares(image)
    assert shares["red"] == pytest.approx(4 / 6)
    assert shares["white"] == pytest.approx(2 / 6)
    assert sum(shares.values()) == pytest.approx(1)
    assert leads(image, "red")
    assert not leads(image, "white")


def test_weights_choose_the_region() -> None:
    image = np.zeros((2, 2, 3), np.uint8)
    image[0] = (220, 20, 30)
    image[1] = (250, 250, 250)
    weights = np.array([[0.1, 0.1], [1.0, 1.0]])
    assert colour_shares(image, weights)["white"] == pytest.approx(2 / 2.2)
    assert leads(image, "white", weights)


def test_no_petal_colour_leads_nothing() -> None:
    assert not any(leads(np.full((3, 3, 3), 5, np.uint8), name) for name in PETALS)


def test_true_edits_of_drawn_flowers_lead_in_their_petals() -> None:
    right = total = 0
    for seed in range(20):
        scene = sample_scene(seed, "flower", species_of("flower")[seed])
        for colour in PETALS:
            stated = {"petals": colour, "pattern": "plain"}
            picture = render(true_edit(scene, stated), 64).image
            weights = true_mask(scene, {"petals": colour}, 64) / 255
            if weights.sum() < 40:
                continue
            total += 1
            right += leads(picture, colour, weights)
    assert total > 100
    assert right / total > 0.9
