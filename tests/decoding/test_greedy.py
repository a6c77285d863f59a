import keras
import numpy as np
import pytest
from keras import ops

from zoo.decoding import greedy_search


def plain_greedy_search(toys, model, sentence, limit):
    tokens = []
    while len(tokens) < limit and toys.END not in tokens:
        history = [toys.TOKENS["start_token_id"], *tokens]
        tokens.append(int(np.argmax(model.oracle(sentence, history)[0])))
    return tokens


@pytest.mark.parametrize("kind", ["Table", "Reader"])
def test_takes_the_likeliest_token_and_reports_its_odds(toys, kind):
    limits = [8, 8, 3, 1, 8, 2, 8, 8]
    model = getattr(toys, kind)(seed=5, batch=8, vocabulary=5)
    aligned = kind == "Reader"
    result = toys.search(
        greedy_search,
        model,
        max_length=8,
        limits=np.array(limits),
        return_alignments=aligned,
    )
    for sentence, limit in enumerate(limits):
        expected = plain_greedy_search(toys, model, sentence, limit)
        assert toys.hypotheses(result, sentence) == [expected]
        assert not result["token_ids"][sentence, 0, len(expected) :].any()
        assert result["finished"][sentence, 0] == (expected[-1] == toys.END)
        total, alignments = toys.rescore(model, sentence, expected)
        for name in ("log_probabilities", "scores"):
            np.testing.assert_allclose(result[name][sentence, 0], total, atol=1e-5)
        if aligned:
            rows = result["alignments"][sentence, 0]
            np.testing.assert_allclose(rows[: len(expected)], alignments, atol=1e-5)
            assert not rows[len(expected) :].any()
    assert len(set(result["lengths"][:, 0].tolist())) > 2
    assert result["finished"].any() and not result["finished"].all()


def test_stops_with_the_last_sentence(toys):
    model = toys.Table(seed=7, batch=8, vocabulary=5)
    calls = []

    def step(*arguments):
        calls.append(1)
        return model.step(*arguments)

    limits = [3, 2, 4, 3, 4, 1, 2, 4]
    result = greedy_search(
        step, model.state, model.memory, **toys.TOKENS, max_length=40, limits=limits
    )
    assert len(calls) == ops.convert_to_numpy(result["lengths"]).max() <= 4


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_sums_up_half_precision_logits_in_float32(toys, dtype):
    model = toys.Reader(seed=1, vocabulary=1200)
    model.logits[:, toys.END] = 0.0

    def step(*arguments):
        logits, state, alignment = model.step(*arguments)
        return ops.cast(logits, dtype), state, alignment

    result = greedy_search(
        step, model.state, model.memory, **toys.TOKENS, max_length=20
    )
    assert keras.backend.standardize_dtype(result["scores"].dtype) == "float32"
    tokens = ops.convert_to_numpy(result["token_ids"])[0, 0].tolist()
    total = 0.0
    for place, token in enumerate(tokens):
        history = [toys.TOKENS["start_token_id"], *tokens[:place]]
        logits = ops.cast(model.oracle(0, history)[0], dtype)
        logits = ops.convert_to_numpy(ops.cast(logits, "float32"))
        total += toys.log_softmax(logits)[token]
    found = ops.convert_to_numpy(result["log_probabilities"])[0, 0]
    np.testing.assert_allclose(found, total, rtol=1e-6)
