"""MIM-Net's generator: both stages around one memory (Sec. 3, Fig. 3)."""

from dataclasses import dataclass, field

from torch import Tensor, nn

from mimnet.nn.boundary import Detector, boundary_image
from mimnet.nn.coarse import CoarseStage
from mimnet.nn.edit import Edit, EditingNetwork
from mimnet.nn.form import FormReader
from mimnet.nn.layers import resize, word_mask
from mimnet.nn.memory import TextureMemory, WordTexture
from mimnet.nn.named import Named, NamedParts, belonging
from mimnet.nn.presence import Presence, openness
from mimnet.nn.refine import RefineStage
from mimnet.nn.text import BiLSTM, WordVectors


@dataclass(frozen=True)
class View:
    """What the generator keeps of a picture."""

    image: Tensor  # I: B,3,4H,4W in [-1, 1]
    structure: Tensor  # Bd: B,k,4H,4W
    features: Tensor  # V: B,c,H,W
    bounds: Tensor  # Vb: B,c,H,W
    presence: Tensor | None = None  # B, log odds that it shows the object; none where nobody asks

    def opened(self, weight_map: Tensor) -> Tensor:
        """A of Eq. 9, B,1,H,W, as far as it may open; what is painted does not ask."""
        return weight_map if self.presence is None else weight_map * openness(self.presence)


@dataclass(frozen=True)
class Texture:
    """What the generator keeps of a sentence."""

    words: Tensor  # e: B,L,d
    mask: Tensor  # B,L, False on padding
    attention: Tensor | None = None  # a: B,L,N; none in the ablation without memory
    named: Tensor | None = None  # B,parts + 1, as in `Named`; none in a model that knows no parts
    told: Tensor | None = None  # B,parts + 1,L, as in `Named`
    form: Tensor | None = None  # B,form; none in a model that does not read forms

    @property
    def said(self) -> Named | None:
        """What is said of parts, by a model that knows any."""
        return None if self.named is None else Named(self.named, self.told)


@dataclass(frozen=True)
class MIMNetEdit(Edit):
    """Stages are I1 at half the size and, with two stages, I2."""

    weight_map: Tensor = field(kw_only=True)  # A: B,1,H,W in (0, 1)
    texture: Tensor = field(kw_only=True)  # g: B,c


