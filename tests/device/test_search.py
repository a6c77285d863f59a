import numpy as np
import pytest

from zoo.device.search import beam_search

SETTINGS = {"limit": 4, "length_penalty": 0.0, "coverage_penalty": 0.0}
# The letters' table of `zoo.decoding.beam_search`: greedy search takes 3 and can only
# go on to 4 or 5, a beam of two finds 6 and the end.
TABLE = np.log(
    1e-12
    + np.array(
        [[1.0] * 7, [0, 0, 0, 5, 0, 0, 4], [1] * 7, [0, 0, 0, 0, 1, 1, 0]]
        + [[0, 0, 1, 0, 0, 0, 0]] * 3
    )
)


def _step(last, slots):
    return TABLE[last], np.full((len(last), 3), 1 / 3)


def test_a_beam_finds_what_greedy_search_misses():
    greedy = beam_search(_step, beam_size=1, n_best=1, **SETTINGS)
    assert greedy["token_ids"].tolist() == [[3, 4, 2]]
    wide = beam_search(_step, beam_size=2, n_best=1, **SETTINGS)
    assert wide["token_ids"].tolist() == [[6, 2]]
    assert wide["log_probabilities"] == pytest.approx(np.log([4 / 9]))


def test_n_best_are_padded_and_ranked():
    found = beam_search(_step, beam_size=3, n_best=3, **SETTINGS)
    assert found["token_ids"].tolist() == [[6, 2, 0], [3, 4, 2], [3, 5, 2]]
    assert found["lengths"].tolist() == [2, 3, 3]
    assert found["scores"] == pytest.approx(np.log([4 / 9, 5 / 18, 5 / 18]))
    assert found["alignments"].shape == (3, 3, 3)
    np.testing.assert_array_equal(found["alignments"][0, 2], 0)


def test_penalties():
    found = beam_search(
        _step,
        beam_size=2,
        n_best=1,
        limit=4,
        length_penalty=1.0,
        coverage_penalty=0.5,
    )
    # The winner without penalties has two tokens with a third of the attention on
    # every source position; the third token covers them, and shares the cost.
    assert found["token_ids"].tolist() == [[3, 4, 2]]
    assert found["scores"] == pytest.approx([np.log(5 / 18) / (8 / 6)])
    (short,) = beam_search(
        _step,
        beam_size=2,
        n_best=1,
        limit=4,
        length_penalty=0.1,
        coverage_penalty=0.01,
    )["scores"]
    expected = np.log(4 / 9) / (7 / 6) ** 0.1 + 0.01 * 3 * np.log(2 / 3)
    assert short == pytest.approx(expected)


def test_the_limit_cuts_off():
    found = beam_search(_step, beam_size=1, n_best=1, **{**SETTINGS, "limit": 2})
    assert found["token_ids"].tolist() == [[3, 4]]


def test_the_step_is_told_where_hypotheses_stood():
    told = []

    def step(last, slots):
        told.append((list(last), list(slots)))
        return _step(last, slots)

    beam_search(step, beam_size=3, n_best=3, **SETTINGS)
    assert told[:2] == [([1], [0]), ([3, 6, 0], [0, 0, 0])]
    # 6 has ended: 4 and 5 both follow 3, which stood first.
    assert told[2] == ([4, 5], [0, 0])
