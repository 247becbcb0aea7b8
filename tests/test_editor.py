"""The editor on pictures of every kind, with a small random model."""

import io
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mimnet.blend import follow_edges, full_mask, transfer
from mimnet.checkpoint import load_model, save_model
from mimnet.config import MIMNetModel
from mimnet.editor import Editor
from mimnet.engines.torch import TorchEngine
from mimnet.errors import MimnetError
from mimnet.explain import explanation, heat_map
from mimnet.families import new_generator
from mimnet.images import to_rgb
from mimnet.recipe import encode, read_recipe
from mimnet.text import PAD, UNKNOWN, Vocabulary

TEXT = "a flower with red petals"
SMALL = MIMNetModel(
    size=32,
    memories=12,
    texture=16,
    word_vector=16,
    word_feature=32,
    max_words=8,
    memory_spread=0.25,  # larger, and the map of random weights is full everywhere
    encoder="own",
    encoder_width=16,
    share_encoder=False,
    decoder_width=16,
    paste=True,
)


def write_model(path: Path, config: MIMNetModel = SMALL) -> Path:
    """A random model whose map is above the threshold in some places and below in others."""
    torch.manual_seed(3)
    vocabulary = Vocabulary([PAD, UNKNOWN, *TEXT.split(), "blue"])
    generator = new_generator(config, len(vocabulary))
    generator.vectors.vectors.normal_()
    with torch.no_grad():
        generator.coarse.to_feature.weight.mul_(30)
    save_model(path, generator.state_dict(), config, vocabulary, {"step": 1, "data": "none"})
    return path


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this small lose more by threads than they gain, above all on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Editor:
    return Editor.from_pretrained(write_model(tmp_path_factory.mktemp("model") / "model.safetensors"))


def photograph(width: int, height: int, channels: int = 3) -> NDArray[np.uint8]:
    """Blobs with noise."""
    noise = np.random.default_rng(7).integers(0, 256, (height, width, channels), np.uint8)
    smooth = np.asarray(Image.fromarray(noise[..., :3]).filter(ImageFilter.GaussianBlur(9))).astype(int)
    noise[..., :3] = np.clip((smooth - 128) * 6 + 128 + noise[..., :3] // 8, 0, 255)
    return noise


def test_pixels_outside_the_map_are_the_inputs_and_some_inside_change(editor: Editor) -> None:
    pixels = photograph(150, 101)
    result, mask = editor(pixels, TEXT, threshold=0.4, return_mask=True)
    assert result.shape == pixels.shape
    assert mask.shape == (101, 150)
    assert 0.05 < (mask == 0).mean() < 0.95, "the model must leave both kinds of pixels for this test to say anything"
    assert np.array_equal(result[mask == 0], pixels[mask == 0])
    assert (result[mask > 100] != pixels[mask > 100]).mean() > 0.5


@pytest.mark.parametrize("size", [(1, 1), (1, 90), (77, 2), (31, 33), (32, 32), (201, 64)])
def test_any_size(editor: Editor, size: tuple[int, int]) -> None:
    result, mask = editor(Image.fromarray(photograph(*size)), TEXT, return_mask=True)
    assert (result.size, result.mode) == (size, "RGB")
    assert (mask.size, mask.mode) == (size, "L")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "F", "I;16"])
def test_any_mode(editor: Editor, mode: str) -> None:
    source = Image.fromarray(photograph(60, 40, 4))
    if mode in ("I", "F", "I;16"):
        source = Image.fromarray(np.asarray(source.convert("L")).astype(np.uint16) * 257).convert(mode)
    else:
        source = (source.convert("RGB") if mode in ("CMYK", "YCbCr", "HSV", "P") else source).convert(mode)
    edited = editor.edit(source, TEXT, threshold=0.5)
    transparent = mode in ("LA", "RGBA")
    assert edited.picture.mode == ("RGBA" if transparent else "RGB")
    expected = np.asarray(source.convert("RGBA") if transparent else to_rgb(source))
    got = np.asarray(edited.picture)
    assert np.array_equal(got[edited.mask == 0], expected[edited.mask == 0])
    if transparent:
        assert np.array_equal(got[..., 3], expected[..., 3])


def test_sixteen_bit_grey_is_scaled_not_cut(editor: Editor) -> None:
    ramp = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    result = np.asarray(editor(Image.fromarray(ramp), TEXT, strength=0))
    assert result.min() == 0
    assert result.max() == 255
    assert 120 < result.mean() < 135


