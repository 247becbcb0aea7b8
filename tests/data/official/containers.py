"""Archives and folders of given files, packed as the official ones are."""

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageDraw

Files = Mapping[str, bytes]


def packed(files: Files, kind: str) -> bytes:
    """A zip, tar or tgz as bytes; folders have entries of their own, as most tools write them."""
    made = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        return made.getvalue()
    with tarfile.open(fileobj=made, mode="w:gz" if kind == "tgz" else "w") as tar:
        for name in sorted({name.rsplit("/", 1)[0] for name in files if "/" in name}):
            folder = tarfile.TarInfo(name)
            folder.type = tarfile.DIRTYPE
            tar.addfile(folder)
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return made.getvalue()


def unpacked(files: Files, folder: Path) -> Path:
    """The files in a folder."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def picture(number: int, size: tuple[int, int] = (60, 40), kind: str = "JPEG") -> bytes:
    """A drawn picture that differs from number to number."""
    image = Image.new("RGB", size, (number * 37 % 256, number * 91 % 256, 120))
    ImageDraw.Draw(image).ellipse((10, 5, 40, 30), fill=(250, number * 13 % 256, 20))
    made = io.BytesIO()
    image.save(made, kind)
    return made.getvalue()
