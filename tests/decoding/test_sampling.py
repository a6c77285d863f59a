import keras
import numpy as np
import pytest
from keras import ops

from zoo.decoding import sample

PROBABILITIES = np.array([0.02, 0.08, 0.3, 0.1, 0.4, 0.06, 0.04])


def one_letter(toys, probabilities, count, **options):
    """Draws `count` outputs of one letter each from the same odds."""
    model = toys.Table(seed=0, vocabulary=len(probabilities))
    model.memory["bias"][:] = 0.0
    with np.errstate(divide="ignore"):
        model.table[:] = np.log(probabilities)
    result = toys.search(
        sample, model, max_length=1, num_samples=count, **{"seed": 1, **options}
    )
    return result["token_ids"][0, :, 0], result["log_probabilities"][0]


def softened(probabilities, temperature):
    powers = probabilities ** (1 / temperature)
    return powers / powers.sum()


def cut(probabilities, kept):
    left = np.where(np.isin(np.arange(len(probabilities)), kept), probabilities, 0.0)
    return left / left.sum()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, PROBABILITIES),
        ({"temperature": 2.0}, softened(PROBABILITIES, 2.0)),
        ({"temperature": 0.5}, softened(PROBABILITIES, 0.5)),
        ({"top_k": 3}, cut(PROBABILITIES, [4, 2, 3])),
        ({"top_k": 100}, PROBABILITIES),
        # 0.4 + 0.3 do not reach 0.75, 0.4 + 0.3 + 0.1 do.
        ({"top_p": 0.75}, cut(PROBABILITIES, [4, 2, 3])),
        ({"top_p": 0.39}, cut(PROBABILITIES, [4])),
        ({"top_p": 1.0}, PROBABILITIES),
        # Of 0.4 / 0.8, 0.3 / 0.8 and 0.1 / 0.8, the first two reach 0.85.
        ({"top_k": 3, "top_p": 0.85}, cut(PROBABILITIES, [4, 2])),
        # Halving the temperature makes 0.4 and 0.3 reach 0.85.
        (
            {"temperature": 0.5, "top_p": 0.85},
            cut(softened(PROBABILITIES, 0.5), [4, 2]),
        ),
    ],
)
def test_frequencies_are_the_odds(toys, options, expected):
    count = 20_000
    letters, log_probabilities = one_letter(toys, PROBABILITIES, count, **options)
    frequencies = np.bincount(letters, minlength=len(expected)) / count
    assert not frequencies[expected == 0].any()
    errors = np.sqrt(expected * (1 - expected) / count)
    assert (np.abs(frequencies - expected) <= 4 * errors + 1e-5).all()
    # The model's own odds, whatever was cut off.
    np.testing.assert_allclose(
        log_probabilities, np.log(PROBABILITIES)[letters], atol=1e-5
    )


def test_impossible_letters_are_never_drawn(toys):
    probabilities = np.array([0.0, 0.5, 0.0, 0.25, 0.0, 0.25, 0.0])
    letters, _ = one_letter(toys, probabilities, 20_000)
    assert set(letters) == {1, 3, 5}


def test_later_letters_are_drawn_given_the_earlier(toys):
    model = toys.Table(seed=6, batch=2, vocabulary=4, scale=1.0)
    count = 20_000
    result = toys.search(sample, model, max_length=3, num_samples=count, seed=3)
    for sentence in range(2):
        outputs = toys.hypotheses(result, sentence)
        for total, tokens in toys.every_output(model, sentence, limit=3):
            expected = np.exp(total)
            error = np.sqrt(expected * (1 - expected) / count)
            assert abs(outputs.count(tokens) / count - expected) <= 4.5 * error
            if tokens in outputs:
                place = outputs.index(tokens)
                for name in ("log_probabilities", "scores"):
                    found = result[name][sentence, place]
                    np.testing.assert_allclose(found, total, atol=1e-5)
                finished = result["finished"][sentence, place]
                assert finished == (tokens[-1] == toys.END)


def test_a_seed_repeats_its_draws(toys):
    def draw(seed):
        return one_letter(toys, PROBABILITIES, 200, seed=seed)[0].tolist()

    assert draw(5) == draw(5) != draw(6)
    first, again = keras.random.SeedGenerator(5), keras.random.SeedGenerator(5)
    draws = [draw(first), draw(first)]
    assert draws[0] != draws[1]
    assert draws == [draw(again), draw(again)]


def test_equal_sentences_draw_independently(toys):
    model = toys.Table(seed=6, vocabulary=6, scale=0.3)
    model.memory["bias"] = np.repeat(model.memory["bias"], 2, axis=0)
    model.state["previous"] = np.repeat(model.state["previous"], 2, axis=0)
    result = toys.search(sample, model, max_length=6, num_samples=20, seed=3)
    first, second = (toys.hypotheses(result, sentence) for sentence in range(2))
    assert sum(a == b for a, b in zip(first, second, strict=True)) < 15


def test_returns_the_alignments_of_every_sample(toys):
    model = toys.Reader(seed=2, batch=2, lengths=[5, 3], vocabulary=6)
    result = toys.search(
        sample,
        model,
        max_length=6,
        limits=np.array([6, 2]),
        num_samples=5,
        seed=1,
        return_alignments=True,
    )
    for sentence in range(2):
        for place, tokens in enumerate(toys.hypotheses(result, sentence)):
            total, alignments = toys.rescore(model, sentence, tokens)
            found = result["log_probabilities"][sentence, place]
            np.testing.assert_allclose(found, total, atol=1e-5)
            rows = result["alignments"][sentence, place]
            np.testing.assert_allclose(rows[: len(tokens)], alignments, atol=1e-5)
            assert not rows[len(tokens) :].any()
    assert result["lengths"][1].max() <= 2 < result["lengths"][0].max()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_samples": 0}, "`num_samples` must be an integer of at least 1, got 0"),
        ({"temperature": 0.0}, "`temperature` must be above 0, got 0.0.*greedy_search"),
        ({"temperature": -1}, "`temperature` must be above 0, got -1"),
        ({"top_k": 0}, "`top_k` must be an integer of at least 1, got 0"),
        ({"top_p": 0.0}, "`top_p` must be above 0 and at most 1, got 0.0"),
        ({"top_p": 1.5}, "`top_p` must be above 0 and at most 1, got 1.5"),
    ],
)
def test_refuses(toys, options, message):
    model = toys.Table(seed=0)
    with pytest.raises(ValueError, match=message):
        sample(
            model.step,
            model.state,
            model.memory,
            **toys.TOKENS,
            max_length=4,
            **options,
        )


def test_half_precision_logits_are_drawn_from_in_float32(toys):
    def step(tokens, state, memory):
        return ops.zeros((*tokens.shape, 3000), dtype="bfloat16"), state, None

    result = sample(
        step,
        (),
        ops.zeros((1, 1)),
        **toys.TOKENS,
        max_length=1,
        num_samples=500,
        seed=0,
    )
    found = ops.convert_to_numpy(result["log_probabilities"])
    np.testing.assert_allclose(found, -np.log(3000), rtol=1e-6)
    # In bfloat16 cumulative odds stop growing long before the last letters.
    assert ops.convert_to_numpy(result["token_ids"]).max() > 2900
