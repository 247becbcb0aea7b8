"""The page's arithmetic, in node, against Python's: resizing, blending, words, PNG files."""

import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from site_case import as_bytes, drawn, with_holes

from mimnet.blend import follow_edges, full_mask, replaced, transfer
from mimnet.ground import beyond, mended
from mimnet.images import to_array, to_rgb
from mimnet.recipe import Recipe, encode, read_recipe
from mimnet.text import Vocabulary

WEB = Path(__file__).parents[2] / "src" / "mimnet" / "web"
READ = """
import fs from "node:fs";
const bytes = (name) => new Uint8Array(fs.readFileSync(name));
const floats = (name) => new Float32Array(Uint8Array.from(bytes(name)).buffer);
const write = (name, made) => fs.writeFileSync(name, new Uint8Array(made.buffer, made.byteOffset, made.byteLength));
"""


class Node:
    """A folder with the page's modules, in which scripts run and arrays lie."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(WEB, folder / "web")
        (folder / "package.json").write_text('{"type": "module"}')

    def run(self, script: str) -> Any:
        """What the script gives to `told(...)`, if it does."""
        (self.folder / "script.js").write_text(f"{READ}const told = (x) => console.log(JSON.stringify(x));\n{script}")
        command = ["node", "script.js"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout else None

    def put(self, name: str, array: NDArray[Any]) -> None:
        np.ascontiguousarray(array).tofile(self.folder / name)

    def put_edit(self, photo: NDArray[np.uint8], *planes: NDArray[np.float32]) -> None:
        """A photograph H,W,3, and what the network saw and changed, and its map."""
        self.put("photo", np.dstack([photo, np.full_like(photo[..., 0], 255)]))
        for name, plane in zip(("saw", "change", "weights"), planes, strict=True):
            self.put(name, plane)

    def get(self, name: str, kind: Any, *shape: int) -> NDArray[Any]:
        return np.fromfile(self.folder / name, kind).reshape(shape)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    if shutil.which("node") is None:
        pytest.skip("needs node on the path")
    return Node(tmp_path_factory.mktemp("node"))


def noise(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """RGBA without transparency."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)
    pixels[..., 3] = 255
    return pixels


@pytest.mark.parametrize("size", [(640, 427), (1999, 1333), (64, 64), (3000, 40), (128, 128), (128, 300)], ids=str)
def test_resizing_is_pillow_s_to_the_byte(node: Node, size: tuple[int, int]) -> None:
    width, height = size
    pixels = noise(height, width)
    node.put("in", pixels)
    node.run(
        f"""import {{ resize }} from "./web/pixels/lanczos.js";
        write("out", resize({{ data: bytes("in"), width: {width}, height: {height} }}, 128, 128).data);"""
    )
    assert (node.get("out", np.uint8, 128, 128, 4)[..., :3] == to_array(Image.fromarray(pixels), 128)).all()


def test_transparency_is_pillow_s_to_the_byte(node: Node) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (300, 400, 4), np.uint8)
    node.put("in", pixels)
    node.run(
        """import { onWhite, premultiplied, unmultiplied } from "./web/pixels/alpha.js";
        import { resize } from "./web/pixels/lanczos.js";
        const picture = { data: bytes("in"), width: 400, height: 300 };
        write("white", onWhite(picture).data);
        write("small", onWhite(unmultiplied(resize(premultiplied(picture), 128, 100))).data);"""
    )
    picture = Image.fromarray(pixels)
    assert (node.get("white", np.uint8, 300, 400, 4)[..., :3] == np.asarray(to_rgb(picture))).all()
    small = picture.resize((128, 100), Image.Resampling.LANCZOS, reducing_gap=3.0)
    assert (node.get("small", np.uint8, 100, 128, 4)[..., :3] == np.asarray(to_rgb(small))).all()