def test_palette_with_transparency_keeps_it(editor: Editor) -> None:
    source = Image.fromarray(photograph(40, 40)).quantize(16)
    source.info["transparency"] = 3
    result = editor(source, TEXT)
    assert result.mode == "RGBA"
    assert np.array_equal(np.asarray(result)[..., 3] == 0, np.asarray(source) == 3)


def test_hidden_colours_under_full_transparency_stay(editor: Editor) -> None:
    pixels = photograph(50, 50, 4)
    pixels[:, :25, 3] = 0
    result, mask = editor(pixels, TEXT, threshold=0.0, return_mask=True)
    assert np.array_equal(result[:, :25], pixels[:, :25])
    assert not mask[:, :25].any()
    assert (result[:, 25:] != pixels[:, 25:]).any()


def test_exif_orientation_is_applied_and_not_repeated(editor: Editor) -> None:
    upright = Image.fromarray(photograph(80, 50))
    exif = Image.Exif()
    exif[274] = 6
    stored = io.BytesIO()
    upright.transpose(Image.Transpose.ROTATE_90).save(stored, "PNG", exif=exif)
    result = Image.open(io.BytesIO(editor(stored.getvalue(), TEXT)))
    assert result.size == (80, 50)
    assert result.getexif().get(274) is None
    assert np.array_equal(np.asarray(result), editor(np.asarray(upright), TEXT))
    lazy = Image.open(io.BytesIO(stored.getvalue()))
    assert editor(lazy, TEXT).size == (80, 50)


def test_types_go_out_as_they_came_in(editor: Editor) -> None:
    pixels = photograph(40, 30)
    from_array = editor(pixels, TEXT)
    from_pil = editor(Image.fromarray(pixels), TEXT)
    from_bytes = editor(encode(Image.fromarray(pixels)), TEXT)
    assert isinstance(from_array, np.ndarray)
    assert isinstance(from_bytes, bytes)
    assert np.array_equal(from_array, np.asarray(from_pil))
    assert np.array_equal(from_array, np.asarray(Image.open(io.BytesIO(from_bytes))))
    assert editor(pixels[..., 0], TEXT).shape == (30, 40, 3)
    assert editor(photograph(40, 30, 4), TEXT).shape == (30, 40, 4)
    assert editor(pixels[::-1, ::2], TEXT).shape == (30, 20, 3)  # a view with strides


def test_the_same_input_gives_the_same_bytes(editor: Editor) -> None:
    data = encode(Image.fromarray(photograph(64, 48)))
    assert editor(data, TEXT) == editor(data, TEXT)
    recipe = read_recipe(editor(data, TEXT, strength=1.5, threshold=0.25))
    assert recipe is not None
    assert (recipe.text, recipe.strength, recipe.threshold) == (TEXT, 1.5, 0.25)
    assert recipe.model == editor.engine.model.fingerprint


