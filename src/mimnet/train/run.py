"""A whole run: data, vocabulary, pretrained parts, training, and what lies in the run directory."""

import dataclasses
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mimnet.boundaries import maps_to_tensor
from mimnet.checkpoint import load_model, save_model
from mimnet.cnns import load_squeezenet_features
from mimnet.config import SECTIONS, Config, ManiGANModel, MIMNetLoss, MIMNetModel, load_config, to_toml
from mimnet.cost import parameters
from mimnet.data.ahead import workers_for
from mimnet.data.batches import Batch, Captions, Source, split_held_out, stored_size
from mimnet.data.cache import cut_objects, resized_edges, resized_pictures
from mimnet.data.dyes import dyes_of
from mimnet.data.folder import Captioned, read_split
from mimnet.data.objects import opencv
from mimnet.data.ondisk import Array
from mimnet.data.pairs import PairSource, WithPairs
from mimnet.data.part_pairs import PartPairs
from mimnet.data.parts import SIDE
from mimnet.data.plain_ground import training_pictures
from mimnet.data.plain_pairs import PlainPairs
from mimnet.data.rows import Rows, vocabulary_of
from mimnet.data.source import open_source
from mimnet.data.together import Corners, Together, WithAbsent, shares
from mimnet.encoders import (
    Encoders,
    load_attngan_encoders,
    load_encoders,
    load_fc7,
    load_inception,
    load_vgg16,
    load_vgg16_bn,
    put_in,
    save_encoders,
)
from mimnet.errors import MimnetError
from mimnet.families import new_generator
from mimnet.files import write_whole
from mimnet.images import to_tensor
from mimnet.nn.vgg import VGG16BNFeatures
from mimnet.nn.vision import SqueezeNetFeatures, VGG16Features
from mimnet.text import Vocabulary, tokenise
from mimnet.train.editing import EditingSystem
from mimnet.train.engine import Engine
from mimnet.train.grids import Fixed
from mimnet.train.loop import STATE, Progress, run_loop
from mimnet.train.parts import STEPS, FoundParts, find_parts, save_parts
from mimnet.train.precision import precision
from mimnet.train.stages import Stage
from mimnet.train.start import Start
from mimnet.train.systems import SYSTEMS
from mimnet.vectors.lookup import find_vectors

# Of [train]: they do not change what a step computes.
FREE = {"steps", "minutes", "epochs", "save_every", "sample_every"}
ENCODERS = "encoders.safetensors"
PARTS = "parts.safetensors"
SAMPLES = 8
DRY_STEPS = 5


@dataclass(frozen=True)
class Sources:
    """Where parts come from that papers take pretrained, and a run to start from."""

    encoders: Path | None = None  # a file that `mimnet pretrain` wrote, or a folder with AttnGAN's released DAMSM
    vectors: Path | None = None  # GloVe, fastText or word2vec file
    vgg: str | Path | None = None  # torchvision's VGG-16: a file, a folder, or user/name on the hub
    start: Start | None = None  # what the networks begin with
    fc7: Path | None = None  # torchvision's VGG-16 with its classifier, for SISGAN's text stage
    inception: Path | None = None  # torchvision's Inception v3
    squeezenet: str | Path | None = None  # SqueezeNet 1.1, in the same ways


@dataclass(frozen=True)
class Folders:
    """Folders of pictures: captioned ones, whose objects are learned together, and such as do not show the object."""

    captioned: tuple[Path, ...]
    absent: tuple[Path, ...] = ()

    @classmethod
    def of(cls, given: "Path | Folders") -> "Folders":
        """From one folder of captioned pictures, or as it is."""
        return given if isinstance(given, Folders) else cls((given,))

    @property
    def names(self) -> dict[str, Any]:
        """The folders' own names, as a model file tells them: data, and absent where there are such."""
        absent = [folder.resolve().name for folder in self.absent]
        data = " + ".join(folder.resolve().name for folder in self.captioned)
        return {"data": data, **({"absent": absent} if absent else {})}


