import json
from typing import Annotated

import typer

from zoo import catalog
from zoo.card import METRICS, Card
from zoo.cli.columns import columns
from zoo.cli.errors import ExitCode, refusing


def list_models(
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, a model each.")
    ] = False,
):
    """List the models that come with the library.

    The score is the best that a model's card holds for a test set.
    """
    with refusing(ExitCode.MODEL):
        rows = [_row(name) for name in catalog.list_models()]
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row, ensure_ascii=False))
    elif rows:
        cells = [
            [
                row["name"],
                row["task"],
                " → ".join(row["languages"]),
                f"{row['parameters'] / 1e6:.1f} M",
                f"{row['bytes'] / 1e6:.1f} MB",
                _best(row["score"]),
            ]
            for row in rows
        ]
        header = ["NAME", "TASK", "LANGUAGES", "PARAMETERS", "SIZE", "BEST SCORE"]
        typer.echo(columns(header, cells))
    else:
        typer.echo("No models are installed.", err=True)


def _row(name):
    folder = catalog.folder(name)
    card = Card.read(folder)
    return {
        "name": name,
        "task": card.task,
        "languages": card.languages,
        "parameters": card.parameters,
        "bytes": sum(file.bytes for file in card.files.values()),
        "score": _best_score(card.scores),
    }


def _best_score(scores):
    tests = [score for score in scores if "test" in score.split]
    for metric in METRICS:
        found = [score for score in tests if score.metric == metric]
        if found:
            best = max(found, key=lambda score: score.value)
            return {"metric": metric, "value": best.value, "split": best.split}
    return None


def _best(score):
    if score is None:
        return "not measured"
    return f"{METRICS[score['metric']]} {score['value']:.2f} on {score['split']}"