def test_a_picture_is_looked_at_once_for_many_texts(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [TEXT, "blue petals", "a red flower"] * 7  # more than one pass
    opened = editor.open(Image.fromarray(photograph(50, 40)))
    monkeypatch.setattr(editor.engine.model.generator, "see", None)
    several = editor(opened, texts)
    assert len(several) == len(texts)
    for text, one in list(zip(texts, several, strict=True))[:3]:
        alone = np.asarray(editor(opened, text)).astype(int)
        assert np.abs(np.asarray(one).astype(int) - alone).max() <= 1  # a batch may round differently
    assert not np.array_equal(np.asarray(several[0]), np.asarray(several[1]))
    assert editor(opened, []) == []


def test_strength_scales_the_change(editor: Editor) -> None:
    pixels = photograph(60, 60) // 4 + 96  # far from black and white, so that nothing clips
    opened = editor.open(pixels)
    assert np.array_equal(editor(opened, TEXT, strength=0), pixels)
    inside = editor.edit(opened, TEXT).mask > 0
    half, full = (editor(opened, TEXT, strength=s).astype(int) - pixels for s in (0.5, 1.0))
    free = inside & (np.abs(full).max(-1) < 60)
    assert np.abs(half[free] * 2 - full[free]).max() <= 2


def test_the_model_of_the_paper_that_pastes_nothing_itself(tmp_path: Path) -> None:
    import dataclasses

    paper = dataclasses.replace(SMALL, paste=False, stages=1, memory=False)
    editor = Editor.from_pretrained(write_model(tmp_path / "m.safetensors", paper))
    edited = editor.edit(Image.fromarray(photograph(70, 50)), TEXT)
    assert edited.picture.size == (70, 50)
    assert len(edited.stages) == 1
    assert edited.raw.size == edited.coarse.size == (16, 16)
    assert edited.attention is None
    with pytest.raises(MimnetError, match="no memory"):
        explanation(edited)


def test_detail_finer_than_the_network_survives(editor: Editor) -> None:
    """Single pixels are invisible at 32 px; enlarging the small edit alone would wipe them out."""
    board = (np.indices((320, 320)).sum(0) % 2 * 40 - 20)[..., None]
    pixels = np.full((320, 320, 3), 128) + board
    edited = editor.edit(pixels.astype(np.uint8), TEXT, threshold=0.0)
    result = np.asarray(edited.picture).astype(int)
    free = (result[::2, ::2] > 45) & (result[::2, ::2] < 210)
    contrast = (result[1::2, ::2] - result[::2, ::2])[free]
    assert free.any()
    assert np.abs(result - pixels).max() > 10, "the edit changes something"
    assert np.abs(contrast - 40).max() <= 8  # the change itself is smooth, so neighbours move together


def test_a_constant_change_moves_every_pixel_alike() -> None:
    pixels = photograph(300, 200) // 2 + 60
    change = np.stack([np.full((32, 32), shift, np.float32) for shift in (20, -30, 5)])
    mask = np.full((200, 300), 255, np.uint8)
    mask[:100] = 0
    result = transfer(pixels, change, mask, 1.0)
    assert np.array_equal(result[:100], pixels[:100])
    assert np.array_equal(result[100:].astype(int), pixels[100:] + [20, -30, 5])


def test_a_change_ends_where_the_photographs_edge_is() -> None:
    """The edge lies inside a cell of the small square; plain enlarging would smear the change over both sides."""
    guide = np.full((160, 160, 3), 30, np.uint8)
    guide[:, 83:] = 220
    small = guide.reshape(16, 10, 16, 10, 3).mean((1, 3)).transpose(2, 0, 1).astype(np.float32)
    change = np.where(small > 200, 50, 0).astype(np.float32)  # only the bright side changes
    followed = follow_edges(change, small, guide)
    assert followed.shape == (3, 160, 160)
    assert followed[:, :, :83].max() < 2
    assert followed[:, :, 83:].min() > 35
    assert follow_edges(change, small, guide[:8, :8]).shape == change.shape


def test_bands_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    pixels, small = photograph(90, 200), rng.random((8, 8), np.float32)
    change = rng.normal(0, 40, (3, 32, 32)).astype(np.float32)
    mask = full_mask(small, (200, 90), 0.3)
    whole = transfer(pixels, change, mask, 1.0)
    monkeypatch.setattr("mimnet.blend.BAND", 90 * 7)
    banded = full_mask(small, (200, 90), 0.3)
    assert np.abs(banded.astype(int) - mask).max() <= 1
    assert np.abs(transfer(pixels, change, mask, 1.0).astype(int) - whole).max() <= 1


def test_the_map_is_smooth_and_nothing_below_the_threshold() -> None:
    ramp = np.tile(np.linspace(0, 1, 16, dtype=np.float32), (16, 1))
    mask = full_mask(ramp, (400, 400), 0.5).astype(int)
    assert not mask[:, :190].any()
    assert (mask[:, 350:] == 255).all()
    assert np.diff(mask, axis=1).max() < 8
    assert not full_mask(np.full((8, 8), 0.3, np.float32), (9, 9), 0.3).any()
    assert (full_mask(np.ones((8, 8), np.float32), (9, 9), 0.99) == 255).all()


def test_words_that_are_unknown_or_cut_are_told(editor: Editor) -> None:
    pixels = photograph(20, 20)
    with pytest.warns(UserWarning, match="not known to this model: 'crimson', 'zebra'"):
        editor(pixels, "crimson zebra crimson flower")
    edited = editor.edit(pixels, "a red flower with red petals a red flower with red petals")
    assert (len(edited.words), edited.cut) == (8, 4)
    assert "first 8 words were read, the last 4 cut" in edited.remarks()[0]
    with pytest.raises(MimnetError, match="knows no word of 'crimson zebra'"):
        editor(pixels, "crimson zebra")
    with pytest.raises(MimnetError, match="no word"):
        editor(pixels, " ,. ")


def test_an_empty_map_leaves_the_picture_and_says_so(editor: Editor) -> None:
    pixels = photograph(30, 30)
    edited = editor.edit(pixels, TEXT, threshold=0.9999999)
    assert not edited.changed
    assert np.array_equal(np.asarray(edited.picture), pixels)
    assert "sees nothing to change" in edited.remarks()[-1]


def test_explanation(editor: Editor) -> None:
    edited = editor.edit(photograph(20, 20), "a crimson flower")
    told = explanation(edited)
    assert told["parts"] == []
    assert [word["word"] for word in told["words"]] == ["a", "crimson", "flower"]
    assert [word["known"] for word in told["words"]] == [True, False, True]
    assert edited.attention is not None
    assert edited.attention.shape == (3, 12)
    for word, weights in zip(told["words"], edited.attention, strict=True):
        assert word["memories"][0]["memory"] == int(weights.argmax())
        assert 0 <= word["entropy"] <= round(float(np.log(12)), 3) + 1e-3
    picture = heat_map(edited)
    assert picture.width >= 480
    assert len(picture.convert("L").getcolors() or []) > 5


def test_an_explanation_names_the_parts_that_are_meant_and_by_which_words(tmp_path: Path) -> None:
    config = replace(SMALL, parts=2, part_textures=True)
    torch.manual_seed(3)
    vocabulary = Vocabulary([PAD, UNKNOWN, *TEXT.split(), "blue"])
    generator = new_generator(config, len(vocabulary))
    generator.vectors.vectors.zero_()
    generator.vectors.vectors[vocabulary.ids["red"], 0] = 1.0  # words that two convolutions tell apart
    generator.vectors.vectors[vocabulary.ids["petals"], 1] = 1.0
    with torch.no_grad():
        for layer in (generator.named.phrase, generator.named.tell, generator.named.name):
            layer.weight.zero_()
            layer.bias.zero_()
        middle = 2  # of the words that are read together
        for i in range(2):
            generator.named.phrase.weight[i, i, middle] = 40.0
        generator.named.tell.weight[0, :2, middle] = 1.0  # "red" and "petals" tell the first part
        generator.named.name.weight[0, 1] = 1.0  # and "petals" names it
        generator.named.name.bias[:] = -5.0
        generator.named.tell.bias[:] = -5.0
    about = {"parts": "petals petal; center; whole: flower"}
    save_model(tmp_path / "model.safetensors", generator.state_dict(), config, vocabulary, about)
    editor = Editor.from_pretrained(tmp_path)
    assert editor.engine.parts == ["petals petal", "center", "flower"]
    (said,) = explanation(editor.edit(photograph(20, 20), TEXT))["parts"]
    assert (said["part"], said["words"]) == ("petals petal", ["red", "petals"])
    assert said["chance"] > 0.9
    assert explanation(editor.edit(photograph(20, 20), "a red flower"))["parts"] == []


def test_a_picture_without_the_object_is_left_alone_unless_a_lower_threshold_is_asked_for(tmp_path: Path) -> None:
    file = write_model(tmp_path / "told.safetensors", replace(SMALL, presence=4))
    pixels, results = photograph(40, 30), {}
    for bias in (-40.0, 40.0):
        model = load_model(file)
        with torch.no_grad():
            model.generator.presence.say.bias.fill_(bias)
        editor = Editor(TorchEngine(model))
        results[bias] = editor.edit(pixels, TEXT), editor.edit(pixels, TEXT, threshold=0.0)
    (left, asked), (edited, _) = results[-40.0], results[40.0]
    assert not left.changed
    assert np.array_equal(np.asarray(left.picture), pixels)
    assert "sees no object of the kind that it paints (a lower threshold" in left.remarks()[-1]
    lowest = replace(left, recipe=replace(left.recipe, threshold=0.0))
    assert lowest.nothing == "the model sees no object of the kind that it paints"  # no threshold is lower
    assert explanation(left)["presence"] == pytest.approx(0, abs=1e-4)
    assert edited.changed
    assert edited.presence == pytest.approx(1, abs=1e-4)
    assert asked.changed
    assert np.array_equal(np.asarray(asked.raw), np.asarray(edited.raw))  # what is painted does not ask


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (np.zeros((4, 4, 3), np.float32), "float32"),
        (np.zeros((4, 4, 2), np.uint8), "H,W,3"),
        (np.zeros((0, 4, 3), np.uint8), "no pixels"),
        ("photo.jpg", "PIL.Image.open"),
        (b"not a picture", "not a picture"),
        (encode(Image.fromarray(photograph(50, 50)))[:900], "cut short"),
    ],
)
def test_bad_pictures(editor: Editor, image: Any, words: str) -> None:
    with pytest.raises(MimnetError, match=words) as caught:
        editor(image, TEXT)
    assert "\n" not in str(caught.value)


