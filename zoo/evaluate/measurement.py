"""The zoo's own measurements, each to be run in a process of its own.

`zoo.evaluate.processes.measure(PROGRAM, ...)` runs one of the functions below.
"""

import os
import pathlib
import statistics
import sys
import time
import typing
from collections.abc import Callable

from zoo.evaluate.processes import first_line, serve

PROGRAM = [sys.executable, "-m", "zoo.evaluate.measurement"]

# Steps of training in which functions are traced and buffers grow.
WARM_UP_STEPS = 30
BATCH_SIZE = 32


def build(sources, targets, sizes, path, threads):
    """Writes an untrained model of given sizes as a preset folder.

    Args:
        sources, targets: lists of strings, the text to find pieces in.
        sizes: arguments of `RecurrentTranslatorBackbone`.
        path: the folder.
        threads: of TensorFlow.
    """
    _configure(threads)
    from zoo import models
    from zoo.text import SubwordTokenizer, train_tokenizer

    proto = train_tokenizer([*sources, *targets], sizes["vocabulary_size"])
    model = models.RecurrentTranslator(
        models.RecurrentTranslatorBackbone(**sizes),
        models.RecurrentTranslatorPreprocessor(SubwordTokenizer(proto=proto)),
    )
    model.save_to_preset(path)
    return {}


