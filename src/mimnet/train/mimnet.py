"""A training step of MIM-Net: which picture meets which sentence, and whose parameters move (Sec. 3.5)."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from mimnet import losses
from mimnet.config import Config, MIMNetLoss, MIMNetModel
from mimnet.data.batches import Batch, Pairs, Sayings
from mimnet.nn.discriminator import Discriminator
from mimnet.nn.edit import EditingNetwork, repeat, split
from mimnet.nn.generator import Generator, MIMNetEdit, Texture, View
from mimnet.nn.layers import resize, word_mask
from mimnet.train.editing import EditingSystem
from mimnet.train.grids import Fixed
from mimnet.train.parts import recoloured
from mimnet.train.system import Phase, frozen

RECOLOURED = 0.5  # share of the pictures whose colours are exchanged: no bird is purple, but a drawn one may be
GREY = 0.15  # share of them without any colour
OPENING = 4.0  # how much more a map costs that is shut where a pair changes than one that is open elsewhere
FURTHEST = 0.4  # width of the mirrored rim around pictures seen from afar, at most, as a share of their side


class _Judged(NamedTuple):
    """Of every stage's picture: reality logits, log conformity to the sentences, and what the layers saw."""

    logits: list[Tensor]
    log_conforming: list[Tensor]
    layers: list[list[Tensor]]


