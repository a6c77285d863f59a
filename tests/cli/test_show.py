import json

import pytest

from zoo.card import Card
from zoo.cli.errors import ExitCode


@pytest.mark.parametrize("by", ["name", "path"])
def test_card(zoo, shipped, by):
    result = zoo("show", "tiny_nmt" if by == "name" else shipped)
    assert result.exit_code == 0
    assert result.stdout.strip() == Card.read(shipped).to_markdown().strip()


def test_json(zoo, shipped):
    values = json.loads(zoo("show", "tiny_nmt", "--json").stdout)
    assert Card.from_dict(values) == Card.read(shipped)


def test_card_in_a_file(zoo, tiny_file):
    result = zoo("show", tiny_file)
    assert result.exit_code == 0
    assert "translation" in result.stdout


def test_unknown_model(zoo, shipped):
    result = zoo("show", "tiny_nnt")
    assert result.exit_code == ExitCode.MODEL
    assert "Did you mean 'tiny_nmt'" in result.stderr


def test_folder_without_card(zoo, shipped):
    (shipped / "card.json").unlink()
    result = zoo("show", shipped)
    assert result.exit_code == ExitCode.MODEL
    assert "no card.json" in result.stderr
