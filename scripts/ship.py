"""Put a run's model into the package: 16-bit weights, card, and pictures that may be shown.

    python scripts/ship.py RUN --name flowers --scores PHOTOGRAPHS.json --drawn DRAWN.json --about ABOUT.md

Both JSON files come from `mimnet evaluate RUN --data ... --json FILE`; ABOUT.md holds the parts of the card that a
person writes (data, terms, limits). The pictures show drawn flowers and scikit-learn's `flower.jpg` alone.
"""

import argparse
import sys
from pathlib import Path

from mimnet import Editor
from mimnet.card import Card, model_card, scores_of
from mimnet.checkpoint import load_model, save_model
from mimnet.engines.torch import TorchEngine
from mimnet.files import whole_file, write_whole
from mimnet.sheet import contact_sheet

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "examples"))
import demo  # noqa: E402 - the pictures of the demo are the pictures of the card


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--name", required=True)
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--drawn", type=Path, required=True)
    parser.add_argument("--about", type=Path, required=True)
    given = parser.parse_args()
    model = load_model(given.run)
    training = {
        **model.training,
        "scores": scores_of(given.scores, model.fingerprint),
        "scores_drawn": scores_of(given.drawn, model.fingerprint),
    }
    folder = ROOT / "src" / "mimnet" / "models" / given.name
    weights = dict(model.generator.state_dict())
    save_model(folder / "model.safetensors", weights, model.config, model.vocabulary, training, half=True)
    shipped = load_model(folder)
    editor = Editor(TorchEngine(shipped))
    photo = demo.photograph()
    drawn = [demo.drawn(seed) for seed in demo.DRAWN]
    pictures = {
        folder / "grid.png": demo.overview(editor, [photo, *drawn], side=128),
        ROOT / "docs" / "images" / "flower.png": contact_sheet(
            demo.demo_rows(editor, photo, demo.SENTENCES[:3]), side=256, titles=("input", "result", "map")
        ),
        ROOT / "docs" / "images" / "drawn.png": contact_sheet(
            [
                row
                for picture, n in zip(drawn, (0, 2, 3), strict=True)
                for row in demo.demo_rows(editor, picture, demo.SENTENCES[n : n + 1])
            ],
            side=192,
            titles=("input", "result", "map"),
        ),
    }
    for path, picture in pictures.items():
        with whole_file(path) as temporary:
            picture.quantize(256).save(temporary, optimize=True)
    card = Card(given.name, about=given.about.read_text(), picture=("drawn flowers and flower.jpg, edited", "grid.png"))
    scores = [training["scores"], training["scores_drawn"]]
    write_whole(
        folder / "README.md", model_card(card, training, shipped.fingerprint, size=model.config.size, scores=scores)
    )
    print(f"{folder}: {(folder / 'model.safetensors').stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
