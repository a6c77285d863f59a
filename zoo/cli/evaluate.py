import contextlib
import dataclasses
import enum
import importlib.util
import json
import pathlib
import shlex
import tempfile
from typing import Annotated

import typer

from zoo import catalog
from zoo.card import ARTIFACTS, CARD_FILE, METRICS, Card
from zoo.cli.errors import ExitCode, Refusal, refusing
from zoo.cli.outputs import output
from zoo.cli.quiet import quiet
from zoo.cli.translators import load_task, open_file, shipped_file


class Artifact(enum.StrEnum):
    """What a card's scores tell apart: `zoo.card.ARTIFACTS`."""

    KERAS = "keras"
    SAVED_MODEL = "saved_model"
    LITERT_FLOAT = "litert_float"
    LITERT_INT8 = "litert_int8"


def evaluate(
    model: Annotated[
        str,
        typer.Argument(
            help="A name from `zoo list`, a preset folder, a .tflite file, or a "
            "SavedModel folder.",
        ),
    ],
    data: Annotated[
        str,
        typer.Option(
            help="Sentence pairs: multi30k/en_de, tfds:NAME/CONFIG, a .tsv or .jsonl "
            "file, or two files 'test.en,test.de'.",
        ),
    ],
    split: Annotated[
        str, typer.Option(help="Which part of the data, e.g. test_2016_flickr.")
    ] = "test",
    data_dir: Annotated[
        pathlib.Path | None,
        typer.Option(help="The folder where a named dataset lies."),
    ] = None,
    source_language: Annotated[
        str | None, typer.Option(help="E.g. en, where the data does not say.")
    ] = None,
    target_language: Annotated[
        str | None, typer.Option(help="E.g. de, where the data does not say.")
    ] = None,
    beam_size: Annotated[
        int | None,
        typer.Option(min=1, help="Default: an exported file's own, or else 5."),
    ] = None,
    length_penalty: Annotated[
        float | None,
        typer.Option(help="GNMT's alpha. Default: an exported file's own, or else 1."),
    ] = None,
    artifact: Annotated[
        Artifact | None,
        typer.Option(
            help="What runs the model of a name or a preset folder. It is exported "
            "first, unless the folder holds a file that fits. Default: keras."
        ),
    ] = None,
    record: Annotated[
        bool,
        typer.Option("--record", help="Write the scores into the model's card."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object.")
    ] = False,
    file: Annotated[
        pathlib.Path | None,
        typer.Option("--output", "-o", help="Write the translations to this file."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the file of --output.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(min=1, help="The first so many sentences alone.")
    ] = None,
    truncate: Annotated[
        bool, typer.Option("--truncate", help="Cut sources that are too long.")
    ] = False,
):
    """Translate a test set and score it.

    Prints BLEU in the literature's convention (Moses-normalised, tokenised,
    lowercased), cased BLEU (13a) and chrF, each with the signature that says how it
    was computed.
    """
    exported = _is_exported(model)
    if record and (exported or limit):
        raise typer.BadParameter(
            "a card holds scores of whole test sets, by a model's name or folder: use "
            "--artifact for its exports, and no --limit.",
            param_hint="--record",
        )
    with output(file, force) as translations, contextlib.ExitStack() as stack:
        folder = None
        with refusing(ExitCode.MODEL):
            if not exported:
                folder = catalog.folder(model)
            # Known to be there and whole before minutes are spent.
            card = Card.read(folder) if record else None
        text = _read(data, split, data_dir, source_language, target_language, limit)
        run = _open(model, artifact, beam_size, length_penalty, truncate, stack)
        try:
            run.check(text.sources)
        except ValueError as error:
            message = f"{error} On the command line: --truncate."
            raise Refusal(ExitCode.INPUT, message) from error
        found = _evaluate(run, text)
        if translations is not None:
            lines = "".join(f"{line}\n" for line in found.translations)
            translations.write_text(lines, encoding="utf-8")
    if card is not None:
        _record(card, folder, run, text, found.scores)
    setting = {
        "model": model,
        "data": text.name,
        "split": text.split,
        "sentences": len(text),
        "artifact": run.artifact,
        "beam_size": run.beam_size,
        "length_penalty": run.length_penalty,
        "seconds": round(found.seconds, 3),
    }
    if as_json:
        scores = [dataclasses.asdict(score) for score in found.scores]
        typer.echo(json.dumps({**setting, "scores": scores}, ensure_ascii=False))
    else:
        typer.echo(_headline(setting))
        for score in found.scores:
            name = METRICS.get(score.metric, score.metric)
            typer.echo(f"{name:18}{score.value:6.2f}  {score.signature}")


def _is_exported(model):
    """Whether a path, not a name, says which file runs."""
    path = pathlib.Path(model)
    return path.suffix == ".tflite" or (path / "saved_model.pb").is_file()


def _read(data, split, data_dir, source_language, target_language, limit):
    from zoo.data import read_parallel_text

    with refusing(ExitCode.INPUT):
        text = read_parallel_text(
            data,
            split,
            source_language=source_language,
            target_language=target_language,
            data=data_dir,
            keep_blank=True,
        )
    return dataclasses.replace(
        text, sources=text.sources[:limit], targets=text.targets[:limit]
    )


def _open(model, artifact, beam_size, length_penalty, truncate, stack):
    """The runner of `zoo.evaluate.runners` for what the command line says."""
    from zoo.evaluate import runners

    if _is_exported(model):
        run = _open_exported(pathlib.Path(model), beam_size, truncate)
        for name, wanted in (
            ("artifact", artifact),
            ("beam_size", beam_size),
            ("length_penalty", length_penalty),
        ):
            if wanted not in (None, getattr(run, name)):
                raise typer.BadParameter(
                    f"{model} has {getattr(run, name)}, as it was exported.",
                    param_hint=f"--{name.replace('_', '-')}",
                )
        return run

    if artifact == Artifact.LITERT_INT8:
        run = _shipped(model, beam_size, length_penalty, truncate)
        if run is not None:
            return run
    task = load_task(model)
    search = {"beam_size": beam_size or 5, "length_penalty": length_penalty}
    if length_penalty is None:
        search["length_penalty"] = 1.0
    if artifact in (None, Artifact.KERAS):
        return runners.KerasRunner(task, **search, truncate=truncate)
    from zoo import export

    place = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
    if artifact == Artifact.SAVED_MODEL:
        path = place / "model"
        export.write(task, path, format="tf_saved_model", **search)
    else:
        path = place / "model.tflite"
        quantize = "int8" if artifact == Artifact.LITERT_INT8 else None
        export.write(task, path, format="litert", quantize=quantize, **search)
    return _open_exported(path, beam_size, truncate)


def _open_exported(path, beam_size, truncate):
    from zoo.evaluate import runners

    if path.suffix == ".tflite":
        translator = open_file(path)
        largest = translator.interface["beam_size"]
        if beam_size is not None and beam_size > largest:
            raise typer.BadParameter(
                f"{path} was exported with a beam of {largest}, the most it can do.",
                param_hint="--beam-size",
            )
        return runners.DeviceRunner(translator, beam_size, truncate)
    if truncate:
        raise typer.BadParameter(
            "a SavedModel refuses sources that are too long.", param_hint="--truncate"
        )
    with refusing(ExitCode.MODEL), quiet():
        from zoo.export.saved_translator import SavedTranslator

        return runners.SavedModelRunner(SavedTranslator(path))


def _shipped(model, beam_size, length_penalty, truncate):
    """The runner of the int8 file in a model's folder, if it searches as wanted."""
    from zoo.evaluate.runners import DeviceRunner

    path = shipped_file(model)
    if path is None:
        return None
    translator = open_file(path)
    run = DeviceRunner(translator, beam_size, truncate)
    if (
        run.artifact == Artifact.LITERT_INT8
        and run.beam_size <= translator.interface["beam_size"]
        and length_penalty in (None, run.length_penalty)
    ):
        typer.echo(f"Running {path.name} as it stands in the folder.", err=True)
        return run
    typer.echo(f"{path.name} does not search as asked for: exporting anew.", err=True)
    return None


def _evaluate(run, text):
    from rich.console import Console
    from rich.progress import Progress

    from zoo.evaluate.evaluation import evaluate

    language = text.target_language
    if language is None:
        typer.echo(
            "The data does not name its target language: no BLEU in the literature's "
            "convention. Name it with --source-language and --target-language.",
            err=True,
        )
    elif importlib.util.find_spec("sacremoses") is None:
        language = None
        typer.echo(
            "No BLEU in the literature's convention without sacremoses: "
            'pip install "attention-zoo[moses]"',
            err=True,
        )
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("translating", total=len(text))
        return evaluate(
            run,
            text.sources,
            text.targets,
            language,
            progress=lambda done: bar.update(task, completed=done),
        )


def _record(card, folder, run, text, scores):
    command = [
        *("zoo", "evaluate", card.name),
        *("--data", text.name, "--split", text.split),
        *("--beam-size", str(run.beam_size)),
        *("--length-penalty", f"{run.length_penalty:g}"),
    ]
    if run.artifact != Artifact.KERAS:
        command += ["--artifact", run.artifact]
    if run.truncate:
        command += ["--truncate"]
    for score in scores:
        card.record_score(
            score,
            split=f"{text.name}:{text.split}",
            artifact=run.artifact,
            beam_size=run.beam_size,
            length_penalty=run.length_penalty,
            command=shlex.join(command),
        )
    with refusing(ExitCode.OUTPUT):
        card.write(folder)
    typer.echo(f"The scores are in {folder / CARD_FILE}", err=True)


def _headline(setting):
    return (
        f"{setting['data']}, {setting['split']}: {setting['sentences']:,} sentences; "
        f"{ARTIFACTS[setting['artifact']]}, beam {setting['beam_size']}, length "
        f"penalty {setting['length_penalty']:g}; {setting['seconds']:.1f} s"
    )
