import numpy as np
import pytest

from zoo.export.parity import check_parity, compare, default_texts
from zoo.hypothesis import Hypothesis
from zoo.models import RecurrentTranslator, RecurrentTranslatorBackbone


def _hypothesis(ids, score):
    return Hypothesis(" ".join(map(str, ids)), [], ids, score, score, None, [])


def test_verdicts():
    expected = [
        [_hypothesis([5, 2], -1.0), _hypothesis([6, 2], -1.5)],
        [_hypothesis([5, 2], -1.0), _hypothesis([6, 2], -1.00005)],
        [_hypothesis([5, 2], -1.0), _hypothesis([6, 2], -1.5)],
        [_hypothesis([5, 2], -1.0)],
    ]
    found = [
        [_hypothesis([5, 2], -1.001), _hypothesis([6, 2], -1.5)],
        [_hypothesis([6, 2], -1.0), _hypothesis([5, 2], -1.00005)],
        [_hypothesis([5, 2], -1.0), _hypothesis([7, 2], -1.4)],
        [],
    ]
    texts = ["equal", "tied", "different", "fewer"]
    report = compare(texts[:3], expected[:3], found[:3])
    assert (report.equal, report.tied, report.different) == (1, 1, 1)
    assert report.largest_score_difference == pytest.approx(0.001)
    assert report.example == ("different", "5 2", "5 2")
    assert compare(["a", "b"], expected[:2], found[:2]).example is None


def test_empty_slots_are_equal():
    nothing = [[_hypothesis([], -np.inf)]]
    report = compare(["text"], nothing, nothing)
    assert report.equal == 1
    assert report.largest_score_difference == 0


def test_the_right_file_passes(lively_translator, lively_tflite):
    report = check_parity(lively_translator, lively_tflite, ["A man.", "A dog.", ""])
    assert report.texts == report.equal == 3
    assert report.largest_score_difference < 1e-4


def test_another_model_does_not(lively_translator, lively_tflite):
    again = RecurrentTranslator(
        RecurrentTranslatorBackbone.from_config(
            lively_translator.backbone.get_config()
        ),
        lively_translator.preprocessor,
    )
    again.set_weights([0.9 * w for w in lively_translator.get_weights()])
    with pytest.raises(ValueError, match="of 2 texts differ between Keras and"):
        check_parity(again, lively_tflite, ["A man.", "A dog runs on the beach."])


def test_default_texts_fill_the_source(lively_translator):
    preprocessor = lively_translator.preprocessor
    texts = default_texts(preprocessor, {"max_source_length": 20})
    lengths = [len(row) for row in preprocessor.source_rows(texts)]
    assert len(texts) == 8
    assert max(lengths) <= 20
    assert max(lengths) > 15
    assert min(lengths) < 6
