"""Every model of the catalogue, tested by being there."""

import json
import subprocess
import sys

import numpy as np
import pytest

import zoo
from zoo import catalog

MODELS = zoo.list_models()
TRANSLATORS = [
    name for name in MODELS if zoo.Card.read(catalog.folder(name)).task == "translation"
]
TEXTS = [
    "A man is riding a bicycle down the street.",
    "Two dogs are playing in the snow.",
    "",
    "A group of people are standing in front of a large building.",
]


@pytest.fixture(scope="module", params=TRANSLATORS)
def shipped(request):
    return request.param, zoo.load(request.param)


def test_the_first_model_ships():
    assert "bahdanau_nmt" in MODELS


@pytest.mark.parametrize("name", MODELS)
def test_files_are_those_of_the_card(name):
    folder = catalog.folder(name)
    card = zoo.Card.read(folder)
    card.verify(folder)
    there = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert there == {*card.files, "card.json", "README.md"}
    assert card.terms and card.licence and card.limits and card.known_failures
    assert card.scores and card.data[0].files
    weights = card.files["model.weights.h5"].bytes
    assert weights < 16e6 and card.parameters <= 8e6


def test_translates_what_it_was_trained_for(shipped):
    name, model = shipped
    results = model.translate(TEXTS, return_alignments=True)
    words = results[1][0].text.lower()
    assert "zwei" in words and "hunde" in words and "schnee" in words
    assert results[2][0].text == ""
    best = results[0][0]
    # Each piece of "Mann" looks at the source's "man" more than at anything else.
    written = best.tokens.index("▁Mann")
    read = best.source_tokens.index("▁man")
    assert best.alignment[written].argmax() == read


def test_the_shipped_file_agrees_with_keras(shipped):
    name, model = shipped
    from zoo.device import Translator

    (path,) = catalog.folder(name).glob("*.tflite")
    translator = Translator(path)
    assert translator.card.name == name
    search = {
        key: translator.interface[key]
        for key in ("beam_size", "length_penalty", "coverage_penalty")
    }
    mine = model.translate(TEXTS, **search)
    theirs = translator.translate(TEXTS)
    equal = [a[0].text == b[0].text for a, b in zip(mine, theirs, strict=True)]
    # int8 may turn a close decision; it may not turn most of them.
    assert np.mean(equal) >= 0.75


@pytest.mark.parametrize("name", TRANSLATORS)
def test_the_command_line_needs_no_tensorflow(name):
    code = (
        "import sys; from zoo.cli import main; sys.argv[1:] = ['translate', '--json', "
        f"'--model', {name!r}, {TEXTS[1]!r}]\n"
        "try:\n    main()\nfinally:\n"
        "    assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    found = json.loads(done.stdout)
    assert "Hunde" in found["hypotheses"][0]["text"]
