import json
import subprocess
import sys

import pytest

from zoo.card import Card
from zoo.export.parity import check_parity
from zoo.export.saved_translator import SavedTranslator

TEXTS = ["A man rides a bicycle.", "", "Ein Hund", "  ", "A dog runs on the beach."]

# What a process without this project does. TensorFlow Text itself imports Keras.
STRANGER = """
import json, sys

sys.modules.update(dict.fromkeys(["zoo", "keras_hub", "sentencepiece"]))
import tensorflow as tf
import tensorflow_text

loaded = tf.saved_model.load(sys.argv[1])
texts = tf.constant(json.loads(sys.argv[2]))
best = loaded.signatures["serving_default"](texts=texts)
n_best = loaded.signatures["n_best"](texts=texts)
try:
    loaded.signatures["serving_default"](texts=tf.constant(["A " * 90]))
except tf.errors.InvalidArgumentError as error:
    refusal = str(error)
decode = lambda strings: [s.decode() for s in strings.numpy().ravel()]
print(json.dumps({
    "best": decode(best["texts"]),
    "scores": best["scores"].numpy().tolist(),
    "n_best": decode(n_best["texts"]),
    "shapes": {name: list(values.shape) for name, values in n_best.items()},
    "empty": list(loaded.signatures["n_best"](texts=texts[:0])["texts"].shape),
    "refusal": refusal,
}))
"""


@pytest.fixture(scope="module")
def folder(lively_translator, tmp_path_factory):
    path = tmp_path_factory.mktemp("exports") / "saved"
    card = Card(name="lively", task="translation")
    lively_translator.export(path, beam_size=4, n_best=2, card=card)
    return path


def test_outputs_are_those_of_keras(lively_translator, folder):
    expected = lively_translator.translate(
        TEXTS, beam_size=4, n_best=2, return_alignments=True
    )
    translator = SavedTranslator(folder)
    found = translator.translate(TEXTS, n_best=2, return_alignments=True, batch_size=2)
    single = translator.translate(TEXTS)
    for one, other, (best,) in zip(found, expected, single, strict=True):
        assert [h.to_dict()["tokens"] for h in one] == [h.tokens for h in other]
        assert [h.text for h in one] == [h.text for h in other]
        assert best.tokens == other[0].tokens
        for mine, theirs in zip(one, other, strict=True):
            assert mine.score == pytest.approx(theirs.score, abs=1e-4)
            assert mine.alignment == pytest.approx(theirs.alignment, abs=1e-5)
    assert check_parity(lively_translator, folder, TEXTS).equal == len(TEXTS)


def test_it_runs_without_this_project(lively_translator, folder, tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", STRANGER, str(folder), json.dumps(TEXTS)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    expected = lively_translator.translate(TEXTS, beam_size=4, n_best=2)
    assert found["best"] == [one[0].text for one in expected]
    assert found["best"][1] == found["best"][3] == ""
    assert found["scores"] == pytest.approx(
        [one[0].score for one in expected], abs=1e-4
    )
    assert found["n_best"][::2] == found["best"]
    assert found["shapes"]["alignments"][:3] == [5, 2, 24]
    assert found["shapes"]["token_ids"] == [5, 2, 24]
    assert found["empty"] == [0, 2]
    assert "A text is too long for this model" in found["refusal"]


def test_what_the_folder_says_of_itself(folder):
    translator = SavedTranslator(folder)
    assert translator.card.name == "lively"
    assert translator.interface["beam_size"] == 4
    assert translator.interface["max_source_length"] == 32


def test_bad_input(folder):
    translator = SavedTranslator(folder)
    with pytest.raises(ValueError, match="Text 1 has .* reads at most 32"):
        translator.translate(["A man.", "A dog runs on the beach. " * 9])
    with pytest.raises(TypeError, match="got NoneType None as text 0"):
        translator.translate([None])
    with pytest.raises(ValueError, match="Expected 1 to 2 hypotheses.* got 3"):
        translator.translate(["A man."], n_best=3)


def test_a_folder_of_something_else(tmp_path):
    with pytest.raises(ValueError, match="is no SavedModel of the zoo"):
        SavedTranslator(tmp_path)


def test_an_existing_folder_is_kept(lively_translator, tmp_path):
    path = tmp_path / "saved"
    path.mkdir()
    (path / "mine").write_text("mine")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        lively_translator.export(path)
    assert (path / "mine").read_text() == "mine"


def test_nothing_is_left_of_a_failure(lively_translator, tmp_path):
    with pytest.raises(ValueError, match="holds no 3 hypotheses"):
        lively_translator.export(tmp_path / "saved", beam_size=2, n_best=3)
    assert list(tmp_path.iterdir()) == []
