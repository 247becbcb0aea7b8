"""The editor: a trained model applied to pictures of any size and kind."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeAlias, TypeVar, cast, overload

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from mimnet.blend import GUIDE, follow_edges, full_mask, replaced, transfer
from mimnet.card import Card
from mimnet.edges import map_of
from mimnet.engines.engine import Engine, EngineName, Painted, open_engine
from mimnet.errors import MimnetError
from mimnet.ground import beyond, mended
from mimnet.images import from_signed, open_picture, to_array, to_rgb, to_signed
from mimnet.recipe import STRENGTH, THRESHOLD, Recipe, check_settings, encode
from mimnet.text import Encoded, tokenise

P = TypeVar("P", Image.Image, NDArray[np.uint8], bytes)  # what comes in goes out
Texts: TypeAlias = list[str] | tuple[str, ...]
TOGETHER = 16  # sentences painted in one pass


@dataclass(frozen=True)
class Opened(Generic[P]):
    """A picture as the editor keeps it: any number of sentences can follow, each at the cost of painting."""

    picture: Image.Image  # RGB, or RGBA where the input had transparency; turned as its EXIF says
    small: NDArray[np.uint8]  # side,side,3: what the network sees
    seen: Any  # what the engine keeps of that
    guide: NDArray[np.uint8]  # H,W,3: it again, at most `blend.GUIDE` pixels long, whose edges the edit follows
    given: type[P]  # the type that came in and goes out


@dataclass(frozen=True)
class Unfinished(Generic[P]):
    """What the network made of a picture and a sentence; `Editor.finish` brings it onto the picture."""

    opened: Opened[P]
    text: str
    encoded: Encoded
    painted: Painted


@dataclass(frozen=True)
class Spoken:
    """What a sentence says of one part of the object."""

    part: str  # the words that name it
    chance: float  # that the sentence gives it a look
    told: NDArray[np.float32] | None  # words, in (0, 1): whether each tells it; none if the model does not know


@dataclass(frozen=True)
class Edited:
    """An edit with everything that explains it."""

    picture: Image.Image  # the result, size and mode of `Opened.picture`
    mask: NDArray[np.uint8]  # H,W: the map that pasted (255: the edit in full); where 0 the picture is the input's
    weight_map: NDArray[np.float32] | None  # h,w in (0, 1): A of Eq. 9 on the network's grid; none without a map
    stages: list[Image.Image]  # the network's own pictures, coarsest first
    words: list[str]  # the words that were read
    unknown: list[str]  # those among them that the model does not know
    through: dict[str, dict[str, float]]  # those that it was given later: the known words each is read through
    cut: int  # words beyond the model's limit, not read
    attention: NDArray[np.float32] | None  # words,memories, rows sum to 1; none without memories
    presence: float | None  # in (0, 1): whether the picture shows the object; None in a model that cannot tell
    parts: tuple["Spoken", ...]  # what the sentence says of the parts that the model knows, the whole object last
    recipe: Recipe

    @property
    def coarse(self) -> Image.Image:
        """The picture of the first stage."""
        return self.stages[0]

    @property
    def raw(self) -> Image.Image:
        """The network's own picture, as papers show it: a square, nothing pasted back."""
        return self.stages[-1]

    @property
    def changed(self) -> bool:
        """False when the map is empty: the model saw nothing to change."""
        return bool(self.mask.any())

    def remarks(self) -> list[str]:
        """What the user should know, a line each: unknown words, words cut off, an empty map."""
        empty = [] if self.changed else [f"{self.nothing}; the picture is unchanged"]
        return self.text_remarks() + empty

    @property
    def nothing(self) -> str:
        """Why nothing is changed where the map is empty."""
        if self.presence is not None and self.presence < 0.5:
            lower = " (a lower threshold paints where one might be)" if self.recipe.threshold > 0 else ""
            return f"the model sees no object of the kind that it paints{lower}"
        return "the model sees nothing to change"

    def text_remarks(self) -> list[str]:
        """The part of `remarks` that any picture with this text would have."""
        remarks = []
        if self.unknown:
            names = ", ".join(repr(word) for word in dict.fromkeys(self.unknown))
            remarks.append(f"not known to this model: {names}")
        if self.cut:
            read = len(self.words)
            remarks.append(f"the text is too long: the first {read} words were read, the last {self.cut} cut")
        return remarks