@pytest.mark.parametrize("size", [(512, 768), (100, 100)], ids=["larger", "smaller than the square"])
def test_blending_is_python_s_to_a_level(node: Node, size: tuple[int, int]) -> None:
    height, width = size
    rng = np.random.default_rng(2)
    photo = np.asarray(drawn((width, height)))
    change = rng.normal(0, 60, (3, 128, 128)).astype(np.float32)
    saw = np.asarray(drawn((128, 128))).transpose(2, 0, 1).astype(np.float32)
    change[:, 60:100] = 90 - saw[:, 60:100]  # everything there is taken away
    weights = rng.random((32, 32)).astype(np.float32)
    node.put_edit(photo, saw, change, weights)
    node.run(
        f"""import {{ followEdges }} from "./web/pixels/edges.js";
        import {{ fullMask, replaced, transfer }} from "./web/pixels/blend.js";
        const photo = {{ data: bytes("photo"), width: {width}, height: {height} }};
        const change = {{ data: floats("change"), width: 128, height: 128 }};
        const followed = followEdges(change, floats("saw"), photo);
        const mask = fullMask({{ data: floats("weights"), width: 32, height: 32 }}, {width}, {height}, 0.2);
        write("followed", followed.data);
        write("mask", mask);
        const faint = floats("weights").map((value) => value * 0.39);
        write("faint", fullMask({{ data: faint, width: 32, height: 32 }}, {width}, {height}, 0.2));
        const instead = replaced(floats("saw"), change);
        write("instead", instead.data);
        write("result", transfer(photo, followed, mask, 1.3, instead).data);"""
    )
    assert not node.get("faint", np.uint8, *size).any()
    followed, mask = follow_edges(change, saw, photo), full_mask(weights, size, 0.2)
    assert np.abs(node.get("followed", np.float32, *followed.shape) - followed).max() < 0.02
    assert np.abs(node.get("mask", np.uint8, *size).astype(int) - mask).max() <= 1
    instead = replaced(saw, change)
    assert instead is not None
    found = node.get("instead", np.float32, 4, 128, 128)
    assert np.abs(found - np.concatenate([instead.picture, instead.share[None]])).max() < 1e-3
    edit = transfer(photo, followed, mask, 1.3, instead)
    apart = node.get("result", np.uint8, *size, 4)[..., :3].astype(int) - edit
    assert np.abs(apart).max() <= 1
    assert (apart != 0).mean() < 0.002


@pytest.mark.parametrize("strength", [1.0, 0.6])
def test_paint_on_plain_ground_is_python_s_to_a_level(node: Node, strength: float) -> None:
    rng = np.random.default_rng(4)
    small = np.full((128, 128, 3), 250, np.uint8)
    small[30:100, 40:80] = (90, 60, 160)
    small[50:60, 50:60] = 252  # as light as the ground, on the object
    photo = np.asarray(Image.fromarray(small).resize((300, 420), Image.Resampling.BICUBIC))
    saw = small.transpose(2, 0, 1).astype(np.float32)
    blurred = np.asarray(Image.fromarray(small).resize((16, 16)).resize((128, 128), Image.Resampling.BICUBIC))
    change = blurred.transpose(2, 0, 1).astype(np.float32) - saw + rng.normal(0, 6, (3, 128, 128)).astype(np.float32)
    change[:, 30:60, 80:100] = -120  # a sleeve
    change[:, 90:110, 110:120] = -90  # and what hangs on nothing
    weights = (0.4 + 0.6 * rng.random((32, 32))).astype(np.float32)
    node.put_edit(photo, saw, change, weights)
    node.run(
        f"""import {{ fullMask, transfer }} from "./web/pixels/blend.js";
        import {{ beyond, mended }} from "./web/pixels/ground.js";
        const photo = {{ data: bytes("photo"), width: 300, height: 420 }};
        const cracked = {{ data: floats("change"), width: 128, height: 128 }};
        const change = mended(floats("saw"), cracked);
        write("mended", change.data);
        const weights = {{ data: floats("weights"), width: 32, height: 32 }};
        const beside = beyond(floats("saw"), change, fullMask(weights, 128, 128, 0.2));
        write("planes", beside.data);
        const mask = fullMask(weights, 300, 420, 0.2);
        write("result", transfer(photo, change, mask, {strength}, null, beside).data);
        told(beside.colour);"""
    )
    change = mended(saw, change)
    assert np.abs(node.get("mended", np.float32, 3, 128, 128) - change).max() < 1e-3
    beside = beyond(saw, change, full_mask(weights, (128, 128), 0.2).astype(np.float32) / np.float32(255))
    assert beside is not None
    assert beside.colour.tolist() == [250, 250, 250]
    ground, loose, full = node.get("planes", np.float32, 3, 128, 128)
    assert (ground == beside.planes[0]).all()
    assert not ground[50:60, 50:60].any()
    assert (loose != beside.planes[1]).mean() < 0.002  # a level may lie on either side of what is faint
    assert 0 < loose.mean() < 0.1
    assert np.abs(full - beside.planes[2]).max() < 0.05
    edit = transfer(photo, change, full_mask(weights, (420, 300), 0.2), strength, None, beside)
    plain = transfer(photo, change, full_mask(weights, (420, 300), 0.2), strength)
    apart = node.get("result", np.uint8, 420, 300, 4)[..., :3].astype(int) - edit
    assert (np.abs(apart) > 1).mean() < 0.002
    assert (np.abs(plain.astype(int) - edit) > 8).any(2).mean() > 0.05


