"""A small model exported once for all tests that ask."""

import functools
import tempfile
from dataclasses import replace
from pathlib import Path

import torch

from mimnet.export.folder import Exported, export
from test_editor import SMALL, write_model

CONFIG = replace(SMALL, boundary="sobel", parts=2, form=4, presence=4)  # Canny's loop takes most of an export's time


@functools.cache
def exported() -> tuple[Path, list[Exported]]:
    """A folder with model.safetensors and graphs/{fp32,fp16,int8}, and what was measured."""
    torch.set_num_threads(1)
    folder = Path(tempfile.mkdtemp(prefix="mimnet-graphs-"))
    model = write_model(folder / "model.safetensors", CONFIG)
    return folder, export(model, folder / "graphs", ("fp32", "fp16", "int8"))