class MIMNetSystem(EditingSystem):
    """Generator and discriminator pairs with the paper's alternation.

    Discriminators of both stages first; then the generator with reconstruction and adversarial terms as one sum and
    one backward pass. The memories are live in the reconstruction stage and frozen in the adversarial stage.
    """

    def __init__(self, config: Config, generator: EditingNetwork, *, fixed: Fixed) -> None:
        super().__init__(config, generator, fixed=fixed)
        assert isinstance(generator, Generator)
        assert isinstance(config.model, MIMNetModel)
        assert isinstance(config.loss, MIMNetLoss)
        self.generator, self.model, self.loss = generator, config.model, config.loss

    @classmethod
    def needs_start(cls, config: Config) -> bool:
        """Where nothing but presence is learned."""
        return isinstance(config.loss, MIMNetLoss) and config.loss.presence_alone

    def step(self, batch: Batch, step: int) -> Iterator[Phase]:
        """Discriminators (Eq. 17, 21), then the generator against the updated ones (Eq. 14 to 16, 18 to 20)."""
        weights, generator = self.loss, self.generator
        if step < weights.discriminators_first:
            yield self._conformity_phase(batch)
            return
        if weights.presence_alone:
            price = self._presence(batch, step)
            yield Phase("generator", weights.presence * price, {"presence": price})
            return
        # Three sentences for every picture share its features: S' (adversarial), S (reconstruction), and random
        # memories. One pass paints all three.
        other = generator.read(batch.other_ids, batch.other_length, frozen=True)
        own = generator.read(batch.ids, batch.length)
        textures = [other, own]
        if self.model.memory and weights.random_memory > 0:
            textures.append(generator.read(batch.ids, batch.length, attention=self._random_attention(batch, step)))
        structure = generator.structure(batch.image, batch.edges)
        with self.autocast(batch.image):
            seen = self._see(batch.image, structure)
            edits = split(generator.paint(repeat(seen, len(textures)), _join(textures)), len(textures))
        edited = generator.results(edits[0], batch.image)
        fakes, ids, length = edited, batch.other_ids, batch.other_length
        paired: tuple[Tensor, ...] | None = None
        parts: Tensor | None = None
        opened: Tensor | None = None
        if batch.pairs is not None:  # are edits as others are, and have a truth besides
            paired, opened, parts = self._paired(batch.pairs)
            fakes = tuple(torch.cat(both) for both in zip(edited, paired, strict=True))
            ids, length = torch.cat([ids, batch.pairs.ids]), torch.cat([length, batch.pairs.length])
        yield self._discriminator_phase(batch, [fake.detach() for fake in fakes], step)

        terms: dict[str, Tensor] = {
            "reconstruction": losses.reconstruction(edits[1].stages, batch.image),
            "pseudo_texture": losses.pseudo_texture(
                edits[1].texture,
                seen.features,
                edits[1].weight_map,
                stop_gradient=weights.pseudo_texture_stop_gradient,
            ),
        }
        with frozen(self.discriminators):
            judged = self._judge(fakes, ids, length)
            bounds = self._bounds(batch, fakes)
            terms["reality"] = _total(losses.reality(x) for x in judged.logits)
            terms["conformity"] = _total(map(losses.conformity, judged.log_conforming, bounds))
            if len(edits) == 3:
                terms["random_memory"] = losses.random_memory(
                    self._judge(generator.results(edits[2], batch.image)).logits
                )
            terms |= self._map_terms(edits[:2], batch)
            if weights.detail > 0:
                terms["detail"] = losses.detail(edited, batch.image, edits[0].weight_map)
            if batch.absent is not None and weights.absent > 0:
                terms["absent"] = losses.absent(self._map_without_object(batch.absent, other))
            if weights.presence > 0:
                terms["presence"] = self._presence(batch, step)
            if paired is not None and batch.pairs is not None:
                terms["paired"] = losses.paired(paired, batch.pairs.before, batch.pairs.after)
                after, reshaped = batch.pairs.after, batch.pairs.reshaped
                if opened is not None and weights.paired_map > 0:
                    before = batch.pairs.before
                    terms["paired_map"] = losses.changed_map(opened, before, after, opening=OPENING)
                if weights.paired_nearby > 0:
                    terms["paired_nearby"] = losses.paired_nearby(paired, after, reshaped)
                if weights.paired_detail > 0:
                    terms["paired_detail"] = losses.paired_detail(paired, after, reshaped)
                if weights.paired_features > 0:
                    edit_layers = [[x[-len(after) :] for x in layers] for layers in judged.layers]
                    with torch.no_grad():
                        truths = self._judge([resize(after, (x.shape[-2], x.shape[-1])) for x in paired])
                    terms["paired_features"] = losses.paired_features(edit_layers, truths.layers)
            if parts is not None:
                terms["parts"] = parts
            shown = {**terms, "map": edits[0].weight_map.float().mean()}
            yield Phase("generator", losses.generator_total(terms, weights), shown)

    def _see(self, image: Tensor, structure: Tensor | None = None) -> View:
        """As the generator sees pictures, its map free to open on all: else it would learn nothing where it is shut."""
        return dataclasses.replace(self.generator.see(image, structure), presence=None)

    def _presence(self, batch: Batch, step: int) -> Tensor:
        """The price on telling the batch's pictures from those without the object, at any distance, in any colours."""
        assert self.generator.presence is not None
        assert batch.absent is not None
        pictures = torch.cat([batch.image, batch.absent])
        draw = torch.Generator().manual_seed(self.config.train.seed * 1_000_003 + step)
        other = torch.rand(len(pictures), 1, 1, 1, generator=draw) < RECOLOURED
        pictures = torch.where(other.to(pictures.device), recoloured(pictures, draw).clamp(-1, 1), pictures)
        grey = torch.rand(len(pictures), 1, 1, 1, generator=draw) < GREY
        pictures = torch.where(grey.to(pictures.device), pictures.mean(1, keepdim=True), pictures)
        further = max(0.0, 2 * torch.rand((), generator=draw).item() - 1)  # half of the steps take them as they are
        if (rim := int(further * FURTHEST * pictures.shape[-1])) > 0:
            side = pictures.shape[-1]
            pictures = resize(F.pad(pictures, (rim,) * 4, mode="reflect"), (side, side))
        with torch.no_grad(), self.autocast(pictures):
            seen = self.generator.image_encoder(pictures)
        said = self.generator.presence(seen)
        return losses.presence(said[: len(batch.image)], said[len(batch.image) :])

    def _paired(self, pairs: Pairs) -> tuple[tuple[Tensor, ...], Tensor, Tensor | None]:
        """Edits of the pairs, their maps, and what parts cost where there are any; the memories stay as they are."""
        sentences, gate = self.generator.read(pairs.ids, pairs.length, frozen=True), self.generator.coarse.gate
        with self.autocast(pairs.before):
            seen = self._see(pairs.before)
            edit = self.generator.paint(seen, sentences)
        results = self.generator.results(edit, pairs.before)
        if gate is None or sentences.named is None or pairs.regions is None or pairs.named is None:
            return results, edit.weight_map, None
        parts = losses.part_regions(gate.regions(seen.features.float()), pairs.regions)
        parts = parts + losses.part_names(sentences.named, pairs.named)
        if sentences.told is not None and pairs.told is not None:
            parts = parts + losses.part_words(sentences.told, pairs.told, pairs.named, sentences.mask)
        if pairs.sayings is not None:
            parts = parts + self._sayings(pairs.sayings)
        parts = parts + losses.changed_map(edit.weight_map, pairs.before, pairs.after)
        return results, edit.weight_map, parts

    def _sayings(self, sayings: Sayings) -> Tensor:
        """The price of sentences alone."""
        assert self.generator.named is not None
        mask = word_mask(sayings.length, sayings.ids.shape[1])
        said = self.generator.named(self.generator.vectors(sayings.ids), mask)
        price = losses.part_names(said.named, sayings.named)
        if said.told is not None:
            price = price + losses.part_words(said.told, sayings.told, sayings.named, mask)
        return price

    def start(self, networks: dict[str, Tensor]) -> None:
        """Begin with another run's networks; what knows parts or presence or reads forms begins anew where they do not.

        What they know of these is left where this model does not.
        """
        for some in (
            "generator.named.",
            "generator.named.tell.",
            "generator.coarse.gate.",
            "generator.form.",
            "generator.coarse.form.",
            "generator.presence.",
        ):
            own = self._own(some)
            if not own or not any(name.startswith(some) for name in networks):
                networks = {name: x for name, x in networks.items() if not name.startswith(some)} | own
        super().start(networks)

    def _map_without_object(self, image: Tensor, sentences: Texture) -> Tensor:
        """The map of the batch's first sentences on as many pictures that do not show the object."""
        count = len(image)
        first = _each(lambda x: x[:count], sentences)
        with self.autocast(image):
            return self.generator.weigh(self._see(image), first)

    def _map_terms(self, edits: list[MIMNetEdit], batch: Batch) -> dict[str, Tensor]:
        """Prices on the map, where they are on (departures)."""
        weights, maps, terms = self.loss, [edit.weight_map for edit in edits], {}
        if weights.map_area > 0:
            least, most = weights.map_area_least, weights.map_area_most
            terms["map_area"] = _total(losses.map_area(a, least=least, most=most) for a in maps)
        if weights.map_roughness > 0:
            terms["map_roughness"] = _total(losses.map_roughness(a, batch.image, edge=weights.map_edge) for a in maps)
        if batch.objects is not None:
            terms["map_outside"] = _total(losses.map_outside(a, batch.objects) for a in maps)
            terms["map_inside"] = _total(losses.map_inside(a, batch.objects) for a in maps)
        return terms

    def _conformity_phase(self, batch: Batch) -> Phase:
        """The discriminators' conformity alone, on real pictures (a departure)."""
        terms = {}
        for i, network in enumerate(self.discriminators):
            assert isinstance(network, Discriminator)
            side = batch.image.shape[-1] // (2 - i)  # the coarse picture has half, also where it is the only one
            image = resize(batch.image, (side, side))
            with self.autocast(image):
                features = network.features(image)
            matched, other, pairs = self._real_conformity(network, features, batch)
            terms[f"belonging_{i + 1}"] = losses.belonging(matched, other, pairs)
            if (beside := self._paired_conformity(network, batch, side)) is not None:
                terms[f"belonging_{i + 1}"] = terms[f"belonging_{i + 1}"] + beside
        return Phase("discriminators", losses.discriminator_total(list(terms.values()), self.loss), terms)

    def _discriminator_phase(self, batch: Batch, fakes: list[Tensor], step: int) -> Phase:
        weights = self.loss
        penalise = weights.r1 + weights.r1_conformity > 0 and step % weights.r1_every == 0
        stages, terms, penalty = [], {}, torch.zeros(())
        for i, (network, fake) in enumerate(zip(self.discriminators, fakes, strict=True)):
            assert isinstance(network, Discriminator)
            image = resize(batch.image, (fake.shape[-2], fake.shape[-1]))
            if penalise:
                image = image.detach().requires_grad_()
            with self.autocast(image):
                real_features = network.features(image)
                fake_features = network.features(fake.to(image.dtype))
                real, fake_logits = network.reality(real_features), network.reality(fake_features)
            matched, other, pairs = self._real_conformity(network, real_features, batch)
            loss = losses.discriminator(
                real=real,
                fake=fake_logits,
                log_matched=matched,
                log_other=other,
                log_pairs=pairs,
                conformity=weights.discriminator_conformity,
            )
            if (beside := self._paired_conformity(network, batch, image.shape[-1])) is not None:
                loss = loss + weights.discriminator_conformity * beside
            stages.append(loss)
            terms[f"discriminator_{i + 1}"] = loss
            if penalise:
                for logits, weight in ((real, weights.r1), (matched[:, None], weights.r1_conformity)):
                    if weight > 0:
                        penalty = penalty + losses.r1(logits, image) * (weight * weights.r1_every / 2)
        return Phase("discriminators", losses.discriminator_total(stages, weights) + penalty, terms)

    def _real_conformity(
        self, network: Discriminator, features: Tensor, batch: Batch
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Log conformity of real pictures to S, to S', and of more pairs that do not belong together, if asked for."""
        vectors = self.generator.vectors
        other = network.conformity(features, vectors(batch.other_ids), batch.other_length)
        if not self.loss.all_pairs:
            return network.conformity(features, vectors(batch.ids), batch.length), other, None
        pairs = network.conformities(features, vectors(batch.ids), batch.length)
        return pairs.diagonal(), other, losses.wrong_pairs(pairs, batch.kind)

    def _paired_conformity(self, network: Discriminator, batch: Batch, side: int) -> Tensor | None:
        """The price of pairs at Eq. 17: their truths belong to what was asked, the pictures before do not."""
        if batch.pairs is None or self.loss.paired_conformity == 0:
            return None
        pictures = resize(torch.cat([batch.pairs.after, batch.pairs.before]), (side, side))
        vectors, length = self.generator.vectors(batch.pairs.ids), batch.pairs.length
        with self.autocast(pictures):
            after, before = network.features(pictures).chunk(2)
        matched, other = (network.conformity(x, vectors, length) for x in (after, before))
        return losses.belonging(matched, other) * self.loss.paired_conformity

    @torch.no_grad()
    def _bounds(self, batch: Batch, fakes: Sequence[Tensor]) -> Sequence[Tensor | None]:
        """Log conformity, in every stage, of real pictures that show what the edits are asked for, where there are."""
        examples = batch.examples
        if examples is None:
            return [None] * len(fakes)
        image, ids, length = examples.image, examples.ids, examples.length
        if batch.pairs is not None:
            image = torch.cat([image, batch.pairs.after])
            ids, length = torch.cat([ids, batch.pairs.ids]), torch.cat([length, batch.pairs.length])
        return self._judge([resize(image, (x.shape[-2], x.shape[-1])) for x in fakes], ids, length).log_conforming

    def _judge(self, pictures: Sequence[Tensor], ids: Tensor | None = None, length: Tensor | None = None) -> _Judged:
        """What the discriminators say of every stage's picture; of conformity nothing without a sentence."""
        judged = _Judged([], [], [])
        for network, picture in zip(self.discriminators, pictures, strict=True):
            assert isinstance(network, Discriminator)
            with self.autocast(picture):
                layers = network.layers(picture)
                judged.logits.append(network.reality(layers[-1]))
            judged.layers.append(layers)
            if ids is not None and length is not None:
                judged.log_conforming.append(network.conformity(layers[-1], self.generator.vectors(ids), length))
        return judged

    def _random_attention(self, batch: Batch, step: int) -> Tensor:
        """a ~ U of Eq. 16: uniform numbers, sharpened by a power, normalised to sum 1 for every word."""
        draw = torch.Generator().manual_seed(self.config.train.seed * 1_000_003 + step)
        shape = (batch.total or len(batch.ids), batch.ids.shape[1], self.model.memories)
        uniform = torch.rand(shape, generator=draw)[batch.place : batch.place + len(batch.ids)]  # this process's share
        a = uniform.pow(self.loss.random_memory_power)
        return (a / a.sum(-1, keepdim=True)).to(batch.image.device)


def _join(textures: list[Texture]) -> Texture:
    """One batch of several, without what only some of them have."""
    return _each(lambda *same: torch.cat(same), *textures)


def _each(change: Callable[..., Tensor], *textures: Texture) -> Texture:
    """A sentence batch made of the tensors that several have all; how words chose among memories is dropped."""
    words, mask = (change(*(getattr(t, name) for t in textures)) for name in ("words", "mask"))
    parts = {}
    for name in ("named", "told", "form"):
        same = [x for t in textures if (x := getattr(t, name)) is not None]
        parts[name] = change(*same) if same else None
    return Texture(words, mask, **parts)


def _total(values: Iterator[Tensor]) -> Tensor:
    return torch.stack(list(values)).sum()
