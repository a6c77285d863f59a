"""The command line: `zoo ...`, one command a file.

What a command works with is imported when it runs, so that `zoo translate` starts
without TensorFlow.
"""

import io
import os
import sys
import traceback
from typing import Annotated

import typer
from typer.core import TyperGroup

from zoo.cli import (
    benchmark,
    data,
    errors,
    evaluate,
    export,
    list_models,
    plot,
    show,
    train,
    translate,
)


class _Commands(TyperGroup):
    """Ends every command that fails with one message and an exit code."""

    def main(self, *args, **options):
        if isinstance(sys.stdout, io.TextIOWrapper):
            # As standard input is read, whatever the locale.
            sys.stdout.reconfigure(encoding="utf-8")
        # TensorFlow's own remarks on the machine it finds itself on.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        try:
            try:
                return super().main(*args, **options)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            # The reader has gone, as `head` does. Python would say so once more.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(errors.ExitCode.FAILURE)
        except Exception as error:
            if os.environ.get("ZOO_TRACEBACK"):
                traceback.print_exc()
            print(f"zoo: {errors.describe(error)}", file=sys.stderr)
            sys.exit(errors.exit_code(error))


app = typer.Typer(
    name="zoo",
    cls=_Commands,
    epilog=errors.EXIT_CODES,
    no_args_is_help=True,
    # Plain help: it starts faster, and messages stay whole when they are piped.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool):
    if wanted:
        from zoo import __version__

        typer.echo(__version__)
        raise typer.Exit()


@app.callback()
def _zoo(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version and end.",
        ),
    ] = False,
):
    """Attention-based encoder-decoders: translate, look inside, train, ship."""


app.command("list")(list_models.list_models)
app.command("show", no_args_is_help=True)(show.show)
app.command("translate")(translate.translate)
app.command("plot", no_args_is_help=True)(plot.plot)
app.command("export", no_args_is_help=True)(export.export)
app.add_typer(data.app, name="data")
app.command("train", no_args_is_help=True)(train.train)
app.command("evaluate", no_args_is_help=True)(evaluate.evaluate)
app.command("benchmark", no_args_is_help=True)(benchmark.benchmark)


def main():
    """Runs the command line and exits."""
    app()
