import json
import pathlib

import pytest

from zoo import catalog
from zoo.card import Card

CONFIG = {
    "task.json": {
        "registered_name": "nobody>Registered",
        "config": {"preprocessor": {"config": {"tokenizer": {"config": {}}}}},
    },
    "config.json": {},
}


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A place with two models in it, where the library looks for its own."""
    models = tmp_path / "saved_models"
    monkeypatch.setattr(catalog, "_saved_models", lambda: models)
    (models / "no_model").mkdir(parents=True)
    for name in ("luong_nmt", "bahdanau_nmt"):
        preset(models / name)
        Card(name=name, task="translation").write(models / name)
    return models


def preset(path, tokenizer=True):
    path.mkdir(parents=True)
    for file, values in CONFIG.items():
        (path / file).write_text(json.dumps(values))
    (path / "model.weights.h5").write_bytes(b"weights")
    if tokenizer:
        (path / "assets" / "tokenizer").mkdir(parents=True)
        (path / "assets" / "tokenizer" / "vocabulary.spm").write_bytes(b"pieces")
    return path


def test_names_are_those_of_folders_with_a_card(shipped):
    assert catalog.list_models() == ["bahdanau_nmt", "luong_nmt"]


def test_folder_of_a_name(shipped):
    assert catalog.folder("luong_nmt") == shipped / "luong_nmt"


@pytest.mark.parametrize("kind", [str, pathlib.Path])
def test_folder_of_a_path(shipped, tmp_path, kind):
    path = preset(tmp_path / "mine")
    assert catalog.folder(kind(path)) == path


def test_unknown_name_teaches_the_near_ones(shipped):
    with pytest.raises(ValueError) as error:
        catalog.folder("bahdanau_mnt")
    assert "'bahdanau_mnt'" in str(error.value)
    assert "Did you mean 'bahdanau_nmt'" in str(error.value)
    assert "luong_nmt" in str(error.value)


def test_folder_that_holds_no_model(shipped, tmp_path):
    with pytest.raises(ValueError, match="has no config.json"):
        catalog.folder(tmp_path)


def test_name_of_another_type(shipped):
    with pytest.raises(TypeError, match="Received: 3 of type int"):
        catalog.folder(3)


def test_load_checks_the_files_first(shipped):
    path = shipped / "bahdanau_nmt"
    card = Card.read(path)
    card.record_files(path)
    card.write(path)
    (path / "model.weights.h5").write_bytes(b"w")
    with pytest.raises(ValueError, match="weights.h5 is damaged"):
        catalog.load("bahdanau_nmt")


def test_load_without_tokenizer(shipped, tmp_path):
    path = preset(tmp_path / "mine", tokenizer=False)
    with pytest.raises(ValueError, match="mine has no tokenizer"):
        catalog.load(path)


def test_load_of_a_backbone_alone(shipped, tmp_path):
    path = preset(tmp_path / "mine")
    (path / "task.json").unlink()
    with pytest.raises(ValueError, match="no task.json. Save the model itself"):
        catalog.load(path)


def test_load_of_an_unknown_class(shipped, tmp_path):
    path = preset(tmp_path / "mine")
    with pytest.raises(ValueError, match="nobody>Registered.*not registered"):
        catalog.load(path)


@pytest.mark.parametrize(
    "parts", [("saved_models",), ("training", "recipes"), ("datasets",)]
)
def test_resources_are_there(parts):
    assert catalog.resource(*parts).is_dir()
