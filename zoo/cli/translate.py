import json
import pathlib
from typing import Annotated

import typer

from zoo.cli.errors import ExitCode, Refusal, refusing
from zoo.cli.outputs import output
from zoo.cli.standard_input import texts
from zoo.cli.translators import Backend, open_translator

MODEL_HELP = "A name from `zoo list`, a preset folder, or a .tflite file."


def translate(
    text: Annotated[
        list[str] | None,
        typer.Argument(help="One or more texts. Without any: standard input's lines."),
    ] = None,
    model: Annotated[
        str, typer.Option("--model", "-m", help=MODEL_HELP)
    ] = "bahdanau_nmt",
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print sources and scores too.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each text.")
    ] = False,
    n_best: Annotated[
        int,
        typer.Option(
            "--n-best",
            min=1,
            help="Hypotheses for each text. With more than one, lines hold the text's "
            "number, the score and the translation, with tabs between them.",
        ),
    ] = 1,
    beam_size: Annotated[
        int | None,
        typer.Option(min=1, help="Default: the .tflite file's own, or 5 with Keras."),
    ] = None,
    length_penalty: Annotated[
        float | None,
        typer.Option(help="GNMT's alpha. Default: the .tflite file's own, or 1."),
    ] = None,
    alignments: Annotated[
        bool, typer.Option("--alignments", help="With --json: alignment matrices too.")
    ] = False,
    plot: Annotated[
        pathlib.Path | None,
        typer.Option(help="Draw the alignment of the one TEXT into this file."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the file of --plot.")
    ] = False,
    truncate: Annotated[
        bool, typer.Option("--truncate", help="Cut texts that are too long.")
    ] = False,
    backend: Annotated[
        Backend,
        typer.Option(
            help="litert starts at once, keras searches with any beam; auto takes "
            "litert where it can do what is asked for."
        ),
    ] = Backend.AUTO,
):
    """Translate texts, or standard input line by line.

    Standard output gets one line for each line of input, as soon as it is there, and
    a blank line for a blank line.

    \b
    zoo translate "A dog runs on the beach."
    zoo translate < english.txt > german.txt
    zoo translate --json --n-best 4 "A dog runs on the beach." | jq .
    """
    if alignments and not as_json:
        raise typer.BadParameter(
            "goes with --json. For a picture, use --plot.", param_hint="--alignments"
        )
    if n_best > (beam_size or n_best):
        raise typer.BadParameter(
            f"a beam of {beam_size} holds no {n_best} hypotheses.",
            param_hint="--n-best",
        )
    if plot and len(text or []) != 1:
        raise typer.BadParameter("draws exactly one TEXT.", param_hint="--plot")
    with output(plot, force) as picture:
        run = open_translator(
            model,
            backend=backend,
            beam_size=beam_size,
            n_best=n_best,
            length_penalty=length_penalty,
            truncate=truncate,
            alignments=alignments or picture is not None,
        )
        for number, (name, source) in enumerate(texts(text), start=1):
            hypotheses = translated(run, name, source)
            if picture is not None:
                draw(hypotheses, picture)
            if as_json:
                typer.echo(_json(source, hypotheses, alignments))
            elif verbose:
                typer.echo(_readable(source, hypotheses))
            elif n_best > 1:
                for found in hypotheses:
                    typer.echo(f"{number}\t{found.score:.4f}\t{found.text}")
            else:
                typer.echo(hypotheses[0].text)


def translated(run, name, source) -> list:
    """The hypotheses of a source; `name` names it where it is refused."""
    try:
        return run(source)
    except ValueError as error:
        # It counts the texts of one call, which here is one.
        reason = str(error).replace("Text 0", name, 1)
        raise Refusal(
            ExitCode.INPUT, f"{reason} On the command line: --truncate."
        ) from error


def draw(hypotheses, path):
    """Draws the best hypothesis's alignment into a new file."""
    from zoo.plots import plot_alignment

    with refusing(ExitCode.INPUT):
        plot_alignment(hypotheses, path)


def _json(source, hypotheses, alignments):
    values = [hypothesis.to_dict() for hypothesis in hypotheses]
    if not alignments:
        for value in values:
            del value["alignment"]
    return json.dumps({"source": source, "hypotheses": values}, ensure_ascii=False)


def _readable(source, hypotheses):
    lines = [f"source       {source}"]
    for found in hypotheses:
        lines += [
            f"translation  {found.text}",
            f"score        {found.score:.4f} (log-probability "
            f"{found.log_probability:.4f} over {len(found.tokens)} pieces)",
        ]
    return "\n".join(lines)
