import json

import pytest

from zoo import catalog
from zoo.cli.errors import ExitCode

RECIPE = '''"""toy: notes what it was asked for.

Command   zoo train toy
"""

import dataclasses
import json


@dataclasses.dataclass(frozen=True)
class Settings:
    epochs: int = 30
    rate: float = 0.5


def train(
    out, data="corpus", data_dir=None, settings=None, threads=None, deterministic=False
):
    if settings.rate < 0:
        raise FloatingPointError("The loss became nan.")
    out.mkdir(exist_ok=True)
    values = {
        "data": data,
        "data_dir": data_dir and str(data_dir),
        "settings": dataclasses.asdict(settings),
        "threads": threads,
        "deterministic": deterministic,
    }
    (out / "asked.json").write_text(json.dumps(values))
'''


@pytest.fixture
def recipes(tmp_path, monkeypatch):
    folder = tmp_path / "training" / "recipes"
    folder.mkdir(parents=True)
    (folder / "toy.py").write_text(RECIPE)
    monkeypatch.setattr(catalog, "resource", lambda *parts: tmp_path.joinpath(*parts))
    return folder


def test_defaults_are_the_recipes_own(zoo, recipes, tmp_path):
    out = tmp_path / "run"
    result = zoo("train", "toy", "--out", out)
    assert result.exit_code == 0
    assert json.loads((out / "asked.json").read_text()) == {
        "data": "corpus",
        "data_dir": None,
        "settings": {"epochs": 30, "rate": 0.5},
        "threads": None,
        "deterministic": False,
    }
    assert str(out / "model") in result.stdout


def test_everything_given(zoo, recipes, tmp_path):
    out = tmp_path / "run"
    result = zoo(
        *("train", "toy", "--out", out, "--data", "a.tsv", "--data-dir", tmp_path),
        *("--set", "epochs=2", "--set", "rate=1e-3", "--threads", 1),
        "--deterministic",
    )
    assert result.exit_code == 0
    assert json.loads((out / "asked.json").read_text()) == {
        "data": "a.tsv",
        "data_dir": str(tmp_path),
        "settings": {"epochs": 2, "rate": 1e-3},
        "threads": 1,
        "deterministic": True,
    }


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["toi", "--out", "x"], ExitCode.MODEL, "Did you mean 'toy'"),
        (["toy"], ExitCode.USAGE, "say where the run goes"),
        (["--out", "x"], ExitCode.USAGE, "a recipe is missing"),
        (["toy", "--out", "x", "--set", "epoch=1"], ExitCode.USAGE, "mean 'epochs'"),
        (["toy", "--out", "x", "--set", "rate=fast"], ExitCode.USAGE, "type float"),
        (["toy", "--out", "x", "--set", "rate=-1"], ExitCode.FAILURE, "became nan"),
        (["toy", "--out", "x", "--threads", "0"], ExitCode.USAGE, "--threads"),
    ],
)
def test_refusals(zoo, recipes, tmp_path, monkeypatch, arguments, code, message):
    monkeypatch.chdir(tmp_path)
    result = zoo("train", *arguments)
    assert result.exit_code == code
    assert message in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "x").exists()


def test_out_that_is_a_file(zoo, recipes, tmp_path):
    (tmp_path / "run").write_text("mine")
    result = zoo("train", "toy", "--out", tmp_path / "run")
    assert result.exit_code == ExitCode.OUTPUT
    assert (tmp_path / "run").read_text() == "mine"


def test_list(zoo, recipes):
    header, row = zoo("train", "--list").stdout.splitlines()
    assert row.split(maxsplit=1) == ["toy", "notes what it was asked for."]


def test_list_of_settings(zoo, recipes):
    result = zoo("train", "toy", "--list")
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines == [
        ["SETTING", "TYPE", "DEFAULT"],
        ["epochs", "int", "30"],
        ["rate", "float", "0.5"],
    ]


def test_shipped_recipes_are_listed(zoo):
    lines = zoo("train", "--list").stdout.splitlines()[1:]
    assert [line.split()[0] for line in lines] == sorted(
        path.stem for path in catalog.resource("training", "recipes").glob("*.py")
    )
    assert "bahdanau_nmt" in {line.split()[0] for line in lines}
