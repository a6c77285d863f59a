import json
import pathlib
from typing import Annotated

import typer

from zoo import catalog
from zoo.card import Card
from zoo.cli.errors import ExitCode, refusing


def show(
    model: Annotated[
        str,
        typer.Argument(
            help="A name from `zoo list`, a model's folder, or a .tflite file."
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="The card as it is stored.")
    ] = False,
):
    """Show a model's card: its data, sizes, scores and limits."""
    with refusing(ExitCode.MODEL):
        card = _card(model)
    if as_json:
        typer.echo(json.dumps(card.to_dict(), indent=2, ensure_ascii=False))
    else:
        typer.echo(card.to_markdown().rstrip("\n"))


def _card(model):
    path = pathlib.Path(model)
    if path.suffix != ".tflite":
        return Card.read(catalog.folder(model))
    from zoo.device.bundle import read_bundle

    _, values, _ = read_bundle(path.read_bytes(), path)
    return Card.from_dict(values, origin=f"{path}, card")