def test_marks_take_away_and_add(node: Node) -> None:
    found = node.run(
        """import { applyMarks } from "./web/pixels/blend.js";
        import { Stroke } from "./web/page/brush.js";
        const stroke = (start, add) => {
          const made = new Stroke(start, 40, 30, { add, radius: 6, feather: 0.5 });
          made.to(10, 15);
          made.to(30, 15);
          return made.marks;
        };
        const masks = [stroke(null, true), stroke(null, false), stroke(stroke(null, false), true)].map((data) => {
          const mask = new Uint8ClampedArray(40 * 30).fill(100);
          applyMarks(mask, 40, 30, { data, width: 40, height: 30 });
          return [...mask];
        });
        const large = new Uint8ClampedArray(160 * 120).fill(100);
        applyMarks(large, 160, 120, { data: stroke(null, false), width: 40, height: 30 });
        told([...masks, [...large]]);"""
    )
    added, removed, over = (np.array(mask).reshape(30, 40) for mask in found[:3])
    for mask, value in ((added, 255), (removed, 0), (over, 255)):
        assert (mask[15, 10:30] == value).all()
        assert (mask[:8] == 100).all()
        assert (mask[23:] == 100).all()
    rim = removed[9:15, 20]
    assert (np.diff(rim) <= 0).all(), "a soft rim"
    assert len(set(rim.tolist())) > 3
    large = np.array(found[3]).reshape(120, 160)
    assert np.abs(large[2::4, 2::4] - removed).max() < 25
    assert (large[58:62, 44:116] == 0).all()


def test_stages_are_resized_as_networks_do(node: Node) -> None:
    torch = pytest.importorskip("torch", reason="the networks' own resizing needs torch")
    from mimnet.nn.layers import resize

    planes = np.random.default_rng(3).normal(size=(3, 48, 48)).astype(np.float32)
    node.put("in", planes)
    for side in (24, 20, 96):
        node.run(
            f"""import {{ resizePlanes }} from "./web/pixels/linear.js";
            write("out", resizePlanes({{ data: floats("in"), width: 48, height: 48 }}, 3, {side}, {side}).data);"""
        )
        wanted = resize(torch.tensor(planes)[None], (side, side))[0].numpy()
        assert node.get("out", np.float32, 3, side, side) == pytest.approx(wanted, abs=1e-5)


def test_sentences_are_read_as_in_python(node: Node) -> None:
    words = ["<pad>", "<unk>", "a", "red", "flower", "größe", "5"]
    texts = ["A RED flower!", "red-brown flower's", "", "Größe 5 a_b", "naïve 花 red " * 4, "a̐ red"]
    found = node.run(
        f"""import {{ Vocabulary }} from "./web/page/sentence.js";
        const vocabulary = new Vocabulary({json.dumps(words)}, 6);
        told({json.dumps(texts)}.map((text) => vocabulary.encode(text)));"""
    )
    vocabulary = Vocabulary(words)
    for text, told in zip(texts, found, strict=True):
        if text:
            wanted = vocabulary.encode(text, 6)
            assert (told["ids"], told["unknown"], told["cut"]) == (wanted.ids, wanted.unknown, wanted.cut)
        else:
            assert told["words"] == []