def training(sources, targets, model, settings, repeats, steps, threads):
    """Target tokens a second of `fit`, once it runs steadily.

    The recipes' own path: `TranslationBatches` into a compiled model. Every repeat is
    a stretch of `steps` steps. Target tokens are those of the sentences, their ends
    included and padding not, and each sentence counts once however often a recipe
    reads it.

    Args:
        sources, targets: lists of strings, the training split.
        model: name or preset folder.
        settings: fields of `zoo.evaluate.benchmark.TrainingSettings`.
        repeats: stretches to time.
        steps: optimizer steps of a stretch.
        threads: of TensorFlow.
    """
    keras = _configure(threads)
    from zoo import catalog
    from zoo.data import TranslationBatches
    from zoo.train.losses import ConsistentCrossentropy, SmoothedCrossentropy

    task = catalog.load(model)
    smoothing, consistency = settings["label_smoothing"], settings["consistency"]
    momentum = settings["average_momentum"]
    batches = TranslationBatches(
        task.preprocessor.tokenizer,
        sources,
        targets,
        batch_size=settings["batch_size"],
        max_length=task.preprocessor.decoder_sequence_length,
        repeated=consistency > 0,
        seed=1,
    )
    count = WARM_UP_STEPS + repeats * steps
    stream = batches.epoch(0)
    for epoch in range(1, -(-count // batches.steps)):
        stream = stream.concatenate(batches.epoch(epoch))
    stream = stream.take(count)
    tokens = [int(weights.sum()) for _, _, weights in stream.as_numpy_iterator()]
    if consistency > 0:
        tokens = [number // 2 for number in tokens]
    task.compile(
        optimizer=keras.optimizers.Adam(
            settings["learning_rate"],
            global_clipnorm=settings["clip_norm"],
            use_ema=momentum is not None,
            ema_momentum=momentum or 0.0,
        ),
        loss=ConsistentCrossentropy(smoothing, consistency)
        if consistency > 0
        else SmoothedCrossentropy(smoothing),
    )
    ends, spent = [], []

    def note(batch, logs):
        # Reading the loss waits for the step, as the training loop does.
        float(logs["loss"])
        ends.append(time.perf_counter())
        spent.append(sum(os.times()[:4]))

    clock = keras.callbacks.LambdaCallback(on_train_batch_end=note)
    task.fit(stream, steps_per_epoch=count, verbose=0, callbacks=[clock])
    speeds = []
    for first in range(WARM_UP_STEPS, count, steps):
        last = first + steps
        seconds = ends[last - 1] - ends[first - 1]
        speeds.append(sum(tokens[first:last]) / seconds)
    cores = (spent[-1] - spent[0]) / (ends[-1] - ends[0])
    return {
        "parameters": task.count_params(),
        "settings": settings,
        "steps": steps,
        "target_tokens_per_second": spread(speeds),
        # Of the steps alone: ending a pipeline that has read ahead takes its time.
        "cpu_share": round(cores / (threads or os.cpu_count() or 1), 3),
    }


def export(sources, model, exports, threads):
    """Writes a model's exports, each with its parity check.

    Args:
        sources: list of strings that the exports must be long enough for.
        model: name or preset folder.
        exports: list of arguments of `zoo.export.write`.
        threads: of TensorFlow.
    """
    _configure(threads)
    from zoo import catalog
    from zoo.export import write

    task = catalog.load(model)
    longest = max(len(row) for row in task.preprocessor.source_rows(sources))
    for options in exports:
        # An export's own default, unless there are longer sentences.
        write(task, max_source_length=longest if longest > 64 else None, **options)
    return {}


def translation(sources, artifact, path, beam_size, repeats, threads):
    """Sentences and output tokens a second, and what was written.

    The first pass over the sources is not timed: it traces and fills caches. Output
    tokens are pieces, the ends of sentences included.

    Args:
        sources: list of strings.
        artifact: a key of `zoo.card.ARTIFACTS`.
        path: what to run: a preset folder or name, a SavedModel, a `.tflite` file.
        beam_size: of the search; exports have been written with it.
        repeats: passes to time.
        threads: of TensorFlow or LiteRT.
    """
    batch_size, translate = _open(artifact, path, beam_size, threads)
    file = pathlib.Path(path)
    size = {"file_mb": _rounded(file.stat().st_size / 1e6)} if file.is_file() else {}
    found = [hypotheses[0] for hypotheses in translate(sources)]
    seconds = []
    for _ in range(repeats):
        begun = time.perf_counter()
        translate(sources)
        seconds.append(time.perf_counter() - begun)
    tokens = sum(len(hypothesis.token_ids) for hypothesis in found)
    return {
        "batch_size": batch_size,
        **size,
        **decoding_speed(seconds, len(found), tokens),
        "translations": [hypothesis.text for hypothesis in found],
    }


def start_up(command, text, repeats, threads):
    """Time from a command's start to its first line of output.

    The command is run once before, so that its files lie in memory: every time is of
    a fresh process, not of a fresh machine.

    Args:
        command: list of strings.
        text: what it reads from standard input.
        repeats: runs to time.
        threads: the cores that the command is bound to, with this process.
    """
    first_line(command, text)
    runs = [first_line(command, text) for _ in range(repeats)]
    return {
        "translation": runs[0]["line"],
        "first_line_seconds": spread([run["first_line_seconds"] for run in runs]),
        "seconds": spread([run["seconds"] for run in runs]),
        "peak_memory_mb": round(max(run["peak_memory_mb"] for run in runs), 1),
    }


def decoding_speed(seconds, sentences, tokens):
    """The entries of a decoding measurement: what was written, and how fast.

    Args:
        seconds: list of floats, one for each pass.
        sentences, tokens: how many were written in each pass.
    """
    return {
        "sentences": sentences,
        "output_tokens": tokens,
        "seconds": spread(seconds),
        "sentences_per_second": spread([sentences / s for s in seconds]),
        "output_tokens_per_second": spread([tokens / s for s in seconds]),
    }


def spread(values):
    """Median, least and greatest of several runs, and the runs, in five digits."""
    runs = [_rounded(value) for value in values]
    return {
        "median": _rounded(statistics.median(values)),
        "min": min(runs),
        "max": max(runs),
        "runs": runs,
    }


def _rounded(value):
    return float(f"{value:.5g}")


def _configure(threads):
    """Keras, with TensorFlow on so many threads."""
    import keras

    from zoo.train.reproducibility import configure

    configure(1, threads)
    return keras


def _open(artifact, path, beam_size, threads) -> tuple[int, Callable[..., typing.Any]]:
    """The batch size, and a function from texts to lists of hypotheses."""
    if artifact.startswith("litert"):
        from zoo.device import Translator

        translator = Translator(path, num_threads=threads)
        return 1, lambda texts: translator.translate(texts, beam_size=beam_size)
    _configure(threads)
    if artifact == "saved_model":
        from zoo.export.saved_translator import SavedTranslator

        saved = SavedTranslator(path)
        return BATCH_SIZE, lambda texts: saved.translate(texts, batch_size=BATCH_SIZE)
    from zoo import catalog

    task = catalog.load(path)
    return BATCH_SIZE, lambda texts: task.translate(
        texts, beam_size=beam_size, batch_size=BATCH_SIZE
    )


if __name__ == "__main__":
    serve(build, training, export, translation, start_up)