class Generator(EditingNetwork):
    """Boundary image, picture and sentence in, edit out."""

    vectors: WordVectors

    def __init__(
        self,
        *,
        vectors: WordVectors,
        reader: BiLSTM,
        memory: TextureMemory | WordTexture,
        image_encoder: nn.Module,
        bounds_encoder: nn.Module | None,
        coarse: CoarseStage,
        refine: RefineStage | None,
        train_encoder: bool,
        detector: Detector | None,
        detail: bool,
        paste: bool,
        named: NamedParts | None = None,
        form: FormReader | None = None,
        presence: Presence | None = None,
    ) -> None:
        super().__init__()
        self.vectors = vectors
        self.reader = reader
        self.memory = memory
        self.remembers = isinstance(memory, TextureMemory)
        self.image_encoder = image_encoder
        self.bounds_encoder = bounds_encoder  # none: one CNN for both, as the text has it
        self.coarse = coarse
        self.refine = refine
        self.detector = detector  # none: boundary maps come with the pictures
        self.detail = detail
        self.pastes = paste
        self.named = named
        self.form = form
        self.presence = presence
        if not train_encoder:
            for encoder in (image_encoder, bounds_encoder):
                if encoder is not None:
                    encoder.requires_grad_(False)

    def structure(self, image: Tensor, edges: Tensor | None = None) -> Tensor:
        """RGB B,3,H,W in [-1, 1] -> its boundary image B,k,H,W.

        `edges` B,1,H,W in [0, 1] are the boundary maps of a generator without a detector, and of no other.
        """
        found = self.detector if edges is None else edges
        if found is None or (edges is not None and self.detector is not None):
            raise ValueError("boundary maps are for a generator without a detector, and such a one cannot do without")
        return boundary_image(image, edges=found, detail=self.detail)

    def see(self, image: Tensor, structure: Tensor | None = None) -> View:
        """As `EditingNetwork.see`; `structure` B,k,H,W replaces the boundary image that is else made here."""
        if structure is None:
            structure = self.structure(image)
        if self.bounds_encoder is None:
            bounds = self.image_encoder(structure[:, :1].expand(-1, 3, -1, -1))
        else:
            bounds = self.bounds_encoder(structure)
        features = self.image_encoder(image)
        presence = None if self.presence is None else self.presence(features)
        return View(image, structure, features, bounds, presence)

    def read(self, ids: Tensor, length: Tensor, *, attention: Tensor | None = None, frozen: bool = False) -> Texture:
        """Word ids B,L and lengths B -> `Texture`. `attention` and `frozen` as in `TextureMemory.forward`."""
        vectors = self.vectors(ids)
        words = self.reader(vectors, length)
        mask = word_mask(length, ids.shape[1])
        said = None if self.named is None else self.named(vectors, mask)
        if said is not None and said.told is not None:
            words = self._read_apart(vectors, length, words, belonging(said, mask))
        form = None if self.form is None else self.form(vectors, mask)
        past = (None, None, form) if said is None else (said.named, said.told, form)
        if isinstance(self.memory, WordTexture):
            return Texture(self.memory(words), mask, None, *past)
        textures, weights = self.memory(words, attention=attention, frozen=frozen)
        return Texture(textures, mask, weights, *past)

    def _read_apart(self, vectors: Tensor, length: Tensor, words: Tensor, belongs: Tensor) -> Tensor:
        """Word features B,L,word_feature, those of words that belong to a part as if nothing else was said.

        A departure: in "a red head and a white belly" the Bi-LSTM brings "white" nearly half the way to "red".
        """
        count, parts, most = belongs.shape
        alone = (vectors[:, None] * belongs[..., None]).reshape(count * parts, most, -1)
        times = length[:, None].expand(count, parts).reshape(-1)
        each = self.reader(alone, times).reshape(count, parts, most, -1)
        together = words * (1 - belongs.sum(1))[..., None]
        result: Tensor = together + (belongs[..., None] * each).sum(1)
        return result

    def paint(self, seen: View, sentence: Texture, *, noise: Tensor | None = None) -> MIMNetEdit:
        """One sentence for each picture -> `MIMNetEdit`; there is no noise in this family."""
        coarse = self.coarse(
            seen.features, seen.bounds, seen.structure, sentence.words, sentence.mask, sentence.said, sentence.form
        )
        stages: tuple[Tensor, ...] = (coarse.picture,)
        if self.refine is not None:
            stages += (self.refine(coarse.fused, seen.structure, sentence.words, sentence.mask, coarse.words),)
        return MIMNetEdit(stages, weight_map=seen.opened(coarse.weight_map), texture=coarse.texture)

    def weigh(self, seen: View, sentence: Texture) -> Tensor:
        """The weight map A B,1,H,W alone, which costs less than an edit."""
        weighed = self.coarse.weigh(
            seen.features, seen.bounds, sentence.words, sentence.mask, sentence.said, sentence.form
        )
        return seen.opened(weighed.weight_map)

    def results(self, edit: Edit, image: Tensor) -> tuple[Tensor, ...]:
        """The pictures that are judged and shown: pasted by the map if the model is used so."""
        if not self.pastes or edit.weight_map is None:
            return edit.stages
        weight_map = edit.weight_map.float()
        return tuple(paste(picture.float(), image, weight_map) for picture in edit.stages)

    def parts(self) -> dict[str, nn.Module]:
        """The CNNs of V and Vb."""
        bounds = {} if self.bounds_encoder is None else {"bounds": self.bounds_encoder}
        return {"image": self.image_encoder, **bounds}


def paste(picture: Tensor, image: Tensor, weight_map: Tensor) -> Tensor:
    """A * picture + (1 - A) * image, map and image brought to the picture's size (a departure, `model.paste`)."""
    size = (picture.shape[-2], picture.shape[-1])
    weight = resize(weight_map, size)
    return weight * picture + (1 - weight) * resize(image, size)