def pretrain(
    config: Config, data: Path | Folders, out: Path, engine: Engine, sources: Sources, *, quiet: bool = False
) -> Path:
    """Learn the parts that a generator of `config` starts from; returns their file."""
    sets, _ = _read(Folders.of(data), config)
    encoders = given_parts(config, sets, sources, engine)
    refuse_missing(config, encoders)
    learn_parts(config, sets, out, engine, encoders, quiet=quiet)
    return out / ENCODERS


def train(
    config: Config, data: Path | Folders, out: Path, engine: Engine, sources: Sources, *, quiet: bool = False
) -> Progress:
    """Train `config` on the train splits of `data` into the run directory `out`, from where it stands."""
    folders = Folders.of(data)
    refuse_other_folders(folders, out)
    sets, kept = _read(folders, config)
    for folder, rows, share in zip(folders.captioned, sets, shares(config.train.batch, len(sets)), strict=True):
        if share > len(rows):
            raise MimnetError(f"a batch of {config.train.batch} needs {share} pictures of {folder}; it has {len(rows)}")
    absent, objects = _without_object(config, folders), _finds_objects(config, sets)
    pictures = sum(map(len, sets))
    steps = total_steps(config, pictures)
    if SYSTEMS[config.family].needs_start(config) and sources.start is None and not (out / STATE).is_file():
        raise MimnetError(f"{config.name} is learned on a trained run: name it with --start")
    # Before anything is written: it tells if the start is not there.
    earlier = [] if sources.start is None else sources.start.earlier()
    encoders = given_parts(config, sets, sources, engine)
    refuse_missing(config, encoders)
    parts = _parts(config, sets, folders, out=out, start=sources.start, quiet=quiet)
    pairs = _pairs(config, sets, absent, encoders.vocabulary, parts, quiet=quiet)
    claim(config, out, engine)
    if parts is not None and engine.rank == 0:
        save_parts(out / PARTS, parts.locator, config.pictures.groups)
    if missing_stages(config, encoders):
        encoders = learn_parts(config, sets, out / "pretrain", engine, encoders, quiet=quiet)
    system = build_system(config, sets, kept, encoders)
    if sources.start is not None and not (out / STATE).is_file():
        _start_from(sources.start, system, engine)
        if engine.rank == 0 and (otherwise := sources.start.otherwise(config.model)):
            print(f"beginning with {sources.start.given}: {otherwise}", file=sys.stderr)
    batches = _batches(
        config,
        sets,
        encoders.vocabulary,
        size=config.model.size,
        batch=config.train.batch,
        objects=objects,
        quiet=quiet,
    )
    batches = _beside(config, absent, sets, batches, quiet=quiet)
    batches = batches if pairs is None else WithPairs(batches, pairs)

    def on_save(averaged: nn.Module, progress: Progress) -> None:
        about = describe(config, folders, pictures, progress, engine)
        about["earlier"] = earlier
        if isinstance(config.loss, MIMNetLoss) and config.loss.presence_alone and earlier:  # its parts are as they were
            about |= {name: told for name, told in earlier[-1].items() if name == "parts"}
        save_model(out / "model.safetensors", averaged.state_dict(), config.model, encoders.vocabulary, about)

    on_device = system.fixed.batch.to(engine.device, channels_last=config.train.channels_last)
    system.fixed = dataclasses.replace(system.fixed, batch=on_device)
    _, progress = run_loop(
        system,
        batches,
        config.train,
        steps=steps,
        out=out,
        engine=engine,
        on_save=on_save,
        quiet=quiet,
        workers=_workers(sets, engine),
    )
    return progress


