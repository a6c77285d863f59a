import json

import pytest

from zoo.cli.errors import ExitCode
from zoo.device import Translator


def test_litert(zoo, tiny_preset, tmp_path):
    path = tmp_path / "tiny.tflite"
    result = zoo(
        *("export", tiny_preset, path, "--beam-size", 2, "--quantize", "int8"),
        *("--length-penalty", 0.5, "--max-source-length", 20),
        *("--max-target-length", 10),
    )
    assert result.exit_code == 0, result.stderr
    size, parity = result.stdout.splitlines()
    assert size == f"{path}: {path.stat().st_size / 1e6:.1f} MB"
    assert parity.startswith("against Keras, ")
    translator = Translator(path)
    for name, value in {
        "beam_size": 2,
        "quantize": "int8",
        "length_penalty": 0.5,
        "max_source_length": 20,
        "max_target_length": 10,
    }.items():
        assert translator.interface[name] == value
    assert translator.card.languages == ["en", "de"]
    assert list(tmp_path.iterdir()) == [path]


def test_saved_model(zoo, tiny_preset, tmp_path):
    folder = tmp_path / "tiny"
    result = zoo(
        *("export", tiny_preset, folder, "--beam-size", 2, "--max-target-length", 10)
    )
    assert result.exit_code == 0, result.stderr
    data = tmp_path / "test.tsv"
    data.write_text("A dog.\tEin Hund.\n")
    result = zoo("evaluate", folder, "--data", data, "--json")
    assert result.exit_code == 0, result.stderr
    values = json.loads(result.stdout)
    assert (values["artifact"], values["beam_size"]) == ("saved_model", 2)
    result = zoo("evaluate", folder, "--data", data, "--truncate")
    assert result.exit_code == ExitCode.USAGE
    result = zoo("translate", "A dog.", "--model", folder)
    assert result.exit_code == ExitCode.MODEL


@pytest.mark.parametrize("name", ["tiny.tflite", "tiny"])
def test_nothing_is_replaced_unasked(zoo, tiny_preset, tmp_path, name):
    (tmp_path / name).write_text("mine")
    result = zoo("export", tiny_preset, tmp_path / name)
    assert result.exit_code == ExitCode.OUTPUT
    assert "exists already" in result.stderr
    assert (tmp_path / name).read_text() == "mine"


@pytest.mark.parametrize(
    ("out", "arguments", "message"),
    [
        ("tiny", ["--quantize", "int8"], "a SavedModel keeps its weights"),
        ("tiny", ["--format", "litert"], "ends in .tflite"),
        ("tiny.tflite", ["--format", "onnx"], "'litert', 'tf_saved_model'"),
    ],
)
def test_wrong_options(zoo, tiny_preset, tmp_path, out, arguments, message):
    result = zoo("export", tiny_preset, tmp_path / out, *arguments)
    assert result.exit_code == ExitCode.USAGE
    assert message in " ".join(result.stderr.split())
    assert not list(tmp_path.iterdir())


def test_unknown_model(zoo, shipped, tmp_path):
    result = zoo("export", "tiny_nnt", tmp_path / "a.tflite")
    assert result.exit_code == ExitCode.MODEL
    assert "Did you mean 'tiny_nmt'" in result.stderr
    assert not list(tmp_path.glob("*a.tflite"))


def test_length_beyond_the_models(zoo, tiny_preset, tmp_path):
    result = zoo(
        *("export", tiny_preset, tmp_path / "a.tflite"),
        *("--max-source-length", 100000),
    )
    assert result.exit_code == ExitCode.FAILURE
    assert "max_source_length" in result.stderr
    assert not list(tmp_path.iterdir())
