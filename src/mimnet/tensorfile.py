"""Tensors with their description in one safetensors file that tells when it was damaged. Nothing is unpickled."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from mimnet.errors import MimnetError
from mimnet.files import whole_file
from mimnet.version import __version__


def write_tensors(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str], *, format: str, half: bool = False
) -> str:
    """Write a file, whole or not at all, and return its fingerprint; `half` stores 16-bit floats."""
    stored = {
        name: (x.detach().cpu().half() if half and x.is_floating_point() else x.detach().cpu()).contiguous()
        for name, x in tensors.items()
    }
    described = {**metadata, "format": format, "version": __version__}
    described["fingerprint"] = _fingerprint(stored, described)
    try:
        with whole_file(path) as temporary:
            safetensors.torch.save_file(stored, temporary, described)
    except safetensors.SafetensorError as error:  # its writer reports a full disk so
        raise MimnetError(f"cannot write {path}: {error}") from error
    return described["fingerprint"]


def read_tensors(path: Path, *, format: str) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors, floats as float32, and metadata with the fingerprint.

    Raises `MimnetError` if the file is missing, of another format, cut short, or not what was saved.
    """
    if not path.is_file():
        raise MimnetError(f"no file {path}")
    try:
        with safetensors.safe_open(path, "pt") as opened:
            metadata = opened.metadata() or {}
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - no mapping
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise MimnetError(f"{path} is not a whole safetensors file ({error}); get or make it again") from error
    if metadata.get("format") != format:
        raise MimnetError(f"{path} holds {metadata.get('format', 'something else')!r}, not {format!r}")
    if metadata.get("fingerprint") != _fingerprint(tensors, metadata):
        raise MimnetError(f"{path} was changed after it was saved (its fingerprint differs); get it again")
    return {name: x.float() if x.is_floating_point() else x for name, x in tensors.items()}, metadata


def _fingerprint(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> str:
    """16 hexadecimal digits over the tensors and everything said about them."""
    digest = hashlib.sha256()
    for key in sorted(set(metadata) - {"fingerprint"}):
        digest.update(f"{key}\0{metadata[key]}\0".encode())
    for name in sorted(tensors):
        x = tensors[name]
        digest.update(f"{name} {x.dtype} {tuple(x.shape)}".encode())
        digest.update(x.reshape(-1).contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:16]