def dry_run(config: Config, data: Path | Folders, engine: Engine, sources: Sources) -> str:
    """What `train` would do: configuration, parameters, and the time of some measured steps. Writes no run."""
    folders = Folders.of(data)
    sets, kept = _read(folders, config)
    absent, objects = _without_object(config, folders), _finds_objects(config, sets)
    vocabulary = vocabulary_of(*sets)
    m = config.model
    stand_in = Encoders(vocabulary, torch.randn(len(vocabulary), m.word_vector))
    pictures = sum(map(len, sets))
    steps, alone = total_steps(config, pictures), _discriminators_alone(config)
    batches = _batches(config, sets, vocabulary, size=m.size, batch=config.train.batch, objects=objects, quiet=False)
    batches = _beside(config, absent, sets, batches, quiet=False)
    parts = _parts(config, sets, folders, out=None, start=sources.start, quiet=False)
    pairs = _pairs(config, sets, absent, vocabulary, parts, quiet=False)
    batches = batches if pairs is None else WithPairs(batches, pairs)
    loss = config.loss
    if isinstance(loss, MIMNetLoss):
        loss = dataclasses.replace(loss, discriminators_first=0)
    system = build_system(dataclasses.replace(config, loss=loss), sets, kept, stand_in)
    workers = _workers(sets, engine)
    seconds = _seconds_a_step(system, batches, config, engine, workers)
    expected = (steps - alone) * seconds
    if alone:  # cheaper steps, of their own
        expected += alone * _seconds_a_step(
            build_system(config, sets, kept, stand_in), batches, config, engine, workers
        )
    if timed := 0 < 60 * config.train.minutes < expected:
        expected = 60 * config.train.minutes
    counts = [parameters(d) for d in system.discriminators]
    learned = sources.start is not None or sources.encoders is not None  # or files, which nothing here has read
    coming = "" if learned else f", without pretraining ({config.pretrain.steps} steps)"
    lines = [
        to_toml(config).rstrip(),
        "",
        f"# pictures for training    {pictures}, {len(vocabulary)} words",
        f"# generator                {parameters(system.network):,} parameters, "
        f"{parameters(system.network, trainable=True):,} of them trained",
        f"# discriminators           {', '.join(f'{n:,}' for n in counts)} parameters",
        f"# one step, measured       {seconds:.3f} s, {config.train.batch / seconds:.1f} images/s on "
        f"{engine.device} in {precision(engine.device, bf16=config.train.bf16)}",
        f"# {'fewer steps' if timed else f'{steps:,} steps'}           {_time(expected)}{coming}",
    ]
    return "\n".join(lines)


def _seconds_a_step(system: EditingSystem, batches: Source, config: Config, engine: Engine, workers: int) -> float:
    """Of a run's first steps, measured."""
    once = dataclasses.replace(config.train, save_every=10**9, sample_every=10**9, minutes=0.0)
    with tempfile.TemporaryDirectory() as scratch:
        begun = time.perf_counter()
        run_loop(system, batches, once, steps=1, out=Path(scratch) / "warm", engine=engine, quiet=True, workers=workers)
        first = time.perf_counter() - begun
        if first >= 60:
            return first
        # a second measurement, warm, where it is cheap
        _, progress = run_loop(
            system,
            batches,
            once,
            steps=DRY_STEPS,
            out=Path(scratch) / "run",
            engine=engine,
            quiet=True,
            workers=workers,
        )
        return progress.seconds / DRY_STEPS


def _time(seconds: float) -> str:
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def build_system(config: Config, sets: Sequence[Rows], kept: Sequence[Rows], encoders: Encoders) -> EditingSystem:
    """Networks, seeded and started from pretrained parts, with the fixed pictures of the sample grid."""
    torch.manual_seed(config.train.seed)
    generator = new_generator(config.model, len(encoders.vocabulary))
    put_in(encoders, generator)
    shown = kept if all(len(rows) >= SAMPLES for rows in kept) else sets
    return SYSTEMS[config.family](config, generator, fixed=_fixed(config, shown, encoders.vocabulary))