class Editor:
    """Edits pictures by sentences.

        editor = Editor.from_pretrained()
        result = editor(image, "this flower has bright red petals")

    Pictures are PIL images, uint8 arrays (H,W / H,W,3 / H,W,4) or the bytes of a picture file; the same type
    comes out (bytes: a PNG file). The result has the input's size, turned as its EXIF says. Transparency is
    kept as it was (RGBA out), all else comes out as RGB. Pixels outside the map are the input's, bit for bit.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def from_pretrained(cls, name_or_path: str | Path | None = None, *, engine: EngineName | None = None) -> "Editor":
        """A model of the package by name (default: `checkpoint.DEFAULT`), a model file, a run directory, a folder of
        ONNX graphs, or a model on the Hugging Face hub: `user/name`, or `user/name@revision` for a branch, a tag or a
        commit (extra `hub`).

        `engine`: "torch", or "onnx", which needs no torch and a model whose graphs were exported; None: torch where it
        is installed. Raises `MimnetError` if there is no such model, if it is damaged, or if the engine is missing.
        """
        return cls(open_engine(name_or_path, engine))

    def push_to_hub(
        self,
        repo: str,
        *,
        private: bool = False,
        license: str = "other",
        datasets: Sequence[str] = (),
        about: str = "",
        scores: Sequence[Path] = (),
    ) -> str:
        """Send the model's file with a card to the hub's repository `user/name`; returns its page's address.

        Settings as of `card.Card` and `publish.push`. Raises `MimnetError` of one line if it cannot be sent.
        """
        from mimnet.publish import push

        if self.engine.weights is None:
            raise MimnetError("this model was not read from a model file; save it, or open it with the engine torch")
        return push(self.engine.weights, Card(repo, license, tuple(datasets), about), private=private, scores=scores)

    @overload
    def __call__(
        self,
        image: P | Opened[P],
        text: str,
        *,
        strength: float = ...,
        threshold: float = ...,
        return_mask: Literal[False] = ...,
    ) -> P: ...

    @overload
    def __call__(
        self,
        image: P | Opened[P],
        text: Texts,
        *,
        strength: float = ...,
        threshold: float = ...,
        return_mask: Literal[False] = ...,
    ) -> list[P]: ...

    @overload
    def __call__(
        self,
        image: P | Opened[P],
        text: str,
        *,
        strength: float = ...,
        threshold: float = ...,
        return_mask: Literal[True],
    ) -> tuple[P, P]: ...

    @overload
    def __call__(
        self,
        image: P | Opened[P],
        text: Texts,
        *,
        strength: float = ...,
        threshold: float = ...,
        return_mask: Literal[True],
    ) -> list[tuple[P, P]]: ...

    def __call__(
        self,
        image: P | Opened[P],
        text: str | Texts,
        *,
        strength: float = STRENGTH,
        threshold: float = THRESHOLD,
        return_mask: bool = False,
    ) -> P | list[P] | tuple[P, P] | list[tuple[P, P]]:
        """The edited picture, of the type that came in; a list of texts gives a list.

        `strength`: 0 leaves the picture, 1 is the edit, up to 2 exaggerates it. `threshold` in [0, 1): where
        the map is at or below it, nothing changes. With `return_mask` each result is (picture, map), the map
        8-bit grey of the same type. Words that the model does not know are named in a `UserWarning`.
        Raises `MimnetError` for a picture that cannot be read, a text without a known word, numbers out of range.
        """
        opened = image if isinstance(image, Opened) else self.open(image)
        texts = [text] if isinstance(text, str) else list(text)
        edits = self.edits(opened, texts, strength=strength, threshold=threshold)
        for edited in edits:
            for remark in edited.remarks():
                warnings.warn(remark, stacklevel=2)
        pictures = [_as_given(e.picture, opened.given, e.recipe) for e in edits]
        if return_mask:
            masks = [_as_given(Image.fromarray(e.mask), opened.given, None) for e in edits]
            pairs = list(zip(pictures, masks, strict=True))
            return pairs[0] if isinstance(text, str) else pairs
        return pictures[0] if isinstance(text, str) else pictures

    @property
    def needs_edges(self) -> bool:
        """The model was trained with boundary maps from files, and needs the picture's own."""
        return self.engine.needs_edges

    def open(self, image: P, *, edges: Image.Image | NDArray[np.uint8] | bytes | None = None) -> Opened[P]:
        """Decode and look at a picture once, for several texts. Raises `MimnetError` if it cannot be used.

        `edges`: the picture's boundary map, white on black, of any size in the picture's shape; for a model that was
        trained with such maps (`model.boundary` is files), which cannot do without, and for no other.
        """
        picture = _decoded(image)
        icc = picture.info.get("icc_profile", b"")
        try:
            small, kept = to_array(picture, self.engine.size), _kept_mode(picture)
        except ValueError as error:  # La and the like
            raise MimnetError(f"a picture of mode {picture.mode} cannot become RGB: {error}") from error
        kept.info = {"icc_profile": icc} if icc[16:20] == b"RGB " else {}  # a CMYK profile fits no RGB picture
        given = None
        if edges is not None:
            given = map_of(_decoded(edges), picture.size, self.engine.size, what="the boundary map")
        return Opened(kept, small, self.engine.open(small, given), _guide(kept), type(image))

    def encode(self, text: str) -> Encoded:
        """Ids and unknown words of a text. Raises `MimnetError` if the model knows no word of it."""
        encoded = self.engine.vocabulary.encode(text, self.engine.max_words)
        if len(encoded.unknown) == encoded.length:
            raise MimnetError(f"the model knows no word of {text!r}; use plain words for colour and shape")
        return encoded

    def edit(
        self,
        image: P | Opened[P],
        text: str,
        *,
        strength: float = STRENGTH,
        threshold: float = THRESHOLD,
    ) -> Edited:
        """One edit with everything that explains it; settings and errors as for a call."""
        return self.edits(image, [text], strength=strength, threshold=threshold)[0]

    def edits(
        self,
        image: P | Opened[P],
        texts: Texts,
        *,
        strength: float = STRENGTH,
        threshold: float = THRESHOLD,
    ) -> list[Edited]:
        """An edit for each text, of one picture that is looked at once."""
        check_settings(strength, threshold)
        encoded = [self.encode(text) for text in texts]
        opened = image if isinstance(image, Opened) else self.open(image)
        results = []
        for start in range(0, len(texts), TOGETHER):
            some = encoded[start : start + TOGETHER]
            painted = self.engine.paint([opened.seen] * len(some), some)
            for text, words, one in zip(texts[start : start + TOGETHER], some, painted, strict=True):
                unfinished = Unfinished(opened, text, words, one)
                results.append(self.finish(unfinished, strength=strength, threshold=threshold))
        return results

    def paint(self, pairs: Sequence[tuple[Opened[P], str]]) -> Iterator[Unfinished[P]]:
        """The network's part of an edit for each picture and sentence, in order, to be finished elsewhere.

        Every edit has the bits that it has alone: all are painted in one pass where the engine grants that, else
        one after the other. Raises `MimnetError` as `encode` does.
        """
        encoded = [self.encode(text) for _, text in pairs]
        step = max(1, len(pairs)) if self.engine.same_bits else 1
        for start in range(0, len(pairs), step):
            some, words = pairs[start : start + step], encoded[start : start + step]
            painted = self.engine.paint([opened.seen for opened, _ in some], words)
            for (opened, text), read, one in zip(some, words, painted, strict=True):
                yield Unfinished(opened, text, read, one)

    def finish(self, unfinished: Unfinished[P], *, strength: float = STRENGTH, threshold: float = THRESHOLD) -> Edited:
        """The rest of an edit, without the network; settings as for a call. Threads may do it side by side."""
        check_settings(strength, threshold)
        recipe = Recipe(unfinished.text, self.engine.fingerprint, strength, threshold)
        return _finish(unfinished, recipe, self.engine)