def test_a_lazy_truncated_file_is_bad_input_too(editor: Editor) -> None:
    lazy = Image.open(io.BytesIO(encode(Image.fromarray(photograph(50, 50)))[:900]))
    with pytest.raises(MimnetError, match="cut short"):
        editor(lazy, TEXT)


def test_a_huge_picture_is_refused_before_it_is_decoded(editor: Editor) -> None:
    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    data = bytearray(encode(Image.new("RGB", (8, 8))))
    data[16:29] = head
    import zlib

    data[29:33] = struct.pack(">I", zlib.crc32(b"IHDR" + head))
    with pytest.raises(MimnetError, match="limit is 100,000,000"):
        editor(bytes(data), TEXT)


@pytest.mark.parametrize("numbers", [{"strength": -0.1}, {"strength": 2.1}, {"threshold": 1.0}, {"threshold": -0.1}])
def test_numbers_out_of_range(editor: Editor, numbers: dict[str, float]) -> None:
    with pytest.raises(MimnetError, match=next(iter(numbers))):
        editor(photograph(8, 8), TEXT, **numbers)
    with pytest.raises(MimnetError):
        editor(photograph(8, 8), TEXT, **dict.fromkeys(numbers, float("nan")))


def test_colour_profiles_follow_only_where_they_fit(editor: Editor) -> None:
    for space, kept in ((b"RGB ", True), (b"CMYK", False)):
        profile = b"\0" * 16 + space + b"\0" * 120
        image = Image.fromarray(photograph(20, 20))
        image.info["icc_profile"] = profile
        written = Image.open(io.BytesIO(editor(encode(image), TEXT)))
        assert (written.info.get("icc_profile") == profile) is kept


