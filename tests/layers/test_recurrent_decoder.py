import numpy as np
import pytest

from zoo.layers import Attention, RecurrentDecoder, scores, wirings

VARIANTS = [
    {"wiring": "bahdanau"},
    {"wiring": "conditional", "layer_normalization": True},
    {"wiring": "bahdanau", "cell": "lstm", "num_layers": 2},
    {"wiring": "conditional", "cell": "lstm", "num_layers": 2, "readout_units": 5},
]


def _data(rng, batch=2, target=4, source=6):
    words = rng.normal(size=(batch, target, 3)).astype("float32")
    return words, rng.normal(size=(batch, source, 4)).astype("float32")


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("variant", VARIANTS)
def test_is_a_keras_layer(variant, check_layer, rng):
    decoder = RecurrentDecoder(4, attention=Attention(units=5), **variant)
    words, annotations = _data(rng)
    check_layer(
        decoder,
        words,
        annotations,
        shapes=[(2, 4, decoder.readout_units), (2, 4, 6)],
    )


@pytest.mark.parametrize("score", sorted(scores.SCORES))
@pytest.mark.parametrize("variant", VARIANTS)
def test_steps_equal_teacher_forcing(score, variant, rng):
    decoder = RecurrentDecoder(4, attention=Attention(score, units=4), **variant)
    words, annotations = _data(rng)
    mask = np.arange(6) < np.array([[6], [3]])
    readout, alignments = decoder(words, annotations, mask=mask)
    memory, state = decoder.start(annotations, mask)
    for position in range(words.shape[1]):
        word = words[:, position : position + 1]
        found, state, alignment = decoder.step(word, state, memory)
        np.testing.assert_allclose(found[:, 0], readout[:, position], atol=1e-5)
        np.testing.assert_allclose(alignment[:, 0], alignments[:, position], atol=1e-5)


def test_hypotheses_of_a_beam_share_the_memory(rng):
    decoder = RecurrentDecoder(4, wiring="conditional")
    words, annotations = _data(rng)
    decoder.build(words.shape, annotations.shape)
    memory, state = decoder.start(annotations)
    one, _, _ = decoder.step(words[:, :1], state, memory)
    two, _, _ = decoder.step(words[:, 1:2], state, memory)
    spread = {
        "cells": [[np.repeat(s, 2, axis=1) for s in layer] for layer in state["cells"]],
        "attention": state["attention"],
    }
    both, after, alignment = decoder.step(words[:, :2], spread, memory)
    np.testing.assert_allclose(both[:, :1], one, atol=1e-5)
    np.testing.assert_allclose(both[:, 1:], two, atol=1e-5)
    assert after["cells"][0][0].shape == (2, 2, 4) and alignment.shape == (2, 2, 6)


@pytest.mark.parametrize("variant", VARIANTS)
def test_padding_and_neighbours_change_nothing(variant, rng):
    decoder = RecurrentDecoder(4, **variant)
    words, annotations = _data(rng, batch=1)
    alone, alignment = decoder(words, annotations)
    long = 100 * np.ones((2, 16, 4), "float32")
    long[0, :6] = annotations[0]
    mask = np.arange(16) < np.array([[6], [16]])
    readout, alignments = decoder(np.repeat(words, 2, 0), long, mask=mask)
    np.testing.assert_allclose(readout[:1], alone, atol=1e-5)
    np.testing.assert_allclose(alignments[:1, :, :6], alignment, atol=1e-5)


def test_bahdanau_wiring_is_its_equations(rng):
    """A float64 transcription of the docstring's equations, one step from s_0."""
    decoder = RecurrentDecoder(4, attention=Attention(units=5), wiring="bahdanau")
    words, annotations = _data(rng, batch=1, target=1)
    readout, alignments = decoder(words, annotations)

    def dense(layer, x):
        bias = np.asarray(layer.bias) if layer.use_bias else 0
        return x @ np.asarray(layer.kernel, "float64") + bias

    h, word = annotations[0].astype("float64"), words[0, 0].astype("float64")
    s = np.tanh(dense(decoder.state_projections[0], h.mean(0)))
    score = decoder.attention.score_layer
    energies = dense(
        score.energy,
        np.tanh(dense(score.query_projection, s) + dense(score.memory_projection, h)),
    )[:, 0]
    weights = np.exp(energies) / np.exp(energies).sum()
    context = weights @ h
    wiring = decoder.wiring_layer
    x = dense(wiring.word_projection, word) + dense(wiring.context_projection, context)
    cell = wiring.cell_layer
    u = s @ np.asarray(cell.kernel, "float64") + np.asarray(cell.bias)
    z, r = _sigmoid(x[:4] + u[:4]), _sigmoid(x[4:8] + u[4:8])
    s = z * s + (1 - z) * np.tanh(x[8:] + r * u[8:])
    expected = np.tanh(
        dense(decoder.state_readout, s)
        + dense(decoder.context_readout, context)
        + dense(decoder.word_readout, word)
    )
    np.testing.assert_allclose(alignments[0, 0], weights, atol=1e-5)
    np.testing.assert_allclose(readout[0, 0], expected, atol=1e-5)


def test_conditional_wiring_attends_after_reading_the_word(rng):
    """Bahdanau's alignment cannot depend on the word just written; this one must."""
    words, annotations = _data(rng, batch=1, target=1)
    moved = {}
    for wiring in sorted(wirings.WIRINGS):
        decoder = RecurrentDecoder(4, wiring=wiring)
        _, first = decoder(words, annotations)
        _, second = decoder(-words, annotations)
        moved[wiring] = np.abs(np.asarray(first) - np.asarray(second)).max()
    assert moved["bahdanau"] == 0 and moved["conditional"] > 1e-4


def test_unknown_wiring_lists_what_exists():
    with pytest.raises(ValueError, match="Unknown wiring 'luongg'.*'bahdanau'"):
        RecurrentDecoder(4, wiring="luongg")
