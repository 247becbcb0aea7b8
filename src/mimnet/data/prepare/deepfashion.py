"""DeepFashion with one sentence a picture from FashionGAN (Zhu et al. 2017; Sec. 4.1): language_original.mat, ind.mat.

The paper trains on 63,183 of 78,979 pictures, drawn at random: four of five, here by a seeded hash. FashionGAN's own
index, ind.mat, has 70,000 and 8,979; `split="fashiongan"` takes that one.
"""

from collections import Counter, defaultdict
from typing import Literal

from mimnet.data.prepare.archives import Place, Source
from mimnet.data.prepare.captions import sentences
from mimnet.data.prepare.fashion_h5 import FashionH5
from mimnet.data.prepare.matlab import MatFile
from mimnet.data.prepare.pictures import content, files_in, looks_like
from mimnet.data.prepare.plan import Picture, Plan, Published, missing, random_halves
from mimnet.errors import MimnetError

PUBLISHED = Published(train=63_183, test=15_796, captions=1)
INDEX = Published(train=70_000, test=8_979, captions=1)
FashionSplit = Literal["paper", "fashiongan"]


def plan_deepfashion(source: Source, *, split: FashionSplit, seed: int) -> Plan:
    """What a source holds. Raises `MimnetError`."""
    language = _mat(source, "engJ", r"language.*\.mat")
    if language is None:
        raise MimnetError(
            f"{source.label} holds no language file of FashionGAN: found {source.known()}; expected "
            f"language_original.mat (variables engJ and nameList), with img/ or G2.h5 as pictures{looks_like(source)}"
        )
    texts = [" ".join(sentences(text)) for text in language.strings("engJ")]
    names = _names(source, language, len(texts))
    places, lie = _pictures(source, names)
    published, train, told, odd = _training(source, names, split, seed)
    train_half: list[Picture] = []
    test_half: list[Picture] = []
    written = set()
    for index, (name, text) in enumerate(zip(names, texts, strict=True)):
        if name in places and text and name not in written:
            written.add(name)
            suffix = places[name].path.suffix
            picture = Picture(places[name], f"{name.removeprefix('img/').removesuffix('.jpg')}{suffix}", (text,))
            (train_half if index in train else test_half).append(picture)
    return Plan(
        "deepfashion",
        published,
        train_half,
        test_half,
        [f"pictures: {lie}", f"captions: {language.name}", f"split: {told}"],
        odd
        + missing("captioned pictures that are not there, left out", {name for name in names if name not in places})
        + missing("pictures without a caption, left out", {n for n, text in zip(names, texts, strict=True) if not text})
        + missing("pictures listed more than once", {name for name, n in Counter(names).items() if n > 1}),
    )


def _mat(source: Source, variable: str, usual: str) -> MatFile | None:
    """The MATLAB file that has a variable: one of the usual name, else any."""
    for pattern in (usual, r".*\.mat"):
        for holder in source.holders():
            for place in files_in(holder, pattern):
                mat = MatFile(content(place), name=str(place))
                if variable in mat.variables:
                    return mat
    return None


def _names(source: Source, language: MatFile, count: int) -> list[str]:
    """Pictures' paths in the order of the captions: nameList of the language file or of subset_index.mat."""
    listing = language if "nameList" in language.variables else _mat(source, "nameList", r"subset.*\.mat")
    if listing is None:
        raise MimnetError(f"{language.name} has no nameList, and no subset_index.mat is there to name its pictures")
    names = [name.replace("\\", "/").lstrip("/") for name in listing.strings("nameList")]
    if len(names) != count:
        raise MimnetError(f"{listing.name} names {len(names):,} pictures, {language.name} has {count:,} captions")
    odd = next((n for n in names if not n.endswith(".jpg") or any(p in ("", ".", "..") for p in n.split("/"))), None)
    if odd is not None:
        raise MimnetError(f"{listing.name}: nameList has {odd!r}, which is no path of a picture")
    return names


def _pictures(source: Source, names: list[str]) -> tuple[dict[str, Place], str]:
    """Pictures by name: files img/GARMENT/img_00000001.jpg, else FashionGAN's matrix G2.h5."""
    ends = {name.removeprefix("img/"): name for name in names}
    best: dict[str, Place] = {}
    where = ""
    for holder in source.holders():
        groups: dict[str, dict[str, Place]] = defaultdict(dict)
        for place in holder.places():
            end = "/".join(place.path.parts[-2:])
            if end in ends:
                groups[place.name.removesuffix(end)][ends[end]] = place
        for root, places in groups.items():
            if len(places) > len(best):
                best, where = places, f"{holder.label}: {root}"
    matrix = next((p for holder in source.holders() for p in files_in(holder, r"G2\.h5")), None)
    if matrix is not None and len(best) < len(ends):
        if matrix.file is None:
            raise MimnetError(f"{matrix} is too large to be read within an archive; unpack it and give the folder")
        held = FashionH5(matrix.file, names)
        return dict(zip(names, held.places(), strict=True)), f"{held.label} (128x128)"
    if not best:
        raise MimnetError(
            f"no pictures of nameList in {source.label}, such as {names[0] if names else 'any'}: found "
            f"{source.known()}; expected img/ (unpack img.zip with its password) or G2.h5 (unpack G2.zip)"
        )
    return best, where


def _training(
    source: Source, names: list[str], split: FashionSplit, seed: int
) -> tuple[Published, set[int], str, list[str]]:
    """What is published, the indices of training pictures, the split in words, and what is odd about ind.mat."""
    index = _mat(source, "train_ind", r"ind\.mat")
    odd = []
    if index is not None:  # MATLAB counts from 1
        train, test = (set((index.numbers(name) - 1).tolist()) for name in ("train_ind", "test_ind"))
        if train & test or train | test != set(range(len(names))):
            odd = [f"{index.name} does not put each of {len(names):,} pictures into exactly one half"]
    if split == "fashiongan":
        if index is None:
            raise MimnetError(f"no ind.mat in {source.label}; --split fashiongan needs it")
        return INDEX, train, f"{index.name}", odd
    first, _ = random_halves(names, PUBLISHED.train / (PUBLISHED.train + PUBLISHED.test), seed)
    chosen = {i for i, name in enumerate(names) if name in first}
    return PUBLISHED, chosen, f"four of five pictures at random, seed {seed}", odd
