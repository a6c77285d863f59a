import dataclasses
import importlib.util
import json
import re

import pytest

import zoo
from zoo import catalog

RECIPES = sorted(catalog.resource("training", "recipes").glob("*.py"))

# The recipe's model, small: two steps an epoch on the drawn corpus below.
TINY = {
    "bahdanau_nmt": {
        "vocabulary_size": 60,
        "embedding_dim": 8,
        "encoder_units": 8,
        "decoder_units": 8,
        "epochs": 2,
        "batch_size": 4,
    }
}
# Training loss of both epochs and validation loss of the second.
LOSSES = {"bahdanau_nmt": (4.989, 4.747, 4.348)}


def _load(path):
    spec = importlib.util.spec_from_file_location(f"recipe_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    animals = {"dog": "Hund", "cat": "Kater", "horse": "Esel", "bird": "Spatz"}
    doings = {"runs": "läuft", "sleeps": "schläft"}
    lines = [
        f"A {animal} {doing}.\tEin {tier} {tut}.\n"
        for animal, tier in animals.items()
        for doing, tut in doings.items()
    ]
    for split in ("train", "validation"):
        (folder / f"{split}.tsv").write_text("".join(lines), encoding="utf-8")
    return folder


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_header_says_what_one_must_know(path):
    header = _load(path).__doc__
    for word in ("Paper", "Command", "Cost", "Score"):
        assert re.search(rf"^{word} ", header, re.MULTILINE), word
    assert f"zoo train {path.stem} --data" in header


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_trains_to_the_pinned_loss_and_writes_a_model(path, corpus, tmp_path):
    recipe = _load(path)
    settings = dataclasses.replace(recipe.Settings(), **TINY[path.stem])
    _, history = recipe.train(tmp_path, data=str(corpus), settings=settings)
    found = (*(e["loss"] for e in history), history[-1]["validation_loss"])
    assert found == pytest.approx(LOSSES[path.stem], abs=2e-3)

    card = zoo.Card.read(tmp_path / "model")
    assert card.name == path.stem and card.recipe == f"training/recipes/{path.name}"
    assert card.data[0].splits == {"train": 8, "validation": 8}
    model = zoo.load(tmp_path / "model")
    assert model.count_params() == card.parameters
    assert model.translate("A dog runs.")[0].tokens

    again, same = recipe.train(tmp_path, data=str(corpus), settings=settings)
    assert same == json.loads(json.dumps(history))
    other = dataclasses.replace(settings, seed=settings.seed + 1)
    with pytest.raises(ValueError, match="other settings: seed"):
        recipe.train(tmp_path, data=str(corpus), settings=other)
