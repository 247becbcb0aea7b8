"""Tests of colours that other objects show."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mimnet.data.dyes import Dye, Dyes, dyes_of
from mimnet.data.folder import Captioned
from mimnet.data.outline import Colours
from mimnet.data.rows import Rows
from mimnet.errors import MimnetError

PURPLE, YELLOW = (140, 60, 170), (230, 200, 40)
KNOWN = {"purple": 5, "yellow": 7}


def photographs(folder: Path, colour: tuple[int, int, int], captions: tuple[str, ...], count: int) -> list[Captioned]:
    """A disc of one colour, a little different in each, on grey ground with some noise."""
    draw, found = np.random.default_rng(0), []
    y, x = np.mgrid[:64, :64]
    for i in range(count):
        picture = np.full((64, 64, 3), 110.0)
        picture[(y - 32) ** 2 + (x - 32) ** 2 < 16**2] = colour
        file = folder / f"{'-'.join(captions[0].split())}-{i}.png"
        Image.fromarray((picture + draw.normal(0, 5, picture.shape)).clip(0, 255).astype(np.uint8)).save(file)
        found.append(Captioned(file, captions, None))
    return found


def test_they_are_taken_from_the_object_where_captions_agree_on_one_colour(tmp_path: Path) -> None:
    pytest.importorskip("cv2")
    rows = [
        *photographs(tmp_path, PURPLE, ("a purple flower", "purple petals with a yellow middle", "it is purple"), 9),
        *photographs(tmp_path, YELLOW, ("its petals are yellow", "a flower", "yellow"), 8),
        *photographs(tmp_path, YELLOW, ("a purple one", "purple", "a yellow one"), 9),  # they do not agree
        *photographs(tmp_path, (200, 30, 30), ("red petals", "red"), 9),  # a word that is not known
    ]
    dyes = dyes_of([Rows.of(rows)], KNOWN, quiet=True)
    assert {name: len(some) for name, some in dyes.dyes.items()} == {"purple": 9, "yellow": 8}
    for name, wanted in (("purple", PURPLE), ("yellow", YELLOW)):
        for dye in dyes.dyes[name]:
            assert dye.word == KNOWN[name]
            assert np.abs(dye.colours.mean - wanted).max() < 8  # and not of the ground
    few = Rows.of(rows[:7])
    with pytest.raises(MimnetError, match="no colour stands alone"):
        dyes_of([few], KNOWN, quiet=True)
    with pytest.raises(MimnetError, match="name captioned folders"):
        dyes_of([], KNOWN, quiet=True)


def test_every_name_comes_as_often_and_what_tells_it_better_more_often() -> None:
    draw = np.random.default_rng(1)
    means = {
        "white": draw.normal((235, 235, 230), 6, (60, 3)),
        "pink": np.concatenate([draw.normal((230, 120, 160), 10, (10, 3)), draw.normal((238, 225, 225), 4, (10, 3))]),
    }
    some = [
        Dye(name, number, Colours(mean.astype(np.float32), np.ones(3, np.float32)))
        for number, (name, those) in enumerate(means.items())
        for mean in those
    ]
    drawn = [Dyes(some).drawn(draw) for _ in range(400)]
    pink = [dye.colours.mean[1] for dye in drawn if dye.name == "pink"]
    assert 160 < len(pink) < 240
    assert np.mean(np.array(pink) < 180) > 0.8  # half of what is called so is nearly white
