"""The main job on pictures that anyone has: one photograph and some drawn pictures, several sentences, one sheet.

    python examples/demo.py --out demo [--model MODEL]

The photograph is scikit-learn's `flower.jpg` (a dahlia by dany13, CC BY 2.0); the rest is drawn by mimnet itself.
"""

import argparse
from importlib.resources import files
from pathlib import Path

from PIL import Image

from mimnet import Editor
from mimnet.data.drawn import render, sample_scene, species_of
from mimnet.files import whole_file
from mimnet.images import open_picture
from mimnet.sheet import Row, contact_sheet

SENTENCES = {
    "flower": (
        "this flower has bright red petals",
        "this flower has white petals and a red center",
        "this flower has yellow petals and a brown center",
        "this flower is purple with a yellow center",
        "a flower with blue petals",
    ),
    "bird": (
        "this bird is bright red with black wings",
        "this bird has a red head and a white belly",
        "this bird has a blue head and a yellow belly",
        "this bird is white with gray wings",
        "a small brown bird with an orange breast",
    ),
    "top": (
        "a round neck short sleeve red women's t-shirt",
        "a v neck sleeveless navy women's tank top",
        "a high neck long sleeve green women's knitwear",
        "a round neck long sleeve black women's t-shirt",
        "a round neck short sleeve yellow women's t-shirt",
    ),
}
DRAWN = {"flower": (3, 8, 21), "bird": (2, 7, 18), "top": (3, 7, 21)}  # seeds of the pictures


def photograph() -> Image.Image:
    """scikit-learn's flower.jpg, 640x427."""
    return open_picture(Path(str(files("sklearn.datasets") / "images" / "flower.jpg"))).convert("RGB")


def drawn(seed: int, kind: str = "flower") -> Image.Image:
    """A drawn flower, bird or top of a species that no training has met."""
    species = species_of(kind, split="test")
    return Image.fromarray(render(sample_scene(seed, kind, species[seed % len(species)]), 256).image)


def demo_rows(editor: Editor, picture: Image.Image, sentences: tuple[str, ...]) -> list[Row]:
    """For every sentence a row of input, result and the map that pasted it."""
    opened = editor.open(picture)
    rows = []
    for sentence, edited in zip(sentences, editor.edits(opened, sentences), strict=True):
        rows.append(Row([picture, edited.picture, Image.fromarray(edited.mask)], sentence))
    return rows


def overview(editor: Editor, pictures: list[Image.Image], sentences: tuple[str, ...], *, side: int) -> Image.Image:
    """One row a picture: the input, then the result of every sentence; the sentences head the columns."""
    rows = [Row([p, *(e.picture for e in editor.edits(editor.open(p), sentences))]) for p in pictures]
    head = "columns: input | " + " | ".join(sentences)
    return contact_sheet([Row(rows[0].pictures, head), *rows[1:]], side=side)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("demo"))
    parser.add_argument("--model", default=None, help="default: the model in the package")
    given = parser.parse_args()
    editor = Editor.from_pretrained(given.model)
    photo, sentences = photograph(), SENTENCES["flower"]
    sheet = contact_sheet(demo_rows(editor, photo, sentences), side=256, titles=("input", "result", "map"))
    everything = overview(editor, [photo, *(drawn(seed) for seed in DRAWN["flower"])], sentences, side=160)
    for name, picture in (("sheet.png", sheet), ("overview.png", everything)):
        with whole_file(given.out / name) as path:
            picture.save(path)
    for sentence in sentences[:2]:
        result = editor(photo, sentence)
        with whole_file(given.out / f"{sentence.replace(' ', '-')}.png") as path:
            result.save(path)
    print((given.out / "sheet.png").resolve())


if __name__ == "__main__":
    main()
