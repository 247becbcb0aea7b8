"""CUB-200-2011 and its captions as they are published, of four classes with three birds each."""

import pickle

from official.containers import packed, picture
from official.torch7 import caption_file

CLASSES = ("001.Black_footed_Albatross", "009.Brewer_Blackbird", "050.Eared_Grebe", "200.Common_Yellowthroat")
TRAIN, TEST = CLASSES[:3], CLASSES[3:]
SIZE = (60, 40)
BOX = (10.0, 5.0, 31.0, 26.0)  # of every bird


def birds() -> list[str]:
    """class/name without suffix"""
    return [f"{c}/{c[4:]}_{n:04d}_{7000 + int(c[:3]) * 10 + n}" for c in CLASSES for n in (1, 2, 3)]


def captions_of(bird: str) -> tuple[str, ...]:
    number = birds().index(bird)
    return tuple(f"bird {number} has a red crown, and {n} grey wings." for n in range(10))


def pictures() -> dict[str, bytes]:
    """CUB_200_2011.tgz"""
    listed = birds()
    box = " ".join(map(str, BOX))
    files = {
        "attributes.txt": b"1 has_bill_shape::curved\n",
        "CUB_200_2011/images.txt": "".join(f"{i} {b}.jpg\n" for i, b in enumerate(listed, 1)).encode(),
        "CUB_200_2011/bounding_boxes.txt": "".join(f"{i} {box}\n" for i in range(1, len(listed) + 1)).encode(),
        "CUB_200_2011/classes.txt": "".join(f"{int(c[:3])} {c}\n" for c in CLASSES).encode(),
        "CUB_200_2011/README": b"words",
    }
    return files | {f"CUB_200_2011/images/{b}.jpg": picture(i, SIZE) for i, b in enumerate(listed)}


def class_lists(root: str) -> dict[str, bytes]:
    return {
        f"{root}/allclasses.txt": "\n".join(CLASSES).encode(),
        f"{root}/trainvalclasses.txt": ("\n".join(TRAIN) + "\n").encode(),
        f"{root}/trainclasses.txt": (TRAIN[0] + "\n").encode(),
        f"{root}/valclasses.txt": "\n".join(TRAIN[1:]).encode(),
        f"{root}/testclasses.txt": "\n".join(TEST).encode(),
    }


def text_c10() -> dict[str, bytes]:
    """cvpr2016_cub.tar.gz, with a name as it was before CUB's was mended, and files for other programs."""
    files = class_lists("cvpr2016_cub")
    for bird in birds():
        old = bird.replace("/Brewer_", "/Brewers_")
        files[f"cvpr2016_cub/text_c10/{old}.txt"] = ("\n".join(captions_of(bird)) + "\n").encode()
        files[f"cvpr2016_cub/text_c10/{old}.h5"] = b"vectors"
    return files | {"cvpr2016_cub/images/001.Black_footed_Albatross.t7": b"features", "cvpr2016_cub/._text_c10": b"mac"}


def icml() -> dict[str, bytes]:
    """cub_icml.tar.gz, Torch7 files, as TAGAN reads"""
    return class_lists("cub_icml") | {
        f"cub_icml/{bird}.t7": caption_file(captions_of(bird), f"{bird}.jpg") for bird in birds()
    }


def attngan(*, text: bool = True) -> dict[str, bytes]:
    """birds.zip: lists of names, numbered captions, and (in the one that is spread) text.zip inside."""
    halves = [[b for b in birds() if b.split("/")[0] in part] for part in (TRAIN, TEST)]
    words = sorted({w for b in birds() for c in captions_of(b) for w in plain(c)})
    number = {word: i for i, word in enumerate(["<end>", *words])}
    numbered = [[[number[w] for w in plain(c)] for b in half for c in captions_of(b)] for half in halves]
    listed = [*numbered, {i: w for w, i in number.items()}, number]
    files = {"birds/captions.pickle": pickle.dumps(listed, protocol=2)}
    for name, half in zip(("train", "test"), halves, strict=True):
        files[f"birds/{name}/filenames.pickle"] = pickle.dumps(half, protocol=0)
        files[f"birds/{name}/class_info.pickle"] = pickle.dumps([int(b[:3]) for b in half], protocol=0)
    if text:
        inner = {f"text/{b}.txt": "\n".join(captions_of(b)).encode() for b in birds()}
        files["birds/text.zip"] = packed(inner, "zip")
        files["__MACOSX/birds/._text.zip"] = b"mac"
    return files


def plain(caption: str) -> list[str]:
    return caption.replace(",", "").replace(".", "").split()
