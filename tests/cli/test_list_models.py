import json

from zoo.card import Card
from zoo.evaluate.metrics import Score


def record(folder, metric, value, split):
    card = Card.read(folder)
    card.record_score(
        Score(metric, value, "signature"),
        split=split,
        artifact="keras",
        beam_size=5,
        length_penalty=1.0,
        command="zoo evaluate tiny_nmt",
    )
    card.write(folder)


def test_table(zoo, shipped):
    record(shipped, "bleu", 36.0, "corpus:test")
    record(shipped, "bleu_literature", 38.125, "corpus:test")
    record(shipped, "bleu_literature", 40.0, "corpus:validation")
    result = zoo("list")
    assert result.exit_code == 0
    header, row = result.stdout.splitlines()
    assert header.split() == "NAME TASK LANGUAGES PARAMETERS SIZE BEST SCORE".split()
    assert row.startswith("tiny_nmt  translation  en → de ")
    assert row.endswith("BLEU, literature 38.12 on corpus:test")
    # Columns stand under their headers.
    assert row.index("translation") == header.index("TASK")
    assert row.index("BLEU") == header.index("BEST SCORE")


def test_json(zoo, shipped):
    (line,) = zoo("list", "--json").stdout.splitlines()
    values = json.loads(line)
    assert values["name"] == "tiny_nmt"
    assert values["languages"] == ["en", "de"]
    assert values["bytes"] >= (shipped / "tiny_nmt.tflite").stat().st_size
    assert values["score"] is None


def test_unmeasured(zoo, shipped):
    assert zoo("list").stdout.splitlines()[1].endswith("not measured")


def test_no_models(zoo, shipped):
    (shipped / "card.json").unlink()
    result = zoo("list")
    assert result.exit_code == 0
    assert not result.stdout and "No models" in result.stderr


def test_damaged_card(zoo, shipped):
    (shipped / "card.json").write_text("{")
    result = zoo("list")
    assert result.exit_code == 4
    assert "card.json is no valid JSON" in result.stderr
