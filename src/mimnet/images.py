"""Pictures between the world and the networks: PIL, numpy and bytes outside, [-1, 1] BCHW RGB inside."""

import io
import tarfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from mimnet.errors import MimnetError

if TYPE_CHECKING:  # whoever only edits with onnxruntime needs no torch
    from torch import Tensor

MAX_PIXELS = 100_000_000  # a larger picture is refused before it is decoded
DECODING_ERRORS = (OSError, SyntaxError, ValueError, EOFError, TypeError, LookupError)  # of damaged pictures, in Pillow
READABLE = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm")


def open_picture(source: Path | bytes, *, name: str = "", turn: bool = True) -> Image.Image:
    """Read a picture, loaded whole, turned as its EXIF says (unless not `turn`), in its own mode.

    Raises `MimnetError` if it is missing, is no picture, is cut short, or has more than `MAX_PIXELS` pixels.
    """
    what = name or (str(source) if isinstance(source, Path) else "the picture")
    try:
        if isinstance(source, Path) and source.parent.suffix == ".tar":  # a picture of a shard
            source = picture_bytes(source)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit stands below
            picture = Image.open(source if isinstance(source, Path) else io.BytesIO(source))
        if picture.width * picture.height > MAX_PIXELS:
            raise MimnetError(
                f"{what} has {picture.width}x{picture.height} pixels; the limit is {MAX_PIXELS:,}. Make it smaller"
            )
        picture.load()
        return ImageOps.exif_transpose(picture) if turn else picture
    except FileNotFoundError as error:
        raise MimnetError(f"{what}: no such file") from error
    except UnidentifiedImageError as error:
        raise MimnetError(f"{what} is not a picture that can be read") from error
    except Image.DecompressionBombError as error:
        raise MimnetError(f"{what} is too large to decode; the limit is {MAX_PIXELS:,} pixels") from error
    except DECODING_ERRORS as error:
        raise MimnetError(f"{what} cannot be read ({error}); it may be cut short") from error


def picture_bytes(file: Path) -> bytes:
    """The bytes of a file; `X.tar/NAME` is the file NAME in the archive X.tar, as shards name their pictures.

    Raises `MimnetError` where there is none.
    """
    try:
        if file.parent.suffix != ".tar" or file.parent.is_dir():
            return file.read_bytes()
        with tarfile.open(file.parent, "r:") as archive:
            member = archive.extractfile(file.name)
            if member is None:
                raise MimnetError(f"{file} is no file")
            return member.read()
    except (FileNotFoundError, KeyError) as error:
        raise MimnetError(f"{file}: no such file") from error
    except (OSError, tarfile.TarError) as error:
        raise MimnetError(f"{file} cannot be read ({error}); it may be cut short") from error


def picture_exists(file: Path) -> bool:
    """Whether there is such a file, or the tar that it would lie in, into which this does not look."""
    return file.is_file() or (file.parent.suffix == ".tar" and file.parent.is_file())


def picture_size(file: Path) -> int:
    """Bytes of a file, which may lie in a tar (see `picture_bytes`)."""
    return file.stat().st_size if file.is_file() else len(picture_bytes(file))


def to_rgb(picture: Image.Image) -> Image.Image:
    """RGB, with transparency laid on white and 16-bit grey brought to 8 bits.

    >>> to_rgb(Image.new("LA", (2, 2), (0, 0))).getpixel((0, 0))
    (255, 255, 255)
    """
    if picture.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        values = np.asarray(picture, dtype=np.float64)
        scale = 255 / 65535 if values.max(initial=0) > 255 else 1.0
        picture = Image.fromarray(np.clip(values * scale, 0, 255).round().astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        return Image.alpha_composite(ground, picture).convert("RGB")
    return picture.convert("RGB")


def to_array(picture: Image.Image, size: int) -> NDArray[np.uint8]:
    """Any picture -> uint8 size,size,3, its shape squeezed to a square (Sec. 4.1: all are resized)."""
    return np.asarray(to_rgb(picture).resize((size, size), Image.Resampling.LANCZOS, reducing_gap=3.0))


def to_grey_array(picture: Image.Image, size: int) -> NDArray[np.uint8]:
    """Any picture -> uint8 size,size of its luminance, its shape squeezed to a square, for boundary maps from files."""
    return np.asarray(to_rgb(picture).convert("L").resize((size, size), Image.Resampling.LANCZOS, reducing_gap=3.0))


def to_signed(array: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 ...,H,W,3 -> float32 B,3,H,W in [-1, 1]"""
    x = array.astype(np.float32) / np.float32(127.5) - np.float32(1)
    return np.ascontiguousarray(x.reshape(-1, *x.shape[-3:]).transpose(0, 3, 1, 2))


def from_signed(image: NDArray[np.float32]) -> NDArray[np.uint8]:
    """float32 B,3,H,W in [-1, 1] -> uint8 B,H,W,3, rounded"""
    x = np.rint((np.clip(image, -1, 1) + np.float32(1)) * np.float32(127.5)).astype(np.uint8)
    return np.ascontiguousarray(x.transpose(0, 2, 3, 1))


def to_tensor(array: NDArray[np.uint8]) -> "Tensor":
    """uint8 ...,H,W,3 -> float32 B,3,H,W in [-1, 1]"""
    import torch

    return torch.from_numpy(to_signed(array))


def from_tensor(image: "Tensor") -> NDArray[np.uint8]:
    """B,3,H,W in [-1, 1] -> uint8 B,H,W,3, rounded"""
    return from_signed(image.detach().float().cpu().numpy())


def from_weights(weight_map: "Tensor") -> NDArray[np.uint8]:
    """B,1,H,W in [0, 1] -> uint8 B,H,W, rounded"""
    x = weight_map.detach().float().clamp(0, 1).mul(255).round().cpu().numpy()
    return np.asarray(x[:, 0].astype(np.uint8))
