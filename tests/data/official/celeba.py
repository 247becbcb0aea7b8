"""CelebA's aligned pictures and tables of captions, ten of its faces, nine of them with a caption."""

from official.containers import picture as picture

FACES = [f"{n:06d}" for n in range(1, 11)]
CAPTIONS = {name: f"The woman {name} has high cheekbones, a pointy nose and brown hair." for name in FACES[:9]}


def pictures(size: tuple[int, int] = (178, 218)) -> dict[str, bytes]:
    """img_align_celeba.zip"""
    return {f"img_align_celeba/{name}.jpg": picture(i, size) for i, name in enumerate(FACES)}


def attributes() -> bytes:
    """list_attr_celeba.txt, which lies beside and holds no captions"""
    rows = "".join(f"{name}.jpg  1 -1  1\n" for name in FACES)
    return f"10\n5_o_Clock_Shadow Arched_Eyebrows Attractive\n{rows}".encode()


def csv() -> bytes:
    return ("image_id,text_description\n" + "".join(f'{n}.jpg,"{c}"\n' for n, c in CAPTIONS.items())).encode()
