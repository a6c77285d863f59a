import json
import shlex
import shutil

import pytest

import zoo as library
from zoo import catalog, export
from zoo.card import ARTIFACTS, Card
from zoo.cli.errors import ExitCode
from zoo.cli.evaluate import Artifact
from zoo.device import Translator
from zoo.evaluate.evaluation import score
from zoo.evaluate.runners import DeviceRunner

DUMMY = catalog.resource("datasets", "multi30k", "dummy_data")
PAIRS = [
    ("A dog.", "Ein Hund."),
    ("", ""),
    ("A man rides.", "Ein Mann fährt ein Fahrrad."),
]


def test_artifacts_are_the_cards():
    assert list(Artifact) == list(ARTIFACTS)


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "test.tsv"
    path.write_text("en\tde\n" + "".join(f"{s}\t{t}\n" for s, t in PAIRS), "utf-8")
    return path


LANGUAGES = ("--source-language", "en", "--target-language", "de")


def test_file(zoo, tiny_file, pairs, tmp_path):
    out = tmp_path / "out.txt"
    result = zoo("evaluate", tiny_file, "--data", pairs, *LANGUAGES, "--output", out)
    assert result.exit_code == 0, result.stderr
    written = DeviceRunner(Translator(tiny_file))([source for source, _ in PAIRS])
    assert out.read_text("utf-8") == "".join(f"{line}\n" for line in written)
    headline, *lines = result.stdout.splitlines()
    assert headline.startswith("test.tsv, test: 3 sentences; LiteRT, float, beam 3, ")
    scores = score(written, [target for _, target in PAIRS], "de")
    assert len(lines) == len(scores) == 3
    for line, expected in zip(lines, scores, strict=True):
        assert line.endswith(f"{expected.value:.2f}  {expected.signature}")
    assert lines[0].startswith("BLEU, literature ")
    assert lines[0].endswith("|reftokens:9")


def test_keras_as_json(zoo, tiny_preset, pairs):
    result = zoo(
        *("evaluate", tiny_preset, "--data", pairs, *LANGUAGES, "--json"),
        *("--beam-size", 2, "--length-penalty", 0.5, "--limit", 1),
    )
    assert result.exit_code == 0, result.stderr
    values = json.loads(result.stdout)
    assert values["artifact"] == "keras" and values["sentences"] == 1
    assert (values["beam_size"], values["length_penalty"]) == (2, 0.5)
    (best,) = library.load(tiny_preset).translate(
        PAIRS[0][0], beam_size=2, length_penalty=0.5
    )
    assert [found["value"] for found in values["scores"]] == [
        expected.value for expected in score([best.text], [PAIRS[0][1]], "de")
    ]


@pytest.mark.parametrize(
    "artifact",
    ["litert_float", pytest.param("saved_model", marks=pytest.mark.slow)],
)
def test_exported_first(zoo, tiny_preset, pairs, artifact):
    result = zoo(
        *("evaluate", tiny_preset, "--data", pairs, "--json", *LANGUAGES),
        *("--artifact", artifact, "--beam-size", 2),
    )
    assert result.exit_code == 0, result.stderr
    values = json.loads(result.stdout)
    assert (values["artifact"], values["beam_size"]) == (artifact, 2)


def test_record(zoo, shipped):
    """The scores are in the card, with a command that gives them again."""
    arguments = [
        *("evaluate", "tiny_nmt", "--data", "multi30k/en_de", "--data-dir", DUMMY),
        *("--split", "test_2016_flickr", "--beam-size", 2, "--truncate"),
    ]
    result = zoo(*arguments, "--record", "--json")
    assert result.exit_code == 0, result.stderr
    card = Card.read(shipped)
    scores = {entry.metric: entry for entry in card.scores}
    assert set(scores) == {"bleu", "bleu_literature", "chrf"}
    for found in json.loads(result.stdout)["scores"]:
        entry = scores[found["metric"]]
        assert entry.value == round(found["value"], 2)
        assert entry.signature == found["signature"]
        assert entry.split == "multi30k/en_de:test_2016_flickr"
        assert (entry.artifact, entry.beam_size) == ("keras", 2)
    assert (shipped / "README.md").read_text("utf-8") == card.to_markdown()
    card.verify(shipped)
    command = scores["bleu"].command
    assert str(DUMMY) not in command and str(shipped) not in command
    program, *again = shlex.split(command)
    assert program == "zoo"
    repeated = zoo(*again, "--data-dir", DUMMY, "--json")
    assert [found["value"] for found in json.loads(repeated.stdout)["scores"]] == [
        found["value"] for found in json.loads(result.stdout)["scores"]
    ]


