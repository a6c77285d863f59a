"""The README's table of results, made from the cards of the shipped models."""

import pathlib
import sys

from zoo.card import ARTIFACTS, METRICS, Card
from zoo.catalog import folder, list_models
from zoo.files import replacing
from zoo.markdown import table

BEGIN = "<!-- results:begin -->"
END = "<!-- results:end -->"


def results_table(cards):
    """A Markdown table: a line for each model, split, beam and way to run it.

    Args:
        cards: list of `zoo.Card`.

    Returns:
        A string without a final newline, empty where nothing was measured.
    """
    header = ["Model", "Parameters", "Test set", "Run by", "Beam", *METRICS.values()]
    rows = []
    for card in cards:
        measured = {}
        for score in card.scores:
            if "test" in score.split:
                key = (score.split, score.artifact, score.beam_size)
                measured.setdefault(key, {})[score.metric] = f"{score.value:.2f}"
        rows += [
            [
                f"`{card.name}`",
                f"{card.parameters / 1e6:.1f} M",
                split,
                ARTIFACTS[artifact],
                str(beam_size),
                *(values.get(metric, "") for metric in METRICS),
            ]
            for (split, artifact, beam_size), values in measured.items()
        ]
    return table(header, rows, numbers=["Parameters", "Beam", *METRICS.values()])


def with_results(text, results):
    """`text` with `results` between its two marker lines."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(
            f"Expected the line {BEGIN} once and, below it, the line {END} once, to "
            "put the table of results between them."
        )
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{results}\n{END}{after}"


def shipped_cards():
    """The cards of all models that ship with the library."""
    return [Card.read(folder(name)) for name in list_models()]


def main(path):
    """Brings the table in the file at `path` up to date."""
    path = pathlib.Path(path)
    text = with_results(path.read_text("utf-8"), results_table(shipped_cards()))
    with replacing(path, overwrite=True) as temporary:
        temporary.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