def _finish(unfinished: Unfinished[P], recipe: Recipe, engine: Engine) -> Edited:
    """The network's small edit brought onto the picture."""
    opened, painted, encoded = unfinished.opened, unfinished.painted, unfinished.encoded
    last = painted.stages[-1]
    saw = _shrunk(to_signed(opened.small)[0], last.shape[-1])
    change = (last - saw) * np.float32(127.5)
    grey = (saw + np.float32(1)) * np.float32(127.5)
    change = mended(grey, change)
    instead = replaced(grey, change)
    followed = follow_edges(change, grey, opened.guide)
    pixels = np.asarray(opened.picture)
    weight_map = painted.weight_map
    if weight_map is None:  # a family without a map repaints everything
        mask, shown = np.full(pixels.shape[:2], 255, np.uint8), np.full(grey.shape[1:], 255, np.uint8)
    else:
        shown = full_mask(weight_map, (grey.shape[1], grey.shape[2]), recipe.threshold)
        mask = full_mask(weight_map, (pixels.shape[0], pixels.shape[1]), recipe.threshold)
    beside = beyond(grey, change, shown.astype(np.float32) / np.float32(255))
    if pixels.shape[2] == 4:
        mask[pixels[..., 3] == 0] = 0  # nothing is painted where nothing is seen
    colours = transfer(pixels[..., :3], followed, mask, recipe.strength, instead, beside)
    if pixels.shape[2] == 4:
        colours = np.concatenate([colours, pixels[..., 3:]], 2)
    picture = Image.fromarray(colours)
    picture.info = dict(opened.picture.info)
    words = tokenise(recipe.text)[: encoded.length]
    return Edited(
        picture=picture,
        mask=mask,
        weight_map=weight_map,
        stages=[Image.fromarray(from_signed(stage[None])[0]) for stage in painted.stages],
        words=words,
        unknown=encoded.unknown,
        through={word: engine.through[word] for word in words if word in engine.through},
        cut=encoded.cut,
        attention=None if painted.attention is None else painted.attention[: encoded.length],
        presence=painted.presence,
        parts=_spoken(engine.parts, painted, encoded.length),
        recipe=recipe,
    )


