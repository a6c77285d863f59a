"""What a benchmark runs, in order: jobs for `zoo.evaluate.measurement`."""

import dataclasses
import os
import sys

from zoo import catalog

PARTS = ("training", "keras", "saved_model", "litert", "start_up")
BEAM_SIZES = (1, 5)
_ARTIFACTS = {
    "keras": ("keras",),
    "saved_model": ("saved_model",),
    "litert": ("litert_float", "litert_int8"),
}
_FORMATS = {
    "saved_model": {"format": "tf_saved_model"},
    "litert_float": {"format": "litert"},
    "litert_int8": {"format": "litert", "quantize": "int8"},
}


@dataclasses.dataclass(frozen=True)
class TrainingSettings:
    """What the speed of training depends on, besides the model.

    The names are those of the recipes' settings.

    Args:
        batch_size: int. Sentences a batch.
        consistency: float. Weight of R-Drop, which reads each sentence twice; 0: none.
        label_smoothing, learning_rate, clip_norm: floats.
        average_momentum: float. Of the weights' average, or None for no average.
    """

    batch_size: int = 64
    consistency: float = 0.0
    label_smoothing: float = 0.1
    learning_rate: float = 1e-3
    clip_norm: float = 1.0
    average_momentum: float | None = 0.998


@dataclasses.dataclass(frozen=True)
class Sizes:
    """The sizes at which the zoo is compared with other toolkits.

    Joint pieces, embedding, each direction of the GRU encoder, GRU decoder and
    additive score; arguments of `RecurrentTranslatorBackbone`, whose others are left
    as they are.
    """

    vocabulary_size: int = 8000
    embedding_dim: int = 256
    encoder_units: int = 512
    decoder_units: int = 512
    attention_units: int = 512
    embedding_dropout: float = 0.2
    dropout: float = 0.2


@dataclasses.dataclass(frozen=True)
class Job:
    """A function of `zoo.evaluate.measurement` to run, and what its result is of.

    Args:
        kind: string. The function's name.
        label: string. What a user reads.
        share: int. How long it takes, roughly, beside others.
        arguments: dict. Of the function.
        entries: dict. What is measured, or None where nothing is.
    """

    kind: str
    label: str
    share: int
    arguments: dict
    entries: dict | None = None


def plan(model, test, train, parts, settings, repeats, steps, folder):
    """The list of `Job` of a benchmark.

    Args:
        model, test, train, parts, settings, repeats, steps: as
            `zoo.evaluate.benchmark.benchmark` takes them.
        folder: path of the folder that jobs write to.
    """
    jobs, shipped = [], None
    if isinstance(model, Sizes):
        sizes, model = model, str(folder / "untrained")
        jobs.append(_build(train, sizes, model))
    else:
        shipped = next(iter(sorted(catalog.folder(model).glob("*.tflite"))), None)
        model = os.fspath(model)
    if "training" in parts:
        jobs.append(_training(train, model, settings, repeats, steps))

    searches = [
        (artifact, beam_size)
        for part in ("keras", "saved_model", "litert")
        if part in parts
        for artifact in _ARTIFACTS[part]
        for beam_size in BEAM_SIZES
    ]
    exports = [search for search in searches if search[0] in _FORMATS]
    int8 = ("litert_int8", BEAM_SIZES[-1])
    if "start_up" in parts and shipped is None and int8 not in exports:
        exports.append(int8)
    paths = {search: str(folder / _file_name(*search)) for search in exports}
    if exports:
        jobs.append(_export(test, model, paths))
    for search in searches:
        jobs.append(_translation(test, *search, paths.get(search, model), repeats))
    if "start_up" in parts:
        jobs.append(_start_up(test, model if shipped else paths[int8], repeats))
    return jobs


def _file_name(artifact, beam_size):
    suffix = "" if artifact == "saved_model" else ".tflite"
    return f"{artifact}_{beam_size}{suffix}"


def _build(train, sizes, path):
    arguments = {
        "sources": train.sources,
        "targets": train.targets,
        "sizes": dataclasses.asdict(sizes),
        "path": path,
    }
    return Job("build", "building an untrained model", 1, arguments)


def _training(train, model, settings, repeats, steps):
    arguments = {
        "sources": train.sources,
        "targets": train.targets,
        "model": model,
        "settings": dataclasses.asdict(settings),
        "repeats": repeats,
        "steps": steps,
    }
    entries = {"measurement": "training", "artifact": "keras"}
    return Job("training", "training", 6, arguments, entries)


def _export(test, model, paths):
    exports = [
        {"filepath": path, "beam_size": beam_size, **_FORMATS[artifact]}
        for (artifact, beam_size), path in paths.items()
    ]
    arguments = {"sources": test.sources, "model": model, "exports": exports}
    return Job("export", f"{len(exports)} exports", len(exports), arguments)


def _translation(test, artifact, beam_size, path, repeats):
    arguments = {
        "sources": test.sources,
        "artifact": artifact,
        "path": path,
        "beam_size": beam_size,
        "repeats": repeats,
    }
    entries = {
        "measurement": "translation",
        "artifact": artifact,
        "beam_size": beam_size,
    }
    label = f"{artifact}, beam {beam_size}"
    return Job("translation", label, 2 + beam_size // 2, arguments, entries)


def _start_up(test, run, repeats):
    arguments = {
        "command": [sys.executable, "-m", "zoo.cli", "translate", "--model", run],
        "text": f"{test.sources[0]}\n",
        "repeats": repeats,
    }
    entries = {"measurement": "start_up", "artifact": "litert_int8"}
    return Job("start_up", "start-up", 1, arguments, entries)
