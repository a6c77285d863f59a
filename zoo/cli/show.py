import json
from typing import Annotated

import typer

from zoo import catalog
from zoo.card import Card
from zoo.cli.errors import ExitCode, refusing


def show(
    model: Annotated[
        str, typer.Argument(help="A name from `zoo list`, or a model's folder.")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="The card as it is stored.")
    ] = False,
):
    """Show a model's card: what it is, what it was trained on, how good it is."""
    with refusing(ExitCode.MODEL):
        card = Card.read(catalog.folder(model))
    if as_json:
        typer.echo(json.dumps(card.to_dict(), indent=2, ensure_ascii=False))
    else:
        typer.echo(card.to_markdown().rstrip("\n"))
