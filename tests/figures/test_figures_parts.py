"""Grids, the box of Fig. 7, the gallery of memories, which pairs are shown."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from figures_case import WORDS, drawn_set, tiny_model
from PIL import Image, ImageFont

from mimnet.data.folder import read_split
from mimnet.errors import MimnetError
from mimnet.evaluation.edited import edits
from mimnet.evaluation.painter import ModelPainter
from mimnet.evaluation.pairs import draw_pairs, save_pairs
from mimnet.evaluation.scores import Truths
from mimnet.figures.canvas import Line, Note, draw_grid, enlarged, wrapped
from mimnet.figures.choice import choose
from mimnet.figures.gallery import alone, choosers, gallery
from mimnet.figures.localization import YELLOW, box, boxed
from mimnet.figures.look import look, paint
from mimnet.figures.neutral import grey_flower, white_scene


def coloured(colour: str, size: tuple[int, int] = (32, 32)) -> Image.Image:
    return Image.new("RGB", size, colour)


def test_a_grid_has_its_columns_under_their_titles() -> None:
    lines = [Line([coloured("#ff0000"), "some words", coloured("#0000ff")]) for _ in range(2)]
    sheet = draw_grid(lines, side=192, titles=["input", "caption", "a"])
    assert sheet.width == 8 + 3 * (192 + 8)
    pixels = np.asarray(sheet)
    red = np.argwhere((pixels == (255, 0, 0)).all(-1))
    blue = np.argwhere((pixels == (0, 0, 255)).all(-1))
    assert (red[:, 1].min(), red[:, 1].max()) == (8, 8 + 191)
    assert (blue[:, 1].min(), blue[:, 1].max()) == (8 + 2 * 200, 8 + 2 * 200 + 191)
    assert len(red) == len(blue) == 2 * 192 * 192  # nothing is written over a picture
    assert (pixels[-8:] == 255).all()


def test_notes_stand_clear_of_pictures_and_inside_the_figure() -> None:
    long = "a caption with very many words " * 8
    notes = [Note(long, 0, 1), Note("short", 1)]
    sheet = np.asarray(draw_grid([Line([coloured("#00ff00")] * 2, notes, [Note(long)])] * 2, side=64))
    green = (sheet == (0, 255, 0)).all(-1)
    assert green.sum() == 4 * 64 * 64
    assert (sheet[:, -2:] == 255).all()


def test_long_words_are_broken_and_none_is_lost() -> None:
    font = ImageFont.load_default(16)
    lines = wrapped("no-pgt-no-lmem-with-a-long-name and " + "x" * 60, font, 90)
    assert "".join(lines).replace(" ", "") == "no-pgt-no-lmem-with-a-long-nameand" + "x" * 60
    assert all(font.getlength(line) <= 90 for line in lines)


def test_small_pictures_are_enlarged_in_their_own_pixels() -> None:
    small = np.random.default_rng(0).integers(0, 255, (8, 8, 3), np.uint8)
    assert np.array_equal(np.asarray(enlarged(Image.fromarray(small), 64)), small.repeat(8, 0).repeat(8, 1))
    assert enlarged(coloured("red", (100, 50)), 192).size == (192, 96)


def test_the_box_holds_every_weight_of_half_the_largest() -> None:
    draw = np.random.default_rng(1)
    for _ in range(50):
        weights = draw.random((7, 9)).astype(np.float32) ** 6
        cells = [(y, x) for y in range(7) for x in range(9) if weights[y, x] >= weights.max() / 2]
        ys, xs = [y for y, _ in cells], [x for _, x in cells]
        assert box(weights) == (min(xs), min(ys), max(xs) + 1, max(ys) + 1)


def test_the_box_is_drawn_where_its_cells_are() -> None:
    weights = np.full((8, 8), 0.1, np.float32)
    weights[2:5, 1:4] = 0.7
    pixels = np.asarray(boxed(coloured("#000060"), weights, 192))
    rows, columns = np.nonzero((pixels == YELLOW).all(-1))
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (24 + 1, 96 - 2, 48 + 1, 120 - 2)
    assert (pixels[60:100, 40:80] == (0, 0, 0x60)).all()  # what is inside stays to be seen


def test_look_is_what_the_painter_paints() -> None:
    model = tiny_model()
    picture = grey_flower(32)
    texts = ["this flower has red petals", "blue petals"]
    painted = ModelPainter(model).paint(np.stack([picture] * 2), texts)
    for i, seen in enumerate(look(model, picture, texts)):
        assert np.abs(seen.result.astype(int) - painted.last[i]).max() <= 1
        assert painted.weight_map is not None
        assert np.abs(np.asarray(seen.grey_map()).astype(int) - painted.weight_map[i]).max() <= 1


def test_a_memory_painted_alone_does_not_depend_on_the_word() -> None:
    model = tiny_model()
    picture, made = grey_flower(32), alone(model, grey_flower(32))
    assert len(made) == 16
    assert len({x.tobytes() for x in made}) == 16
    with torch.inference_mode():
        ids, length = model.vocabulary.batch(["a blue bird with red petals"], 24)
        one = torch.zeros(1, 24, 16)
        one[..., 5] = 1
        texture = model.generator.read(ids, length, attention=one)
    assert np.abs(paint(model, picture, texture)[0].result.astype(int) - made[5]).max() <= 1


def test_the_gallery_names_the_words_that_choose_a_memory() -> None:
    model = tiny_model(memories=2)
    generator = model.generator
    generator.reader.forward = lambda vectors, length: torch.cat([vectors, vectors], -1)
    red, blue = model.vocabulary.ids["red"], model.vocabulary.ids["blue"]
    with torch.no_grad():
        generator.vectors.vectors.zero_()
        generator.vectors.vectors[red, 0], generator.vectors.vectors[blue, 0] = 6.0, -6.0
        generator.memory.memory.zero_()
        generator.memory.memory[0, 0], generator.memory.memory[1, 0] = 1.0, -1.0
        generator.memory.key.weight.zero_()
        generator.memory.key.weight[0, 0] = 10.0
    found = choosers(model, ["a red flower", "this blue bird", "unheard blue petals"])
    assert found.top(0)[0] == ("red", pytest.approx(1, abs=1e-3))
    assert found.top(1)[0] == ("blue", pytest.approx(1, abs=1e-3))
    assert {word for word, _ in found.top(0)[1:]} <= set(WORDS)
    assert found.use == pytest.approx([(1 + 6 * 0.5) / 9, (2 + 6 * 0.5) / 9], abs=1e-3)  # nine places in all
    assert found.weights.sum(1) == pytest.approx(np.ones(len(found.words)))


def test_the_gallery_has_a_cell_for_every_memory() -> None:
    model = tiny_model()
    sheet = gallery(model, grey_flower(32), ["a red flower", "this blue bird"])
    assert sheet.width == 8 + 9 * 200  # 17 cells in lines of 9
    pixels = np.asarray(sheet)
    cells = 0
    for column in range(9):
        strip = pixels[:, 8 + 200 * column : 8 + 200 * column + 192]
        full = (strip != 255).any(-1).mean(1) > 0.9
        cells += int(full.sum()) // 192
    assert cells == 17
    with pytest.raises(MimnetError, match="no memory"):
        choosers(tiny_model(memory=False), ["a red flower"])


@pytest.mark.parametrize("make", [grey_flower, white_scene])
def test_neutral_pictures_have_no_colour_of_their_own(make: object) -> None:
    picture = make(64)  # type: ignore[operator]
    assert picture.shape == (64, 64, 3)
    petal = picture[16:20, 30:34].astype(int).mean((0, 1))
    assert petal.max() - petal.min() < 25
    assert petal.mean() > picture[2:6, 2:6].mean() + 40


def test_pairs_of_a_comparison_are_used_if_they_are_those_asked_for(tmp_path: Path) -> None:
    data, out = drawn_set(tmp_path), tmp_path / "out"
    split = data / "test"
    rows, groups = read_split(data, "test"), Truths(split).groups(split)
    painter = ModelPainter(tiny_model())

    fresh = choose(data, "test", out, [painter], seed=0, limit=5, rows=3)
    assert (len(fresh.pairs), fresh.shown, len(fresh.rows)) == (5, (0, 1, 2, 3, 4), 3)
    assert fresh == choose(data, "test", out, [painter], seed=0, limit=5, rows=3)
    assert fresh.pairs == draw_pairs(rows, split, seed=0, limit=5, groups=groups)

    everything = draw_pairs(rows, split, seed=0, groups=groups)
    save_pairs(out / "pairs.json", everything)
    some = choose(data, "test", out, [painter], seed=0, limit=5, rows=3)  # no edits are kept: only these are made
    assert [p.file for p in some.pairs.pairs] == [p.file for p in fresh.pairs.pairs]
    assert set(some.pairs.pairs) < set(everything.pairs)

    edits(painter, everything, 0, everything.pairs, out)
    kept = choose(data, "test", out, [painter], seed=0, limit=5, rows=3)
    assert kept.pairs == everything
    assert [kept.pairs.pairs[i] for i in kept.shown] == list(some.pairs.pairs)
    assert choose(data, "test", out, [painter], seed=1, limit=5, rows=3).pairs.seed == 1  # others than those there

    told = json.loads((out / "pairs.json").read_text())
    (out / "pairs.json").write_text(json.dumps({**told, "format": "other"}))
    with pytest.raises(MimnetError, match="no file of pairs"):
        choose(data, "test", out, [painter], seed=0, limit=5, rows=3)