@pytest.mark.parametrize("alpha", [True, False])
def test_png_files_go_round(node: Node, alpha: bool) -> None:
    picture = with_holes(drawn((61, 45))) if alpha else drawn((61, 45))
    recipe = Recipe("a “größer” red flower", "0123456789abcdef", 0.5, 0.25)
    told = {"text": recipe.text, "strength": 0.5, "threshold": 0.25, "marks": None}
    node.put("in", np.asarray(picture.convert("RGBA")))
    node.run(
        f"""import {{ encodePng }} from "./web/pixels/png.js";
        import {{ recipeOf }} from "./web/page/recipe.js";
        const mimnet = recipeOf({json.dumps(told)}, {{ fingerprint: "{recipe.model}", version: "{recipe.version}" }});
        const profile = new Uint8Array([1, 2, 3]);
        const picture = {{ data: bytes("in"), width: 61, height: 45 }};
        write("out.png", await encodePng(picture, {{ alpha: {json.dumps(alpha)}, profile, texts: {{ mimnet }} }}));"""
    )
    data = (node.folder / "out.png").read_bytes()
    with Image.open(io.BytesIO(data)) as made:
        assert (made.mode, made.info["icc_profile"]) == (picture.mode, b"\1\2\3")
        assert (np.asarray(made) == np.asarray(picture)).all()
    assert read_recipe(data) == recipe


def test_png_files_with_transparency_are_read_exactly(node: Node) -> None:
    holes = with_holes(drawn((61, 45)))
    keyed = Image.fromarray(noise(20, 20)).convert("RGB")
    keyed.putpixel((3, 4), (9, 8, 7))
    palette = holes.convert("RGB").quantize(13)  # 4 bits a pixel
    pictures = {
        "rgba": as_bytes(holes),
        "grey": as_bytes(holes.convert("LA")),
        "key": as_bytes(keyed, transparency=(9, 8, 7)),
        "palette": as_bytes(palette, transparency=bytes(range(0, 130, 10)), bits=4),
    }
    for name, data in pictures.items():
        (node.folder / "in.png").write_bytes(data)
        found = node.run(
            """import { decodePng, readsExactly } from "./web/pixels/png.js";
            const file = bytes("in.png");
            const picture = await decodePng(file);
            write("out", picture.data);
            told([readsExactly(file), picture.width, picture.height]);"""
        )
        with Image.open(io.BytesIO(data)) as wanted:
            assert found == [True, *wanted.size], name
            pixels = np.asarray(wanted.convert("RGBA"))
        assert (node.get("out", np.uint8, *pixels.shape) == pixels).all(), name
    (node.folder / "in.png").write_bytes(as_bytes(drawn((30, 20))))
    script = """import { readsExactly } from "./web/pixels/png.js"; told(readsExactly(bytes("in.png")));"""
    assert node.run(script) is False, "without transparency the browser reads it as well"


def test_colour_profiles_are_found(node: Node) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for format in ("JPEG", "PNG", "WEBP"):
        (node.folder / "in").write_bytes(encode_with(format, profile))
        found = node.run(
            """import { colourProfile } from "./web/pixels/profile.js";
            const found = await colourProfile(bytes("in"));
            write("out", found ?? new Uint8Array(0));"""
        )
        assert found is None
        assert (node.folder / "out").read_bytes() == profile, format
    (node.folder / "in").write_bytes(as_bytes(drawn((9, 9)), "JPEG"))
    script = 'import { colourProfile } from "./web/pixels/profile.js"; told(await colourProfile(bytes("in")));'
    assert node.run(script) is None


def encode_with(format: str, profile: bytes) -> bytes:
    """A picture file with a profile."""
    picture = drawn((20, 20))
    picture.info["icc_profile"] = profile
    return encode(picture, format=format)


def test_history(node: Node) -> None:
    found = node.run(
        """import { History } from "./web/page/history.js";
        const history = new History("0");
        history.add("a", "text", 0);
        history.add("ab", "text", 500);
        history.add("abc", "text", 5000);
        const typed = [...history.entries];
        history.go(1);
        history.go(0);
        const first = [history.current, history.canUndo, history.canRedo];
        history.go(-1); // there is none
        history.go(1);
        const second = history.current;
        history.add("b", "word", 6000);
        history.add("c", "word", 6001);
        told([typed, first, second, history.entries, history.canRedo]);"""
    )
    assert found == [["0", "ab", "abc"], ["0", False, True], "ab", ["0", "ab", "b", "c"], False]