def given_parts(config: Config, sets: Sequence[Rows], sources: Sources, engine: Engine) -> Encoders:
    """The parts that come from files, with the vocabulary of the training captions or of those files."""
    encoders = _found(sources, config)
    if encoders is None:
        vocabulary = vocabulary_of(*sets)
        vectors = None
        if sources.vectors is not None:
            vectors = _from_file(sources.vectors, vocabulary, engine)
        encoders = Encoders(vocabulary, vectors)
    parts = new_generator(config.model, 2).parts()
    files: dict[str, dict[str, torch.Tensor]] = {}
    for name in ("image",) if "damsm" in encoders.parts else ("image", "look"):
        part = parts.get(name)
        for kind, load in ((VGG16Features, load_vgg16), (VGG16BNFeatures, load_vgg16_bn)):
            if isinstance(part, kind):
                wanted = part.state_dict()
                files[name] = {key: x for key, x in load(sources.vgg).items() if key in wanted}
        if isinstance(part, SqueezeNetFeatures):
            files[name] = load_squeezenet_features(sources.squeezenet)
    wants_fc7 = config.pretrain.reader_steps > 0 and config.pretrain.reader_pictures == "fc7"
    if wants_fc7 and "reader" not in encoders.parts:
        files["fc7"] = load_fc7(sources.fc7)
    if "inception" in parts and "damsm" not in encoders.parts:
        files["inception"] = load_inception(sources.inception)
    return dataclasses.replace(encoders, parts={**encoders.parts, **files})


def _found(sources: Sources, config: Config) -> Encoders | None:
    """The parts of --encoders, or those that the run of --start learned or was given itself."""
    if sources.encoders is not None:
        return _released(sources.encoders, config) if sources.encoders.is_dir() else load_encoders(sources.encoders)
    if sources.start is None:
        return None
    learned = sources.start.given / "pretrain" / ENCODERS
    if learned.is_file():
        return load_encoders(learned)
    model = sources.start.model
    if model is None:
        return None
    table = model.generator.vectors
    parts = {name: dict(part.state_dict()) for name, part in model.generator.parts().items()}
    return Encoders(model.vocabulary, None if table is None else table.vectors, parts)


def _released(folder: Path, config: Config) -> Encoders:
    """AttnGAN's DAMSM. Raises `MimnetError` if `config` is a ManiGAN that it does not fit; others take its vectors."""
    encoders = load_attngan_encoders(folder)
    model, damsm = config.model, encoders.parts["damsm"]
    if isinstance(model, ManiGANModel):
        word_vector, (word_feature, _) = damsm["text.vectors.weight"].shape[1], damsm["heads.region.weight"].shape
        if (model.encoder, model.word_vector, model.word_feature) != ("imagenet", word_vector, word_feature):
            raise MimnetError(
                f"AttnGAN's encoders in {folder} go with --model.encoder imagenet --model.word-vector {word_vector} "
                f"--model.word-feature {word_feature}"
            )
    return encoders


def _from_file(path: Path, vocabulary: Vocabulary, engine: Engine) -> Tensor:
    """Word vectors words,width of a vocabulary, padding and unknown zero; how its words were found is told once."""
    found = find_vectors(path, vocabulary.words[2:])
    if engine.rank == 0:
        print(f"{path.name}: {found.report()}", file=sys.stderr)
    return torch.cat([torch.zeros(2, found.vectors.shape[1]), torch.from_numpy(found.vectors)])


def refuse_missing(config: Config, encoders: Encoders) -> None:
    """Raise `MimnetError` if word vectors are wanted, are not there, and no stage will learn them."""
    coming = {part for stage in missing_stages(config, encoders) for part in stage.gives}
    if new_generator(config.model, 2).vectors is not None and "vectors" not in encoders.gives() | coming:
        raise MimnetError(
            "word vectors are missing: name a GloVe or fastText file with --vectors, a file of `mimnet pretrain` "
            "with --encoders, or set --pretrain.steps"
        )


def missing_stages(config: Config, encoders: Encoders) -> list[Stage]:
    """The stages of pretraining that give something that is not there yet."""
    return [stage for stage in SYSTEMS[config.family].stages(config) if not stage.gives <= encoders.gives()]


