import pathlib
from typing import Annotated

import typer

from zoo.cli.outputs import output
from zoo.cli.standard_input import texts
from zoo.cli.translate import MODEL_HELP, draw, translated
from zoo.cli.translators import open_translator


def plot(
    text: Annotated[str, typer.Argument(help="The text to translate.")],
    out: Annotated[
        pathlib.Path,
        typer.Option(
            help="The picture; its suffix gives the format: .png, .pdf, .svg, ..."
        ),
    ] = pathlib.Path("alignment.png"),
    model: Annotated[
        str, typer.Option("--model", "-m", help=MODEL_HELP)
    ] = "bahdanau_nmt",
    force: Annotated[
        bool, typer.Option("--force", help="Replace a file that is there already.")
    ] = False,
    truncate: Annotated[
        bool, typer.Option("--truncate", help="Cut a text that is too long.")
    ] = False,
):
    """Draw what a model attends to while it translates a text.

    A heat map, source pieces across and target pieces down. Prints the translation.
    """
    with output(out, force) as picture:
        run = open_translator(model, truncate=truncate, alignments=True)
        ((name, source),) = texts([text])
        hypotheses = translated(run, name, source)
        draw(hypotheses, picture)
    typer.echo(hypotheses[0].text)
