"""The card tells the run, its scores and what a person says; its head is YAML that the hub's own reader takes."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard

from mimnet.card import Card, front_matter, model_card, scores_of, usage
from mimnet.errors import MimnetError

STAGE = {"preset": "laptop", "size": 64, "step": 4000, "pictures_seen": 64000, "hours": 0.447, "hardware": "1 x CPU"}
TRAINING: dict[str, Any] = {
    **STAGE,
    "preset": "compact",
    "size": 128,
    "step": 1397,
    "pictures": 5345,
    "data": "roses: wild",
    "earlier": [STAGE],
}


def figure(value: float, *interval: float) -> dict[str, Any]:
    return {"value": value, "interval": list(interval) or None}


def evaluation() -> dict[str, Any]:
    colour = {"colour": "red", "leads": 0.9, "leads_unedited": 0.1, "leads_real": 0.86, "real": 35}
    colour |= {"led_inside": 0.2, "leads_inside": 0.95, "leads_inside_real": 0.9}
    judge = {"name": "classes of roses", "fingerprint": "0123"}
    return {
        "rows": [
            {"name": "a (coarse stage)", "n": 95, "models": ["f1"], "diff": figure(0.5)},
            {"name": "a", "n": 95, "models": ["f1"], "diff": figure(0.0874, 0.08, 0.09), "sim": figure(math.nan)},
            {"name": "b", "n": 95, "models": ["f2"], "diff": figure(0.2)},
        ],
        "colours": [{"name": "a", **colour}, {"name": "b", **colour, "colour": "blue"}],
        "judges": {"IS": judge},
        "data": "roses",
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "scores.json"
    path.write_text(json.dumps(evaluation()))
    return path


def test_a_card_tells_every_stage_of_training_and_the_models_own_scores(file: Path) -> None:
    told = model_card(
        Card("roses", about="## Limits\n\nRoses."), TRAINING, "f1", size=128, scores=[scores_of(file, "f1")]
    )
    assert "| laptop | 64 px | 4,000 | 64,000 | 0.45 | 1 x CPU |" in told
    assert "| compact | 128 px | 1,397 | 64,000 | 0.45 | 1 x CPU |" in told
    assert told.index("| laptop") < told.index("| compact")
    assert "Fingerprint f1; 5,345 pictures for training." in told
    assert "| red | 0.90 | 0.10 | 0.86 (of 35) | 0.95 | 0.20 | 0.90 |" in told
    assert "| Diff | 0.087 | 0.080 to 0.090 |" in told
    assert "IS: classes of roses [0123]." in told
    assert "blue" not in told  # another model's
    assert "Sim" not in told  # it has no value
    assert told.endswith("## Limits\n\nRoses.\n")


def test_a_card_without_scores_says_so() -> None:
    told = model_card(Card("roses"), {}, "f1", size=64, scores=[])
    assert "None: `mimnet evaluate` measures it" in told
    assert "| – | 64 px | – | – | – | – |" in told


def test_scores_of_another_model_and_of_no_evaluation_are_refused(file: Path, tmp_path: Path) -> None:
    with pytest.raises(MimnetError, match=r"scores\.json has no row of the model f3"):
        scores_of(file, "f3")
    file.write_text('{"rows": []}')
    with pytest.raises(MimnetError, match=r"scores\.json is not what mimnet evaluate --json writes"):
        scores_of(file, "f1")
    with pytest.raises(MimnetError, match=r"cannot read scores .*none\.json: No such file"):
        scores_of(tmp_path / "none.json", "f1")


def test_the_head_is_read_by_the_hubs_own_reader() -> None:
    card = Card("user/roses", "cc-by-nc-4.0", ("user/data", 'a "b"'))
    data = ModelCard(front_matter(card, TRAINING) + usage(card, TRAINING)).data.to_dict()
    assert data["library_name"] == "mimnet"
    assert data["pipeline_tag"] == "image-to-image"
    assert data["license"] == "cc-by-nc-4.0"
    assert data["datasets"] == ["user/data", 'a "b"']
    default = ModelCard(front_matter(Card("user/roses"), TRAINING)).data.to_dict()
    assert default["license"] == "other"
    assert default["datasets"] == ["roses: wild"]
    assert ModelCard(front_matter(Card("user/roses"), {})).data.to_dict().get("datasets") is None


def test_a_model_of_birds_is_shown_with_a_sentence_of_birds() -> None:
    assert '"this bird is red")' in usage(Card("user/birds"), {**TRAINING, "sentence": "this bird is red"})
    assert '"this flower has red petals")' in usage(Card("user/roses"), TRAINING)
