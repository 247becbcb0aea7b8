"""Put a run's model into the package: 16-bit weights, card, and pictures that may be shown.

    python scripts/ship.py RUN --name flowers --scores PHOTOGRAPHS.json --drawn DRAWN.json --about ABOUT.md

Afterwards `python scripts/ship_onnx.py` writes the model's ONNX graphs anew. Both JSON files come from
`mimnet evaluate RUN --data ... --json FILE`; ABOUT.md holds the parts of the card that a person writes (data, terms,
limits). `--kind` says what the model edits: flower, bird or top. The pictures show drawn ones alone, and of flowers
scikit-learn's `flower.jpg` too; those in docs/images are the default model's.
"""

import argparse
import sys
from pathlib import Path

from PIL import Image

from mimnet import Editor
from mimnet.card import Card, model_card, scores_of
from mimnet.checkpoint import DEFAULT, load_model, save_model
from mimnet.engines.torch import TorchEngine
from mimnet.evaluation.colour import SENTENCES
from mimnet.files import whole_file, write_whole
from mimnet.sheet import contact_sheet

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "examples"))
import demo  # noqa: E402 - the pictures of the demo are the pictures of the card


def grid(editor: Editor, kind: str) -> Image.Image:
    """The picture of the card: drawn ones of that kind and every sentence of the demo."""
    photographs = [demo.photograph()] if kind == "flower" else []
    drawn = [demo.drawn(seed, kind) for seed in demo.DRAWN[kind]]
    return demo.overview(editor, [*photographs, *drawn], demo.SENTENCES[kind], side=128)


def shown(editor: Editor) -> dict[str, Image.Image]:
    """The pictures of docs/images that show the default model, by name."""
    sentences, titles = demo.SENTENCES["flower"], ("input", "result", "map")
    drawn = [
        row
        for seed, n in zip(demo.DRAWN["flower"], (0, 2, 3), strict=True)
        for row in demo.demo_rows(editor, demo.drawn(seed), sentences[n : n + 1])
    ]
    photograph = demo.demo_rows(editor, demo.photograph(), sentences[:3])
    return {
        "flower.webp": contact_sheet(photograph, side=256, titles=titles),
        "drawn.webp": contact_sheet(drawn, side=192, titles=titles),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--name", required=True)
    parser.add_argument("--kind", choices=tuple(demo.SENTENCES), default="flower")
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--drawn", type=Path, required=True)
    parser.add_argument("--about", type=Path, required=True)
    parser.add_argument("--terms", default="research and other non-commercial use", help="of the weights, in a line")
    given = parser.parse_args()
    model = load_model(given.run)
    training = {
        **model.training,
        "scores": scores_of(given.scores, model.fingerprint),
        "scores_drawn": scores_of(given.drawn, model.fingerprint),
        "terms": given.terms,
        "examples": list(demo.SENTENCES[given.kind]),
        "sentence": SENTENCES[given.kind].format("red"),
    }
    folder = ROOT / "src" / "mimnet" / "models" / given.name
    weights = dict(model.generator.state_dict())
    save_model(folder / "model.safetensors", weights, model.config, model.vocabulary, training, half=True)
    shipped = load_model(folder)
    editor = Editor(TorchEngine(shipped))
    pictures = {folder / "grid.webp": grid(editor, given.kind)}
    if given.name == DEFAULT:
        pictures |= {ROOT / "docs" / "images" / name: picture for name, picture in shown(editor).items()}
    for path, picture in pictures.items():
        with whole_file(path) as temporary:
            picture.save(temporary, "WEBP", quality=90)  # a palette would change the very colours that it shows
    what = f"drawn {given.kind}s{' and flower.jpg' if given.kind == 'flower' else ''}, edited"
    card = Card(
        given.name,
        about=given.about.read_text(),
        picture=(what, "grid.webp"),
    )
    scores = [training["scores"], training["scores_drawn"]]
    write_whole(
        folder / "README.md", model_card(card, training, shipped.fingerprint, size=model.config.size, scores=scores)
    )
    print(f"{folder}: {(folder / 'model.safetensors').stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