def learn_parts(
    config: Config, sets: Sequence[Rows], out: Path, engine: Engine, encoders: Encoders, *, quiet: bool
) -> Encoders:
    """Run the missing stages, each in a folder of its own below `out`; the same call again goes on."""
    claim(config, out, engine)
    file = out / ENCODERS
    if file.is_file():
        return load_encoders(file)
    for stage in missing_stages(config, encoders):
        torch.manual_seed(config.train.seed)
        system = stage.build(encoders)
        most = len(sets) * min(map(len, sets))  # every folder gives as many
        train = dataclasses.replace(stage.train, batch=min(stage.train.batch, most), minutes=0.0)
        batches = _batches(config, sets, encoders.vocabulary, size=stage.size, batch=train.batch, quiet=quiet)
        _, progress = run_loop(
            system,
            batches,
            train,
            steps=stage.steps,
            out=out / stage.name,
            engine=engine,
            quiet=quiet,
            workers=_workers(sets, engine),
        )
        if progress.stopped:
            raise KeyboardInterrupt
        encoders = system.learned(encoders)
    if engine.rank == 0:
        save_encoders(file, encoders)
    engine.barrier()
    return encoders


def claim(config: Config, out: Path, engine: Engine) -> None:
    """Make the run directory, or check that it is this very run's. Raises `MimnetError` if it is another's.

    The first process alone looks and writes; the others could meet its half-made directory.
    """
    if engine.rank == 0:
        file = out / "config.toml"
        if file.is_file():
            _same_run(load_config(file), config, out)
        elif out.is_dir() and any(out.iterdir()):
            raise MimnetError(f"{out} is not empty and not a run; choose another --out")
        write_whole(file, to_toml(config))
    engine.barrier()


def _same_run(there: Config, here: Config, out: Path) -> None:
    if there.family != here.family:
        raise MimnetError(f"{out} holds a run of the family {there.family}, not {here.family}; choose another --out")
    # A step size that fades depends on when the run ends.
    free = FREE - {"steps", "minutes", "epochs"} if here.train.fade > 0 else FREE
    for section in SECTIONS:
        old, new = (dataclasses.asdict(getattr(config, section)) for config in (there, here))
        for key in old:
            if old[key] != new[key] and not (section == "train" and key in free):
                raise MimnetError(
                    f"{out} holds another run: {section}.{key} is {old[key]!r} there, {new[key]!r} here; "
                    "choose another --out, or delete it"
                )


def refuse_other_folders(folders: Folders, out: Path) -> None:
    """Raise `MimnetError` if the run in `out` has learned from folders of other names."""
    if not (out / "model.safetensors").is_file():
        return
    there, here = load_model(out / "model.safetensors").training, folders.names
    for what in ("data", "absent"):
        if there.get(what) != here.get(what):
            raise MimnetError(
                f"{out} holds a run on other pictures: {what} is {there.get(what)} there, {here.get(what)} here; "
                "choose another --out (--start goes on from a run with other pictures)"
            )


