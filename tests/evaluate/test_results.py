import pathlib

import pytest

from zoo.card import Card
from zoo.evaluate.metrics import Score
from zoo.evaluate.results import (
    BEGIN,
    END,
    main,
    results_table,
    shipped_cards,
    with_results,
)

README = pathlib.Path(__file__).parents[2] / "README.md"


def card():
    card = Card(name="tiny_nmt", task="translation", parameters=4_600_000)
    for split, artifact, metric, value in (
        ("m:test_2016", "keras", "bleu", 37.05),
        ("m:test_2016", "keras", "bleu_literature", 38.1),
        ("m:test_2016", "litert_int8", "bleu", 37.0),
        ("m:validation", "keras", "bleu", 99.0),
    ):
        card.record_score(
            Score(metric, value, "signature"),
            split=split,
            artifact=artifact,
            beam_size=5,
            length_penalty=1.0,
            command="zoo evaluate tiny_nmt",
        )
    return card


def test_table_has_a_line_for_each_way_to_run_a_test_set():
    header, _, *rows = results_table([card()]).splitlines()
    assert header == (
        "| Model | Parameters | Test set | Run by | Beam | BLEU, literature | "
        "BLEU, cased | chrF |"
    )
    assert rows == [
        "| `tiny_nmt` | 4.6 M | m:test_2016 | Keras | 5 | 38.10 | 37.05 |  |",
        "| `tiny_nmt` | 4.6 M | m:test_2016 | LiteRT, int8 | 5 |  | 37.00 |  |",
    ]


def test_table_stands_between_the_markers():
    text = with_results(f"above\n{BEGIN}\nold\n{END}\nbelow\n", "new")
    assert text == f"above\n{BEGIN}\nnew\n{END}\nbelow\n"


def test_missing_marker_is_named():
    with pytest.raises(ValueError, match="Expected the line <!-- results:begin -->"):
        with_results(f"above\n{END}\n", "new")


def test_main_rewrites_the_file(tmp_path):
    path = tmp_path / "README.md"
    path.write_text(f"ä\n{BEGIN}\n{END}\n", encoding="utf-8")
    main(path)
    assert path.read_text("utf-8") == with_results(
        f"ä\n{BEGIN}\n{END}\n", results_table(shipped_cards())
    )


def test_readme_agrees_with_the_cards():
    text = README.read_text("utf-8")
    assert text == with_results(text, results_table(shipped_cards())), (
        "README.md differs from the cards: run `make results`"
    )
