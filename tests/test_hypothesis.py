import dataclasses
import json

import numpy as np
import pytest

from zoo.hypothesis import Hypothesis


@pytest.fixture
def hypothesis():
    return Hypothesis(
        text="Ein Hund.",
        tokens=["▁Ein", "▁Hund", ".", "</s>"],
        token_ids=[5, 6, 7, 2],
        log_probability=-1.5,
        score=-1.0,
        alignment=np.full((4, 2), 0.5, "float32"),
        source_tokens=["▁Dog", "</s>"],
    )


def test_is_ready_for_json(hypothesis):
    values = json.loads(json.dumps(hypothesis.to_dict()))
    assert values == {
        "text": "Ein Hund.",
        "tokens": ["▁Ein", "▁Hund", ".", "</s>"],
        "token_ids": [5, 6, 7, 2],
        "log_probability": -1.5,
        "score": -1.0,
        "alignment": [[0.5, 0.5]] * 4,
        "source_tokens": ["▁Dog", "</s>"],
    }
    without = dataclasses.replace(hypothesis, alignment=None)
    assert json.loads(json.dumps(without.to_dict()))["alignment"] is None


def test_stands_fast(hypothesis):
    with pytest.raises(dataclasses.FrozenInstanceError):
        hypothesis.text = "Eine Katze."


def test_compares_all_but_the_alignment(hypothesis):
    assert hypothesis == dataclasses.replace(hypothesis, alignment=np.zeros((4, 2)))
    assert hypothesis != dataclasses.replace(hypothesis, score=-2.0)


def test_empty_slots_of_a_search_are_left_out():
    class Pieces:
        def tokens(self, ids):
            return [f"t{index}" for index in ids]

        def decode(self, ids):
            return " ".join(map(str, ids))

    found = {
        "token_ids": np.array([[7, 2, 0], [0, 0, 0]]),
        "lengths": np.array([2, 0]),
        "log_probabilities": np.array([-1.0, -np.inf]),
        "scores": np.array([-0.5, -np.inf]),
    }
    (only,) = Hypothesis.from_search(found, [5, 2], Pieces())
    assert only.tokens == ["t7", "t2"] and only.source_tokens == ["t5", "t2"]
    assert (only.log_probability, only.score, only.alignment) == (-1.0, -0.5, None)
