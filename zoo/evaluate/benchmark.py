"""Speed, start-up time and memory of a model, measurement by measurement."""

import dataclasses
import datetime
import importlib.util
import os
import pathlib
import tempfile
import time

from zoo import catalog
from zoo.evaluate import evaluation
from zoo.evaluate.jobs import PARTS, Sizes, TrainingSettings, plan
from zoo.evaluate.machine import describe_machine
from zoo.evaluate.measurement import PROGRAM
from zoo.evaluate.processes import measure

# The least share of its cores that a measurement has on a quiet machine.
_QUIET = 0.9


def benchmark(
    model,
    *,
    test=None,
    train=None,
    parts=PARTS,
    settings=None,
    repeats=5,
    steps=50,
    threads=1,
    report=None,
):
    """Measures a model, each measurement in a process of its own.

    Training speed, greedy and beam-5 decoding by Keras and a SavedModel in batches of
    32 and by LiteRT sentence by sentence (float and int8), and the time from starting
    `zoo translate` to its first translation; with the peak memory of each process and
    the scores of what was decoded. Exports are written into a temporary folder.

    Args:
        model: string or path. A name of `zoo.list_models()` or a preset folder; or
            `zoo.evaluate.jobs.Sizes`, for an untrained model.
        test: a `zoo.data.ParallelText` to translate, for every part but training.
        train: one to train on, for training, and for the pieces of an untrained model.
        parts: some of `zoo.evaluate.jobs.PARTS`.
        settings: `zoo.evaluate.jobs.TrainingSettings`.
        repeats: int. Runs of each measurement, of which the median counts.
        steps: int. Optimizer steps of one run of training.
        threads: int. For each measurement, which is bound to as many cores.
        report: function called with a line of text as each measurement begins.

    Returns:
        A dict, JSON-ready: date, machine, threads, model, data, and `measurements`, a
        list of dicts. Speeds are dicts of `median`, `min`, `max` and `runs`.

    Raises:
        ValueError: for a part that does not exist, or text that is missing.
        RuntimeError: when a measurement fails, with its last words.

    Example:

    ```python
    test = zoo.data.read_parallel_text("multi30k/en_de", "test_2016_flickr")
    found = benchmark("bahdanau_nmt", test=test, parts=["keras", "litert"])
    print(found["measurements"][0]["output_tokens_per_second"]["median"])
    ```
    """
    _check(model, test, train, parts)
    untrained = isinstance(model, Sizes)
    found = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": describe_machine(),
        "threads": threads,
        "cores_bound": hasattr(os, "sched_setaffinity"),
        "model": {"name": "untrained", **dataclasses.asdict(model)}
        if untrained
        else {"name": catalog.folder(model).name},
        "data": {
            role: {"name": text.name, "split": text.split, "sentences": len(text)}
            for role, text in (("train", train), ("test", test))
            if text is not None
        },
        "measurements": [],
    }
    settings = settings or TrainingSettings()
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        jobs = plan(model, test, train, parts, settings, repeats, steps, place)
        begun, done = time.monotonic(), 0
        for number, job in enumerate(jobs, start=1):
            if report is not None:
                seconds = time.monotonic() - begun
                left = _left(seconds, done, sum(job.share for job in jobs))
                report(f"[{number}/{len(jobs)}] {job.label}{left}")
            measured = measure(PROGRAM, job.kind, threads=threads, **job.arguments)
            done += job.share
            if job.entries is None:
                continue
            if report is not None and warning(measured):
                report(warning(measured))
            if "translations" in measured:
                measured["scores"] = scores(measured.pop("translations"), test)
            entries = {"system": "attention-zoo", **job.entries}
            found["measurements"].append({**entries, **measured})
    return found


def scores(translations, text):
    """BLEU and chrF of the translations of a `zoo.data.ParallelText`, JSON-ready."""
    language = text.target_language
    if importlib.util.find_spec("sacremoses") is None:
        language = None
    return [
        {**dataclasses.asdict(score), "value": round(score.value, 2)}
        for score in evaluation.score(translations, text.targets, language)
    ]


def warning(measured):
    """A line about what disturbed a measurement, or None."""
    if measured["cpu_share"] >= _QUIET:
        return None
    return (
        f"it had {measured['cpu_share']:.0%} of its cores' time: the machine is busy, "
        "and the speed is too low"
    )


def _left(seconds, done, total):
    """How long all that is left may take, once something is done."""
    if not done:
        return ""
    return f", about {seconds / done * (total - done) / 60:.0f} min left"


def _check(model, test, train, parts):
    if not parts or set(parts) - set(PARTS):
        raise ValueError(
            f"Expected some of {', '.join(PARTS)}. Received: "
            f"{', '.join(parts) or 'none'}."
        )
    if train is None and ("training" in parts or isinstance(model, Sizes)):
        raise ValueError(
            "Training, and an untrained model's pieces, need `train`: sentence pairs."
        )
    if test is None and set(parts) != {"training"}:
        raise ValueError("Decoding needs `test`: sentence pairs to translate.")
