"""The recipe of an edit, and pictures that carry it: PNG, JPEG and WebP with text and settings inside."""

import dataclasses
import io
import json
from dataclasses import dataclass
from pathlib import Path

from PIL import ExifTags, Image, PngImagePlugin

from mimnet.errors import MimnetError
from mimnet.files import write_whole
from mimnet.version import __version__

STRENGTH = 1.0
THRESHOLD = 0.2
KEY = "mimnet"  # of the PNG text chunk; in JPEG and WebP the one key of the JSON in ImageDescription
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


@dataclass(frozen=True)
class Recipe:
    """What makes an edit again from the same picture. It holds no time and no path."""

    text: str
    model: str  # the model's fingerprint
    strength: float = STRENGTH
    threshold: float = THRESHOLD
    paper: bool = False  # the network's own picture, nothing pasted back
    version: str = __version__

    def to_json(self) -> str:
        """One line of ASCII, so that every container can hold it."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)


def check_settings(strength: float, threshold: float) -> None:
    """Raise `MimnetError` unless strength is in [0, 2] and threshold in [0, 1)."""
    if not 0 <= strength <= 2:
        raise MimnetError(f"strength is {strength}; it goes from 0 (unchanged) over 1 (the edit) to 2 (exaggerated)")
    if not 0 <= threshold < 1:
        raise MimnetError(f"threshold is {threshold}; it must be at least 0 and below 1")


def picture_format(path: Path) -> str:
    """Pillow's name of the format that the suffix asks for. Raises `MimnetError` for any other."""
    if path.suffix.lower() not in FORMATS:
        raise MimnetError(f"cannot write {path}: the suffix must be one of {', '.join(FORMATS)}")
    return FORMATS[path.suffix.lower()]


def encode(picture: Image.Image, *, format: str = "PNG", recipe: Recipe | None = None, quality: int = 95) -> bytes:
    """A picture file in memory; the same picture and recipe give the same bytes.

    The colour profile in `picture.info` goes along. `quality` (1 to 100) is for JPEG and WebP.
    """
    options: dict[str, object] = {}
    if picture.info.get("icc_profile"):
        options["icc_profile"] = picture.info["icc_profile"]
    if format == "PNG":
        chunks = PngImagePlugin.PngInfo()
        if recipe:
            chunks.add_text(KEY, recipe.to_json())
        options["pnginfo"] = chunks
    else:
        options["quality"] = quality
        if format == "JPEG":
            options["subsampling"] = 0  # halved colour would smear a colour edit
        if recipe:
            exif = Image.Exif()
            exif[ExifTags.Base.ImageDescription] = json.dumps({KEY: json.loads(recipe.to_json())})
            options["exif"] = exif.tobytes()
    written = io.BytesIO()
    try:
        picture.save(written, format, **options)
    except (OSError, ValueError) as error:  # sides beyond what JPEG (65535) or WebP (16383) can say
        width, height = picture.size
        raise MimnetError(f"{format} cannot hold this picture of {width}x{height} ({error}); write PNG") from error
    return written.getvalue()


def write_picture(path: Path, picture: Image.Image, *, recipe: Recipe | None = None, quality: int = 95) -> None:
    """Write a picture, whole or not at all, in the format of the suffix (see `encode`)."""
    write_whole(path, encode(picture, format=picture_format(path), recipe=recipe, quality=quality))


def read_recipe(source: Path | bytes) -> Recipe | None:
    """The recipe inside a picture that mimnet wrote; None where there is none."""
    with Image.open(source if isinstance(source, Path) else io.BytesIO(source)) as picture:
        text = picture.info.get(KEY)
        described = picture.getexif().get(ExifTags.Base.ImageDescription, "")
    try:
        values = json.loads(text) if text else json.loads(described)[KEY]
        return Recipe(**values)
    except (json.JSONDecodeError, KeyError, TypeError):
        return None