def _spoken(parts: Sequence[str], painted: Painted, words: int) -> tuple[Spoken, ...]:
    if painted.named is None:
        return ()
    told = [None] * len(parts) if painted.told is None else [of_part[:words] for of_part in painted.told]
    return tuple(map(Spoken, parts, painted.named.tolist(), told))


def _shrunk(x: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """c,H,W to c,side,side by averaging; H and W are multiples of the side."""
    step = x.shape[-1] // side
    cells = [x[:, i::step, j::step] for i in range(step) for j in range(step)]
    return np.asarray(sum(cells[1:], cells[0]) / np.float32(step * step))


def _decoded(image: Image.Image | NDArray[np.uint8] | bytes) -> Image.Image:
    """Any input as a loaded PIL image, turned as its EXIF says."""
    if isinstance(image, bytes):
        return open_picture(image)
    if isinstance(image, Image.Image):
        try:
            return ImageOps.exif_transpose(image)
        except (OSError, SyntaxError, ValueError) as error:  # a lazy image whose file is cut short
            raise MimnetError(f"the picture cannot be read ({error}); it may be cut short") from error
    if not isinstance(image, np.ndarray):
        raise MimnetError(
            f"a picture is a PIL image, a uint8 array or bytes, not {type(image).__name__}; "
            "open a file with PIL.Image.open, or read its bytes"
        )
    shape = image.shape
    if image.dtype != np.uint8 or not (len(shape) == 2 or (len(shape) == 3 and shape[2] in (3, 4))):
        raise MimnetError(f"an array must be uint8 of shape H,W or H,W,3 or H,W,4; this is {image.dtype} of {shape}")
    if 0 in shape:
        raise MimnetError(f"the array has no pixels: its shape is {shape}")
    return Image.fromarray(np.ascontiguousarray(image))


def _kept_mode(picture: Image.Image) -> Image.Image:
    """RGBA where there is transparency (its hidden colours kept), else RGB."""
    if picture.has_transparency_data and not picture.mode.startswith(("I", "F")):
        return picture.convert("RGBA")
    return to_rgb(picture)


def _guide(picture: Image.Image) -> NDArray[np.uint8]:
    longest = max(picture.size)
    if longest > GUIDE:
        size = (max(1, picture.width * GUIDE // longest), max(1, picture.height * GUIDE // longest))
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return np.asarray(to_rgb(picture))


def _as_given(picture: Image.Image, given: type[P], recipe: Recipe | None) -> P:
    made: Any = picture
    if issubclass(given, np.ndarray):
        made = np.array(picture)
    elif issubclass(given, bytes):
        made = encode(picture, recipe=recipe)
    return cast(P, made)
