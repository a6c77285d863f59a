import json
import shutil

import pytest

from zoo.cli.benchmark import Configuration, _settings
from zoo.cli.errors import ExitCode
from zoo.evaluate.jobs import Sizes, TrainingSettings


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "test.tsv"
    path.write_text("A dog.\tEin Hund.\nA man rides.\tEin Mann.\n", "utf-8")
    return path


def test_start_up(zoo, shipped, pairs, tmp_path):
    out = tmp_path / "speed.json"
    arguments = ("benchmark", shipped, "--data", pairs, "--only", "start_up")
    result = zoo(*arguments, "--repeats", 1, "--limit", 1, "--json", out)
    assert result.exit_code == 0, result.stderr
    assert "[1/1] start-up" in result.stderr
    header, line = result.stdout.splitlines()
    assert header.startswith("SYSTEM") and line.startswith("attention-zoo")
    found = json.loads(out.read_text("utf-8"))
    assert found["data"]["test"]["sentences"] == 1
    assert found["measurements"][0]["measurement"] == "start_up"
    assert zoo(*arguments, "--json", out).exit_code == ExitCode.OUTPUT


def test_training_is_that_of_the_recipe(tiny_preset, tmp_path):
    from zoo.card import Card
    from zoo.cli.train import load_recipe

    folder = tmp_path / "trained"
    shutil.copytree(tiny_preset, folder)
    assert _settings(folder, Configuration.RECIPE) == TrainingSettings()
    card = Card.read(folder)
    card.recipe = "training/recipes/bahdanau_nmt.py"
    card.write(folder)
    settings = _settings(folder, Configuration.RECIPE)
    recipe = load_recipe("bahdanau_nmt").Settings()
    assert settings.batch_size == recipe.batch_size
    assert settings.consistency == recipe.consistency
    assert settings.average_momentum == recipe.average_momentum
    assert _settings(folder, Configuration.PEERS) == TrainingSettings()
    assert _settings(Sizes(), Configuration.PEERS) == TrainingSettings()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--only", "decoding"], ExitCode.USAGE, "some of training,keras"),
        (["--peers", "marian"], ExitCode.USAGE, "name the folder"),
        (["tiny_nnt"], ExitCode.MODEL, "Did you mean 'tiny_nmt'"),
        (["tiny_nmt", "--data", "nowhere.tsv"], ExitCode.INPUT, "nowhere.tsv"),
        (["tiny_nmt", "--peers", "marian"], ExitCode.USAGE, "leave it out"),
    ],
)
def test_refusals(zoo, shipped, pairs, arguments, code, message):
    result = zoo("benchmark", "--data", pairs, *arguments)
    assert result.exit_code == code
    assert message in " ".join(result.stderr.split())