def total_steps(config: Config, pictures: int) -> int:
    """Steps of the run: as set, or from epochs. Raises `MimnetError` where the generator would have none of them."""
    steps = config.train.steps or config.train.epochs * max(1, pictures // config.train.batch)
    alone = _discriminators_alone(config)
    if alone >= steps:
        raise MimnetError(
            f"loss.discriminators_first is {alone} of {steps} steps, so the generator would learn nothing; "
            "raise train.steps"
        )
    return steps


def _discriminators_alone(config: Config) -> int:
    return config.loss.discriminators_first if isinstance(config.loss, MIMNetLoss) else 0


def describe(config: Config, folders: Folders, pictures: int, progress: Progress, engine: Engine) -> dict[str, Any]:
    """What a model file tells of its training."""
    hardware = torch.cuda.get_device_name() if engine.device.type == "cuda" else f"CPU ({platform.machine()})"
    settings, knows = config.pictures, isinstance(config.model, MIMNetModel) and config.model.parts > 0
    return {
        "preset": config.name,
        "family": config.family,
        "size": config.model.size,
        **folders.names,
        **({"parts": "; ".join([*settings.groups, f"whole: {settings.whole}"])} if knows else {}),
        "pictures": pictures,
        "step": progress.step,
        "pictures_seen": progress.step * config.train.batch,
        "hours": round(progress.seconds / 3600, 3),
        "hardware": f"{engine.world} x {hardware}, {torch.get_num_threads()} threads",
        "precision": precision(engine.device, bf16=config.train.bf16),
        "loss": dataclasses.asdict(config.loss),
        "train": dataclasses.asdict(config.train),
    }


def _workers(sets: Sequence[Rows], engine: Engine) -> int:
    return workers_for(engine.device, world=engine.world, in_order=any(rows.table.shards for rows in sets))


def _read(folders: Folders, config: Config) -> tuple[list[Rows], list[Rows]]:
    """Of every captioned folder the pictures to train on, and those kept aside.

    Raises `MimnetError` where their objects are to stand on plain ground and cannot be found.
    """
    both = [split_held_out(read_split(folder, "train"), config.pictures.held_out) for folder in folders.captioned]
    if config.pictures.plain > 0:
        if any(rows.table.shards for rows, _ in both):
            raise MimnetError(
                "pictures.plain looks at all pictures first, and shards are read in order; use the folder"
            )
        opencv()
    return [rows for rows, _ in both], [kept for _, kept in both]


def _batches(
    config: Config,
    sets: Sequence[Rows],
    vocabulary: Vocabulary,
    *,
    size: int,
    batch: int,
    objects: bool = False,
    quiet: bool,
) -> Source:
    sources = [
        open_source(
            rows,
            vocabulary,
            words=config.model.max_words,
            size=size,
            batch=share,
            settings=config.pictures,
            seed=config.train.seed,
            edges=_edges_from_files(config),
            examples=isinstance(config.loss, MIMNetLoss) and config.loss.conformity_bounded,
            objects=objects,
            quiet=quiet,
        )
        for rows, share in zip(sets, shares(batch, len(sets)), strict=True)
    ]
    return sources[0] if len(sources) == 1 else Together(sources)


def _finds_objects(config: Config, sets: Sequence[Rows]) -> bool:
    """Whether the map learns from where objects are found. Raises `MimnetError` if that does not go here."""
    if not isinstance(config.loss, MIMNetLoss) or config.loss.map_outside + config.loss.map_inside == 0:
        return False
    if any(rows.table.shards for rows in sets):
        raise MimnetError(
            "loss.map_outside and loss.map_inside look at all pictures first, and shards are read in order; "
            "use the folder"
        )
    opencv()
    return True


def _without_object(config: Config, folders: Folders) -> list[Rows]:
    """The pictures of --absent. Raises `MimnetError` where such pictures and their price do not come together."""
    loss = config.loss
    told = config.model.presence if isinstance(config.model, MIMNetModel) else 0
    asked = isinstance(loss, MIMNetLoss) and loss.presence > 0
    if bool(told) != asked or (isinstance(loss, MIMNetLoss) and loss.presence_alone and not asked):
        raise MimnetError(
            f"model.presence is {told} and loss.presence is {'above 0' if asked else 0}; a model that tells whether "
            "pictures show the object needs both above 0 (48 and 1 do), any other neither, nor loss.presence_alone"
        )
    priced = asked or (isinstance(loss, MIMNetLoss) and loss.absent > 0)
    there = bool(folders.absent) or config.pictures.corners
    if there and not priced:
        raise MimnetError(
            "--absent and --pictures.corners bring pictures without the object; they need --loss.absent above 0, or "
            "--loss.presence"
        )
    if priced and not there:
        raise MimnetError(
            "loss.absent and loss.presence are prices on pictures without the object; name some with --absent, or take "
            "--pictures.corners"
        )
    if there and _edges_from_files(config):
        raise MimnetError("pictures without the object need a detector of boundaries; model.boundary is files")
    return [Rows.of(read_split(folder, "train")) for folder in folders.absent]


def _beside(config: Config, without: Sequence[Rows], sets: Sequence[Rows], batches: Source, *, quiet: bool) -> Source:
    """`batches`, with pictures that do not show the object beside them, where there are any."""
    stored = stored_size(config.model.size, config.pictures.crop)
    absent: list[Array | Corners] = [resized_pictures(rows, stored, quiet=quiet) for rows in without]
    if config.pictures.corners:
        absent += [Corners(resized_pictures(rows, stored, quiet=quiet)) for rows in sets]
    if not absent:
        return batches
    return WithAbsent(
        batches,
        absent,
        size=config.model.size,
        beside=max(1, round(config.pictures.absent * config.train.batch)),
        seed=config.train.seed,
    )


def _parts(
    config: Config, sets: Sequence[Rows], folders: Folders, *, out: Path | None, start: Start | None, quiet: bool
) -> FoundParts | None:
    """Where the parts of the objects are, if they are named.

    What finds them comes out of the run `out`, or of the run `start` if that has learned from the same pictures, or is
    learned; without `out` a few steps of it must do. Raises `MimnetError` if captions say too little of parts.
    """
    settings, words = config.pictures, config.model.max_words
    if not settings.groups or not _makes_pairs(config, sets):
        return None
    files = [] if out is None else [out / PARTS]
    if start is not None and (start.given / PARTS).is_file():
        there = {} if start.model is None else start.model.training
        files += [start.given / PARTS] * (there.get("data") == folders.names["data"])
    return find_parts(
        resized_pictures(sets[0], SIDE, quiet=quiet),
        np.asarray(cut_objects(sets[0], SIDE, quiet=quiet)),
        [[tokenise(caption)[:words] for caption in row.captions] for row in sets[0]],
        settings.groups,
        settings.whole,
        seed=config.train.seed,
        areas=settings.part_areas,
        files=files,
        steps=DRY_STEPS if out is None else STEPS,
        quiet=quiet,
    )


def _pairs(
    config: Config,
    sets: Sequence[Rows],
    absent: Sequence[Rows],
    vocabulary: Vocabulary,
    parts: FoundParts | None,
    *,
    quiet: bool,
) -> PairSource | None:
    """Edits with a truth, where they have a price. Raises `MimnetError` if these pictures give none."""
    if not _makes_pairs(config, sets):
        return None
    settings, size, words = config.pictures, config.model.size, config.model.max_words
    stored = stored_size(size, settings.crop)
    pictures = training_pictures(sets[0], stored, plain=settings.plain, seed=config.train.seed, quiet=quiet)
    beside = max(1, round(settings.paired * config.train.batch))
    dyes = dyes_of(absent, vocabulary.ids, quiet=quiet) if settings.dyes > 0 else None
    if parts is not None:
        return PartPairs(
            pictures,
            parts.regions,
            parts.objects,
            parts.said,
            settings.whole,
            vocabulary,
            size=size,
            words=words,
            beside=beside,
            flip=settings.flip,
            seed=config.train.seed,
            dyes=dyes,
            foreign=settings.dyes,
        )
    captions = Captions(sets[0], vocabulary, words, balance=settings.balance)
    return PlainPairs(
        pictures,
        captions,
        size=size,
        beside=beside,
        flip=settings.flip,
        seed=config.train.seed,
        sewn=settings.sewn,
        dyes=dyes,
        foreign=settings.dyes,
        shuffled=settings.shuffled,
        yoked=settings.yoked,
        necked=settings.necked,
        colourless=settings.colourless,
        kinds=settings.kinds,
        typical=settings.typical,
    )


def _makes_pairs(config: Config, sets: Sequence[Rows]) -> bool:
    """Whether there are edits with a truth. Raises `MimnetError` where settings about them do not go together."""
    loss, settings = config.loss, config.pictures
    if isinstance(loss, MIMNetLoss) and loss.presence_alone:  # what else the model can do is learned already
        return False
    if not isinstance(loss, MIMNetLoss) or loss.paired == 0:
        for name, there in (
            ("pictures.sewn", settings.sewn > 0),
            ("pictures.yoked", settings.yoked > 0),
            ("pictures.necked", settings.necked > 0),
            ("pictures.colourless", settings.colourless > 0),
            ("pictures.typical", settings.typical > 0),
            ("pictures.kinds", settings.kinds > 0),
            ("pictures.dyes", settings.dyes > 0),
            ("loss.paired_map", isinstance(loss, MIMNetLoss) and loss.paired_map > 0),
            ("loss.paired_nearby", isinstance(loss, MIMNetLoss) and loss.paired_nearby > 0),
            ("loss.paired_detail", isinstance(loss, MIMNetLoss) and loss.paired_detail > 0),
            ("loss.paired_features", isinstance(loss, MIMNetLoss) and loss.paired_features > 0),
            ("loss.paired_conformity", isinstance(loss, MIMNetLoss) and loss.paired_conformity > 0),
            ("pictures.parts", bool(settings.groups)),
            ("model.parts", isinstance(config.model, MIMNetModel) and config.model.parts > 0),
            ("loss.parts", isinstance(loss, MIMNetLoss) and loss.parts > 0),
        ):
            if there:
                raise MimnetError(f"{name} is about pairs that loss.paired prices; set it above 0 (20 does)")
        return False
    knows = config.model.parts if isinstance(config.model, MIMNetModel) else 0
    if knows not in (0, len(settings.groups)) or bool(knows) != (loss.parts > 0):
        raise MimnetError(
            f"model.parts is {knows}, pictures.parts names {len(settings.groups)} and loss.parts is {loss.parts:g}; a "
            "model that knows parts needs as many names, and a price above 0 (10 does); any other has no price"
        )
    for name in ("sewn", "yoked", "necked", "colourless", "typical", "kinds"):
        if settings.groups and getattr(settings, name) > 0:
            raise MimnetError(
                f"pictures.{name} is for objects on plain ground, pictures.parts for photographs; take one"
            )
    if settings.kinds > 0 and loss.paired_conformity > 0:
        raise MimnetError(
            "pictures.kinds asks for what its truths do not show, and loss.paired_conformity teaches that they do; set "
            "one of them to 0"
        )
    if len(sets) > 1 or sets[0].table.shards or _edges_from_files(config):
        raise MimnetError(
            "loss.paired takes pictures of one folder (no --also, no shards) and a detector of their boundaries "
            "(model.boundary is not files)"
        )
    return True


def _edges_from_files(config: Config) -> bool:
    return isinstance(config.model, MIMNetModel) and config.model.boundary == "files"


def _fixed(config: Config, sets: Sequence[Rows], vocabulary: Vocabulary) -> Fixed:
    """The pictures of the sample grid, evenly through each set, each with the caption of the next of its set."""
    chosen: list[Captioned] = []
    own: list[str] = []
    other: list[str] = []
    for rows, share in zip(sets, shares(max(SAMPLES, len(sets)), len(sets)), strict=True):
        some = [rows[int(i)] for i in np.linspace(0, len(rows) - 1, min(share, len(rows))).astype(int)]
        captions = [row.captions[0] for row in some]
        chosen += some
        own += captions
        other += captions[1:] + captions[:1]
    pictures = resized_pictures(chosen, config.model.size, quiet=True)
    ids, length = vocabulary.batch(own, config.model.max_words)
    other_ids, other_length = vocabulary.batch(other, config.model.max_words)
    image = to_tensor(np.asarray(pictures))
    edges = (
        maps_to_tensor(np.asarray(resized_edges(chosen, config.model.size, quiet=True)))
        if _edges_from_files(config)
        else None
    )
    batch = Batch(image, ids, length, other_ids, other_length, torch.arange(len(chosen)), edges=edges)
    return Fixed(batch, list(zip(own, other, strict=True)))


def _start_from(start: Start, system: EditingSystem, engine: Engine) -> None:
    try:
        system.start(start.networks(engine.device))
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise MimnetError(f"the networks of {start.given} do not fit this configuration: {reason}") from error
