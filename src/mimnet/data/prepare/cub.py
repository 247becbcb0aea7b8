"""CUB-200-2011 (Wah et al. 2011) with ten captions a picture (Reed et al. 2016) and the split of TAGAN (Sec. 4.1).

The paper prints 2,993 test pictures, a slip: 8,855 of 11,788 are for training, which leaves 2,933.
"""

import re
from collections.abc import Mapping

from mimnet.data.prepare.archives import Place, Source
from mimnet.data.prepare.captions import Match, find_captions
from mimnet.data.prepare.pictures import content, files_in, find_pictures
from mimnet.data.prepare.plan import Picture, Plan, Published, missing
from mimnet.data.prepare.split import class_number, find_split
from mimnet.errors import MimnetError

PUBLISHED = Published(train=8_855, test=2_933, train_classes=150, test_classes=50, captions=10)
EXPECTED = "images/001.Black_footed_Albatross/NAME.jpg, in CUB_200_2011.tgz or unpacked"
FETCH = "Reed's cub_icml.tar.gz and cvpr2016_cub.tar.gz and AttnGAN's birds.zip hold them (docs/datasets.md)"


def plan_cub(source: Source, *, boxes: bool) -> Plan:
    """What a source holds; with `boxes` each picture carries the box of its bird. Raises `MimnetError`."""
    places, lie = find_pictures(source, "cub", PUBLISHED.train + PUBLISHED.test, expected=EXPECTED)
    match = matcher(places)
    captions = find_captions(source, match, len(places), classes=True)
    split = find_split(source, match, captions.holder, data="cub", fetch=FETCH)
    held = read_boxes(places) if boxes else {}
    halves: dict[str, list[Picture]] = {"train": [], "test": []}
    unlisted = set()
    for key in sorted(places.keys() & captions.texts.keys()):
        kind = key.split("/")[0]
        half = split.half(key, class_number(kind))
        if half is None:
            unlisted.add(key)
            continue
        if boxes and key not in held:
            raise MimnetError(f"bounding_boxes.txt has no box for {key}.jpg; fetch CUB_200_2011.tgz again")
        halves[half].append(Picture(places[key], f"{key}.jpg", captions.texts[key], kind, held.get(key)))
    return Plan(
        "cub",
        PUBLISHED,
        halves["train"],
        halves["test"],
        [f"pictures: {lie}", f"captions: {captions.where}", f"split: {split.where}"],
        missing("pictures without captions, left out", places.keys() - captions.texts.keys())
        + missing("pictures of no listed class, left out", unlisted),
    )


def matcher(places: Mapping[str, Place]) -> Match:
    """Captions of 2016 name some birds otherwise (Brewers for Brewer): class and closing numbers decide there."""
    by_stem = {key.split("/")[1]: key for key in places}
    by_numbers = {_numbers(*key.split("/")): key for key in places}

    def match(folder: str, stem: str) -> str | None:
        key = f"{folder}/{stem}"
        return key if key in places else by_stem.get(stem) or by_numbers.get(_numbers(folder, stem))

    return match


def _numbers(folder: str, stem: str) -> tuple[int | None, str]:
    found = re.search(r"_(\d+_\d+)$", stem)
    return class_number(folder), found.group(1) if found else stem


def read_boxes(places: Mapping[str, Place]) -> dict[str, tuple[float, float, float, float]]:
    """left, top, width and height in pixels, by key, from bounding_boxes.txt and images.txt beside the pictures."""
    holder = next(iter(places.values())).holder
    lines = {}
    for name in ("images.txt", "bounding_boxes.txt"):
        files = files_in(holder, re.escape(name))
        if not files:
            raise MimnetError(f"{holder.label} has no {name}, which --crop box needs; it is in CUB_200_2011.tgz")
        text = content(files[0]).decode("utf-8", "replace")
        lines[name] = [line.split() for line in text.splitlines() if line.strip()]
    try:
        names = {number: name.removesuffix(".jpg") for number, name in lines["images.txt"]}
        found = {}
        for number, *values in lines["bounding_boxes.txt"]:
            left, top, width, height = map(float, values)
            if width <= 0 or height <= 0:
                raise ValueError(f"box {number} is empty")
            found[names[number]] = (left, top, width, height)
    except (ValueError, KeyError) as error:
        raise MimnetError(f"{holder.label}: images.txt and bounding_boxes.txt do not fit together ({error})") from error
    return found
