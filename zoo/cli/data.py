import contextlib
import pathlib
import sys
from typing import Annotated

import typer

from zoo.cli.columns import columns
from zoo.cli.errors import ExitCode, refusing

app = typer.Typer(
    help="Download and prepare datasets, or list them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
def list_datasets():
    """List the datasets that can be prepared, with their language pairs."""
    from zoo.data import prepare as datasets

    rows = []
    for name in datasets.list_datasets():
        builder = datasets.builder_module(name).Builder
        rows += [
            [f"{name}/{config.name}", config.description]
            for config in builder.BUILDER_CONFIGS
        ]
    typer.echo(columns(["NAME", "DESCRIPTION"], rows))


@app.command("prepare", no_args_is_help=True)
def prepare(
    name: Annotated[
        str, typer.Argument(help="E.g. multi30k/en_de; see `zoo data list`.")
    ],
    manual_dir: Annotated[
        pathlib.Path | None,
        typer.Option(
            help="A folder that holds the dataset's files already: nothing is "
            "downloaded."
        ),
    ] = None,
    data_dir: Annotated[
        pathlib.Path | None,
        typer.Option(
            help="Where the prepared records go. Default: ~/tensorflow_datasets."
        ),
    ] = None,
    config: Annotated[
        str | None,
        typer.Option(help="E.g. en_de, unless NAME says it. Default: the first one."),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Prepare again what has been prepared already."),
    ] = False,
):
    """Download a dataset, or read it from a folder, and write it as TFDS records.

    Prints the number of sentence pairs of each split, and on the last line the folder
    of the records.
    """
    from zoo.data import prepare as datasets

    # TFDS tells of its progress on standard output.
    with refusing(ExitCode.INPUT), contextlib.redirect_stdout(sys.stderr):
        builder = datasets.prepare(
            name,
            data_dir=data_dir and data_dir.expanduser(),
            manual_dir=manual_dir,
            config=config,
            overwrite=force,
        )
    splits = builder.info.splits
    rows = [[split, f"{splits[split].num_examples:,}"] for split in splits]
    typer.echo(columns(["SPLIT", "PAIRS"], rows))
    typer.echo(str(builder.data_path))
