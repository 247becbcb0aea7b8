"""CelebA's aligned faces (Liu et al. 2015) with one caption a picture from Text2FaceGAN (Nasir et al. 2019; Sec. 4.1).

The paper trains on 153,640 of 192,050 captioned pictures, drawn at random: four of five, here by a seeded hash.
"""

import io

from PIL import Image

from mimnet.data.prepare.archives import Source
from mimnet.data.prepare.captions import find_captions
from mimnet.data.prepare.pictures import content, find_pictures
from mimnet.data.prepare.plan import Picture, Plan, Published, missing, random_halves

PUBLISHED = Published(train=153_640, test=38_410, captions=1)
PICTURES = 202_599
ALIGNED = (178, 218)  # width and height of an aligned picture
EXPECTED = "img_align_celeba/000001.jpg and so on, in img_align_celeba.zip or unpacked"


def plan_celeba(source: Source, *, seed: int) -> Plan:
    """What a source holds. Raises `MimnetError`."""
    places, lie = find_pictures(source, "celeba", PICTURES, expected=EXPECTED)

    def match(folder: str, stem: str) -> str | None:
        return stem if stem in places else None

    captions = find_captions(source, match, PUBLISHED.train + PUBLISHED.test, classes=False)
    captioned = places.keys() & captions.texts.keys()
    train, test = random_halves(captioned, PUBLISHED.train / (PUBLISHED.train + PUBLISHED.test), seed)
    made = {
        key: Picture(places[key], f"{key}{places[key].path.suffix.lower()}", captions.texts[key]) for key in captioned
    }
    deviations = []
    if len(places) != PICTURES:
        deviations.append(f"there are {len(places):,} pictures; published are {PICTURES:,}")
    first = min(captioned, default=None)
    if first is not None:
        size = _size(content(places[first]))
        if size not in (None, ALIGNED):
            deviations.append(f"{places[first].name} has {size[0]}x{size[1]} pixels; aligned pictures have 178x218")
    return Plan(
        "celeba",
        PUBLISHED,
        [made[key] for key in sorted(train)],
        [made[key] for key in sorted(test)],
        [f"pictures: {lie}", f"captions: {captions.where}", f"split: four of five pictures at random, seed {seed}"],
        deviations + missing("captions without a picture", captions.texts.keys() - places.keys()),
    )


def _size(data: bytes) -> tuple[int, int] | None:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return picture.size
    except (OSError, SyntaxError, ValueError):
        return None