@pytest.fixture(scope="module")
def int8_file(tiny_translator, tmp_path_factory):
    path = tmp_path_factory.mktemp("int8") / "tiny_nmt.tflite"
    export.write(
        tiny_translator,
        path,
        format="litert",
        quantize="int8",
        beam_size=2,
        max_source_length=24,
        max_target_length=8,
        parity_texts=["A dog."],
    )
    return path


@pytest.fixture
def shipped_int8(shipped, int8_file):
    shutil.copy(int8_file, shipped)
    card = Card.read(shipped)
    card.record_files(shipped)
    card.write(shipped)
    return shipped


def test_shipped_file_is_measured(zoo, shipped_int8, pairs):
    result = zoo(
        *("evaluate", "tiny_nmt", "--data", pairs, *LANGUAGES, "--record"),
        *("--artifact", "litert_int8"),
    )
    assert result.exit_code == 0, result.stderr
    assert "Running tiny_nmt.tflite as it stands" in result.stderr
    entry = Card.read(shipped_int8).scores[0]
    assert (entry.artifact, entry.beam_size) == ("litert_int8", 2)
    assert entry.command == (
        "zoo evaluate tiny_nmt --data test.tsv --split test --beam-size 2 "
        "--length-penalty 1 --artifact litert_int8"
    )


@pytest.mark.slow
def test_shipped_file_that_searches_otherwise(zoo, shipped_int8, pairs):
    result = zoo(
        *("evaluate", "tiny_nmt", "--data", pairs, *LANGUAGES, "--json"),
        *("--artifact", "litert_int8", "--beam-size", 3),
    )
    assert result.exit_code == 0, result.stderr
    assert "exporting anew" in result.stderr
    values = json.loads(result.stdout)
    assert (values["artifact"], values["beam_size"]) == ("litert_int8", 3)


def test_data_without_languages(zoo, tiny_file, tmp_path):
    path = tmp_path / "test.tsv"
    path.write_text("A dog.\tEin Hund.\n")
    result = zoo("evaluate", tiny_file, "--data", path, "--json")
    assert "does not name its target language" in result.stderr
    scores = json.loads(result.stdout)["scores"]
    assert [found["metric"] for found in scores] == ["bleu", "chrf"]


def test_too_long_is_refused_before_anything_is_spent(zoo, tiny_file, tmp_path):
    path = tmp_path / "test.tsv"
    path.write_text("A dog.\tEin Hund.\n" + "A dog. " * 40 + "\tHunde.\n")
    arguments = ("evaluate", tiny_file, "--data", path, "-o", tmp_path / "out.txt")
    result = zoo(*arguments)
    assert result.exit_code == ExitCode.INPUT
    assert "Text 1 has" in result.stderr
    assert list(tmp_path.iterdir()) == [path]
    assert zoo(*arguments, "--truncate").exit_code == 0
    assert len((tmp_path / "out.txt").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--record"], ExitCode.USAGE, "by a model's name or folder"),
        (["--beam-size", "5"], ExitCode.USAGE, "a beam of 3, the most it can do"),
        (["--length-penalty", "2"], ExitCode.USAGE, "has 1.0, as it was exported"),
        (["--artifact", "litert_int8"], ExitCode.USAGE, "has litert_float"),
        (["--artifact", "onnx"], ExitCode.USAGE, "'keras'"),
        (["--data", "nowhere.tsv"], ExitCode.INPUT, "nowhere.tsv"),
        (["--data", "multi30x/en_de"], ExitCode.INPUT, "Did you mean 'multi30k'"),
    ],
)
def test_refusals(zoo, tiny_file, pairs, arguments, code, message):
    result = zoo("evaluate", tiny_file, "--data", pairs, *arguments)
    assert result.exit_code == code
    assert message in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("model", "message"),
    [("tiny_nnt", "Did you mean 'tiny_nmt'"), ("none.tflite", "no file none.tflite")],
)
def test_unknown_model(zoo, shipped, pairs, model, message):
    result = zoo("evaluate", model, "--data", pairs)
    assert result.exit_code == ExitCode.MODEL
    assert message in result.stderr


def test_translations_are_not_replaced_unasked(zoo, tiny_file, pairs, tmp_path):
    out = tmp_path / "out.txt"
    out.write_text("mine")
    arguments = ("evaluate", tiny_file, "--data", pairs, "--output", out)
    assert zoo(*arguments).exit_code == ExitCode.OUTPUT
    assert out.read_text() == "mine"
    assert zoo(*arguments, "--force").exit_code == 0
    assert out.read_text() != "mine"
