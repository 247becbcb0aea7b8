"""A stranger's picture: its head is read and checked first, then it is decoded."""

import io
import re
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from mimnet.serve.problems import RequestError

READ = ("PNG", "JPEG", "WEBP", "GIF", "BMP")  # no other decoder is tried, however the file calls itself
SCANS = 100  # of a progressive JPEG; each costs a pass over all pixels, and honest files have some ten
START_OF_SCAN = re.compile(rb"\xff\xda")


def check_head(data: bytes, *, max_pixels: int) -> Image.Image:
    """The picture, whose head alone was read; its pixels are not decoded yet.

    Raises `RequestError` if it is of no type that is read, or has more than `max_pixels`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow's own limits; ours stand here
            picture = Image.open(io.BytesIO(data), formats=READ)
    except UnidentifiedImageError:
        raise RequestError("media-type", "the picture is not a PNG, JPEG, WebP, GIF or BMP file") from None
    except Image.DecompressionBombError:
        raise RequestError(
            "too-large", f"the picture has more than {max_pixels:,} pixels, which is the limit"
        ) from None
    except Exception:  # decoders have odd errors of their own; to the sender all mean the same
        raise RequestError("picture", "the head of the picture is damaged") from None
    width, height = picture.size
    if width * height > max_pixels:
        raise RequestError(
            "too-large", f"the picture has {width}x{height} pixels; the limit is {max_pixels:,}. Make it smaller"
        )
    if width < 1 or height < 1:
        raise RequestError("picture", "the picture has no pixels")
    if picture.format == "JPEG" and sum(1 for _ in START_OF_SCAN.finditer(data)) > SCANS:
        raise RequestError("picture", f"the JPEG is cut into more than {SCANS} scans; save it again")
    return picture


def decode(picture: Image.Image) -> Image.Image:
    """The picture with its pixels, turned as its EXIF says. Raises `RequestError` if it is damaged."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture.load()
            return ImageOps.exif_transpose(picture)
    except Exception:  # see above
        raise RequestError("picture", "the picture cannot be decoded; it is damaged or cut short") from None
