import subprocess
import sys

import pytest

from zoo.device import Translator

TEXTS = ["A man rides a bicycle.", "Ein Hund", "A dog runs on the beach.", "s"]
LONG = "A dog runs on the beach. " * 9

STRANGER = """
import sys

# An import of any of these fails.
sys.modules.update(dict.fromkeys({blocked!r}))
import zoo.device

translator = zoo.device.Translator({path!r})
for (best,) in translator.translate({texts!r}):
    print(best.text)
"""


@pytest.fixture(scope="module")
def translator(lively_tflite):
    return Translator(lively_tflite)


def test_it_needs_neither_tensorflow_nor_keras(translator, lively_tflite):
    blocked = ("tensorflow", "keras", "keras_hub", "tensorflow_text", "matplotlib")
    code = STRANGER.format(blocked=blocked, path=str(lively_tflite), texts=TEXTS)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split("\n")[:-1] == [
        one[0].text for one in translator.translate(TEXTS)
    ]


@pytest.mark.parametrize("beam_size", [1, 2, 3])
def test_the_search_on_the_host_is_that_of_keras(
    lively_translator, translator, beam_size
):
    expected = lively_translator.translate(
        TEXTS, beam_size=beam_size, n_best=beam_size, return_alignments=True
    )
    found = translator.translate(
        TEXTS, beam_size=beam_size, n_best=beam_size, return_alignments=True
    )
    for one, other in zip(found, expected, strict=True):
        assert [h.token_ids for h in one] == [h.token_ids for h in other]
        for mine, theirs in zip(one, other, strict=True):
            assert mine.score == pytest.approx(theirs.score, abs=1e-4)
            assert mine.log_probability == pytest.approx(
                theirs.log_probability, abs=1e-4
            )
            assert mine.alignment == pytest.approx(theirs.alignment, abs=1e-5)


def test_hypotheses(translator):
    first, second = translator.translate("Ein Hund", n_best=2)
    assert first.score >= second.score
    assert first.alignment is None
    assert len(first.tokens) == len(first.token_ids)
    assert first.source_tokens[-1] == "</s>"
    (aligned,) = translator.translate("Ein Hund", return_alignments=True)
    assert aligned.token_ids == first.token_ids
    assert aligned.alignment.shape == (len(first.tokens), len(first.source_tokens))
    assert aligned.alignment.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_a_text_alone_and_in_a_list(translator):
    assert translator.translate("Ein Hund") == translator.translate(["Ein Hund"])[0]
    assert translator.translate([]) == []


@pytest.mark.parametrize("blank", ["", "   ", "\n"])
def test_blank_texts(translator, blank):
    (first,), (second,) = translator.translate([blank, "Ein Hund"], beam_size=1)
    assert first.text == "" and first.tokens == [] and first.score == 0
    assert second.tokens


def test_a_text_that_is_too_long(translator):
    with pytest.raises(ValueError, match="Text 1 has .* pieces, the model reads"):
        translator.translate(["Ein Hund", LONG])
    (cut,) = translator.translate([LONG], truncate=True)[0]
    assert len(cut.source_tokens) == translator.max_source_length == 32
    assert cut.source_tokens[-1] == "</s>"


def test_no_string(translator):
    with pytest.raises(TypeError, match="strings, got bytes b'Hund' as text 1"):
        translator.translate(["Ein", b"Hund"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"beam_size": 5}, "a beam of 1 to 4 hypotheses, .* got 5"),
        ({"beam_size": 0}, "a beam of 1 to 4 hypotheses, .* got 0"),
        ({"n_best": 5}, "A beam of 4 holds no 5 hypotheses"),
        ({"beam_size": 2, "n_best": 3}, "A beam of 2 holds no 3 hypotheses"),
    ],
)
def test_a_beam_that_the_file_has_not(translator, arguments, message):
    with pytest.raises(ValueError, match=message):
        translator.translate(["Ein Hund"], **arguments)


def test_card_and_limits(translator):
    assert translator.card.name == "lively"
    assert translator.card.languages == ["en", "de"]
    assert translator.max_target_length == 24


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere.tflite"):
        Translator(tmp_path / "nowhere.tflite")


def test_a_file_of_something_else(tmp_path):
    path = tmp_path / "notes.tflite"
    path.write_text("Notes on attention")
    with pytest.raises(ValueError, match="notes.tflite is no .tflite file"):
        Translator(path)
