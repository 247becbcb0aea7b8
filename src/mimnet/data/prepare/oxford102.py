"""Oxford-102 flowers (Nilsback and Zisserman 2008) with ten captions a picture and the split of TAGAN (Sec. 4.1)."""

from mimnet.data.prepare.archives import Source
from mimnet.data.prepare.captions import find_captions
from mimnet.data.prepare.matlab import MatFile
from mimnet.data.prepare.pictures import content, find_file, find_pictures
from mimnet.data.prepare.plan import Picture, Plan, Published, missing
from mimnet.data.prepare.split import class_number, find_split
from mimnet.errors import MimnetError

PUBLISHED = Published(train=7_034, test=1_155, train_classes=82, test_classes=20, captions=10)
EXPECTED = "jpg/image_00001.jpg and so on, in 102flowers.tgz or unpacked"
FETCH = "Reed's flowers_icml.tar.gz and cvpr2016_flowers.tar.gz hold them (docs/datasets.md)"


def plan_oxford102(source: Source) -> Plan:
    """What a source holds. Raises `MimnetError`.

    A flower's class is its folder of captions, else its label in imagelabels.mat; where both are there they must agree.
    """
    places, lie = find_pictures(source, "oxford102", PUBLISHED.train + PUBLISHED.test, expected=EXPECTED)

    def match(folder: str, stem: str) -> str | None:
        return stem if stem in places else None

    captions = find_captions(source, match, len(places), classes=True)
    split = find_split(source, match, captions.holder, data="oxford102", fetch=FETCH)
    folders = {key: number for key, name in captions.folders.items() if (number := class_number(name))}
    labels, told = _labels(source, required=len(folders) < len(captions.texts))
    kinds = labels | folders
    halves: dict[str, list[Picture]] = {"train": [], "test": []}
    unlisted = set()
    for key in sorted(places.keys() & captions.texts.keys()):
        half = split.half(key, kinds.get(key))
        if half is None:
            unlisted.add(key)
            continue
        halves[half].append(Picture(places[key], f"{key}.jpg", captions.texts[key], kinds.get(key)))
    differ = {key for key in labels.keys() & folders.keys() & places.keys() if labels[key] != folders[key]}
    return Plan(
        "oxford102",
        PUBLISHED,
        halves["train"],
        halves["test"],
        [f"pictures: {lie}", f"captions: {captions.where}", f"split: {split.where}", f"labels: {told}"],
        missing("pictures without captions, left out", places.keys() - captions.texts.keys())
        + missing("pictures of no listed class, left out", unlisted)
        + missing("pictures with another label in imagelabels.mat than the folder of their captions", differ),
    )


def _labels(source: Source, *, required: bool) -> tuple[dict[str, int], str]:
    """Classes by key from imagelabels.mat; without `required` its absence is only told."""
    place = find_file(source, r"imagelabels\.mat")
    if place is None:
        if required:
            raise MimnetError(
                f"no imagelabels.mat in {source.label}; these captions do not tell the classes of pictures"
            )
        return {}, "no imagelabels.mat; classes are the captions' folders"
    try:
        labels = MatFile(content(place), name=str(place)).numbers("labels")
    except MimnetError as error:
        if required or not isinstance(error.__cause__, ImportError):
            raise
        return {}, f"not checked ({error})"
    return {f"image_{index:05d}": int(label) for index, label in enumerate(labels, 1)}, str(place)
