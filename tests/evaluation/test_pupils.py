"""Test that a model which learned from AttnGAN's encoders is named where the same encoders judge it."""

from pathlib import Path

import pytest
import torch

from attngan_files import write_released
from mimnet.checkpoint import load_model, save_model
from mimnet.config import load_config, merge
from mimnet.encoders import load_attngan_encoders, put_in
from mimnet.evaluation.painter import ModelPainter
from mimnet.evaluation.panel import Panel, pupils
from mimnet.evaluation.runs import Run
from mimnet.families import new_generator
from mimnet.judges.attngan import load_attngan

NARROW = {"model": {"size": 32, "width": 4, "combination_width": 6, "exact_counts": False}}


@pytest.mark.slow
def test_pupils_of_attngans_encoders_are_named(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    files = write_released(tmp_path)
    encoders = load_attngan_encoders(tmp_path)
    config = merge(load_config("manigan"), NARROW, where="test").model
    runs = []
    for name, taught in (("pupil", True), ("other", False)):
        generator = new_generator(config, len(encoders.vocabulary))
        if taught:
            put_in(encoders, generator)
        path = tmp_path / f"{name}.safetensors"
        save_model(path, generator.state_dict(), config, encoders.vocabulary, {}, half=True)
        runs.append(Run(name, ModelPainter(load_model(path))))
    assert pupils(Panel(matcher=load_attngan(**files)), runs) == ["pupil"]
    assert pupils(Panel(), runs) == []
