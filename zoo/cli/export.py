import enum
import pathlib
from typing import Annotated

import typer

from zoo import catalog
from zoo.card import CARD_FILE, Card
from zoo.cli.errors import ExitCode, refusing
from zoo.cli.outputs import output
from zoo.cli.translators import load_task


class Format(enum.StrEnum):
    """What `zoo.export.write` writes."""

    LITERT = "litert"
    TF_SAVED_MODEL = "tf_saved_model"


class Quantize(enum.StrEnum):
    """How a LiteRT file stores its weights."""

    NONE = "none"
    FLOAT16 = "float16"
    INT8 = "int8"


def export(
    model: Annotated[
        str, typer.Argument(help="A name from `zoo list`, or a preset folder.")
    ],
    out: Annotated[
        pathlib.Path,
        typer.Argument(help="A file that ends in .tflite, or the SavedModel's folder."),
    ],
    kind: Annotated[
        Format | None,
        typer.Option("--format", help="Default: litert where OUT ends in .tflite."),
    ] = None,
    beam_size: Annotated[
        int, typer.Option(min=1, help="Of the search in the file; 1 is greedy search.")
    ] = 4,
    length_penalty: Annotated[float, typer.Option(help="GNMT's alpha.")] = 1.0,
    quantize: Annotated[
        Quantize,
        typer.Option(
            help="Weights of a LiteRT file: float16 takes half the space, int8 a "
            "quarter and the least time."
        ),
    ] = Quantize.NONE,
    max_source_length: Annotated[
        int | None, typer.Option(min=1, help="Longest source in pieces.")
    ] = None,
    max_target_length: Annotated[
        int | None, typer.Option(min=1, help="Longest translation in pieces.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what stands at OUT.")
    ] = False,
):
    """Write a model as a LiteRT file or a SavedModel.

    What is written runs without this project, and is checked against Keras first.
    litert is one .tflite file of built-in operators, with the search, the tokenizer
    and the card in it; `zoo translate` runs it too. tf_saved_model is a folder for
    TensorFlow and TensorFlow Text, strings in and strings out.
    """
    kind = kind or (Format.LITERT if out.suffix == ".tflite" else Format.TF_SAVED_MODEL)
    if kind == Format.LITERT and out.suffix != ".tflite":
        raise typer.BadParameter(
            f"a LiteRT file ends in .tflite. Received: {out}", param_hint="OUT"
        )
    options = {
        "beam_size": beam_size,
        "length_penalty": length_penalty,
        "max_source_length": max_source_length,
        "max_target_length": max_target_length,
    }
    if quantize != Quantize.NONE:
        if kind != Format.LITERT:
            raise typer.BadParameter(
                "a SavedModel keeps its weights as they are. Name a .tflite file, or "
                "leave this out.",
                param_hint="--quantize",
            )
        options["quantize"] = quantize.value
    with output(out, force) as temporary:
        task = load_task(model)
        with refusing(ExitCode.MODEL):
            folder = catalog.folder(model)
            if (folder / CARD_FILE).is_file():
                options["card"] = Card.read(folder)

        from zoo.export import write

        report = write(task, temporary, format=kind.value, **options)
        size = _bytes(temporary)
    typer.echo(f"{out}: {size / 1e6:.1f} MB")
    typer.echo(_parity(report))


def _bytes(path):
    files = [path] if path.is_file() else path.rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file())


def _parity(report):
    words = [f"against Keras, {report.texts} texts: {report.equal} token for token"]
    if report.tied:
        words.append(f"{report.tied} but for hypotheses of equal score")
    if report.different:
        words.append(f"{report.different} different, for weights were rounded")
    return (
        f"{', '.join(words)}; scores within {report.largest_score_difference:.1g} "
        "where the tokens are equal"
    )