def test_damaged_models(tmp_path: Path) -> None:
    good = write_model(tmp_path / "model.safetensors").read_bytes()
    for name, data in {
        "cut": good[: len(good) // 2],
        "tampered": good[:-4] + b"\1\2\3\4",
        "other": b"hello",
    }.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(MimnetError, match=name) as caught:
            Editor.from_pretrained(tmp_path / name)
        assert "\n" not in str(caught.value)
    with pytest.raises(MimnetError, match="nowhere"):
        Editor.from_pretrained("nowhere")
    assert Editor.from_pretrained(tmp_path).engine.model.config == SMALL


def test_the_package_exports_lazily() -> None:
    import subprocess
    import sys

    code = "import sys, mimnet; mimnet.__version__; assert 'torch' not in sys.modules; mimnet.Editor"
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="nothing"):
        _ = __import__("mimnet").nothing


def test_a_model_of_boundary_maps_from_files_needs_the_pictures_own(tmp_path: Path) -> None:
    editor = Editor.from_pretrained(write_model(tmp_path / "model.safetensors", replace(SMALL, boundary="files")))
    pixels = photograph(60, 40)
    frame, bare = (np.zeros((20, 30), np.uint8) for _ in range(2))
    frame[5:-5, 5:-5] = 255
    with pytest.raises(
        MimnetError, match=r"trained with boundary maps from files .* give the picture's own with --edges"
    ):
        editor(pixels, TEXT)
    results = [editor(editor.open(pixels, edges=edges), TEXT) for edges in (frame, bare, Image.fromarray(frame))]
    assert results[0].shape == pixels.shape
    assert not np.array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])
    with pytest.raises(MimnetError, match="the boundary map is 20x30, its picture 60x40"):
        editor.open(pixels, edges=frame.T)


def test_a_map_is_not_taken_by_a_model_that_finds_boundaries_itself(editor: Editor) -> None:
    assert not editor.needs_edges
    with pytest.raises(MimnetError, match="this model finds boundaries itself"):
        editor.open(photograph(60, 40), edges=np.zeros((40, 60), np.uint8))
