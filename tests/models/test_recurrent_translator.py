import json
import os
import subprocess
import sys

import keras
import keras_hub
import numpy as np
import pytest
import tensorflow as tf

from zoo.models import (
    RecurrentTranslator,
    RecurrentTranslatorBackbone,
    RecurrentTranslatorPreprocessor,
)
from zoo.models.half_precision import save_half

TEXTS = ["A man rides a bicycle.", "Two women sit.", "A dog runs on the beach."]
PAIRS = (["A dog runs.", "Two women sit."], ["Ein Hund läuft.", "Zwei Frauen sitzen."])


def _teacher_forced(model, text, hypothesis):
    """Log-probability of a hypothesis by the model's own `call`."""
    tokenizer = model.preprocessor.tokenizer
    ids = [*tokenizer(text), tokenizer.end_token_id]
    target = [tokenizer.start_token_id, *hypothesis.token_ids]
    logits = model(
        {
            "encoder_token_ids": np.array([ids]),
            "encoder_padding_mask": np.ones((1, len(ids)), bool),
            "decoder_token_ids": np.array([target[:-1]]),
            "decoder_padding_mask": np.ones((1, len(target) - 1), bool),
        }
    )
    found = keras.ops.convert_to_numpy(keras.ops.log_softmax(logits))[0]
    return found[np.arange(len(target) - 1), target[1:]].sum()


def _copy(model):
    again = RecurrentTranslator(
        RecurrentTranslatorBackbone.from_config(model.backbone.get_config()),
        model.preprocessor,
    )
    again.set_weights(model.get_weights())
    return again


def _same(found, expected):
    assert [[h.tokens for h in one] for one in found] == [
        [h.tokens for h in one] for one in expected
    ]
    for one, other in zip(found, expected, strict=True):
        for mine, theirs in zip(one, other, strict=True):
            assert mine.score == pytest.approx(theirs.score, abs=1e-4)


def test_translate_gives_ranked_hypotheses(tiny_translator):
    results = tiny_translator.translate(
        TEXTS, beam_size=4, n_best=3, return_alignments=True
    )
    for text, hypotheses in zip(TEXTS, results, strict=True):
        scores = [h.score for h in hypotheses if h.tokens[-1] == "</s>"]
        assert scores == sorted(scores, reverse=True)
        assert len({tuple(h.token_ids) for h in hypotheses}) == 3
        for hypothesis in hypotheses:
            source = hypothesis.source_tokens
            assert "".join(source[:-1]).replace("▁", " ").strip() == text
            assert hypothesis.alignment.shape == (len(hypothesis.tokens), len(source))
            np.testing.assert_allclose(hypothesis.alignment.sum(1), 1, atol=1e-5)


@pytest.mark.parametrize("beam_size", [1, 4])
def test_reported_score_is_the_teacher_forced_log_probability(
    tiny_translator, beam_size
):
    results = tiny_translator.translate(TEXTS, beam_size=beam_size, length_penalty=0.7)
    for text, (hypothesis,) in zip(TEXTS, results, strict=True):
        expected = _teacher_forced(tiny_translator, text, hypothesis)
        assert hypothesis.log_probability == pytest.approx(expected, abs=1e-4)
        penalty = ((5 + len(hypothesis.tokens)) / 6) ** 0.7
        assert hypothesis.score == pytest.approx(expected / penalty, abs=1e-4)


def test_a_text_does_not_depend_on_its_neighbours(tiny_translator):
    together = tiny_translator.translate(TEXTS, beam_size=3, n_best=2)
    alone = [tiny_translator.translate(t, beam_size=3, n_best=2) for t in TEXTS]
    _same(together, alone)
    split = tiny_translator.translate(TEXTS, beam_size=3, n_best=2, batch_size=1)
    _same(split, alone)


def test_blank_texts_keep_their_place(tiny_translator):
    results = tiny_translator.translate(["", TEXTS[0], "  "])
    assert [len(one) for one in results] == [1, 1, 1]
    assert results[0][0].text == results[2][0].text == ""
    assert results[0][0].tokens == [] and results[1][0].tokens
    assert tiny_translator.translate([]) == []


def test_bad_texts_are_named(tiny_translator):
    with pytest.raises(TypeError, match="got int 3 as text 1"):
        tiny_translator.translate(["a", 3])
    long = "dog " * 40
    with pytest.raises(ValueError, match="Text 1 has .* at most 24: .*truncate=True"):
        tiny_translator.translate(["a", long])
    cut = tiny_translator.translate(["a", long], truncate=True)[1][0]
    assert len(cut.source_tokens) == 24


def test_samples_repeat_by_seed(tiny_translator):
    options = {"num_samples": 3, "temperature": 1.5, "max_length": 8}
    one, same, other = (
        tiny_translator.sample(TEXTS[0], seed=seed, **options) for seed in (1, 1, 2)
    )
    assert len(one) == 3
    assert [h.token_ids for h in one] == [h.token_ids for h in same]
    assert [h.token_ids for h in one] != [h.token_ids for h in other]


def test_generate_is_greedy_search(tiny_translator):
    generated = tiny_translator.generate(TEXTS, max_length=12)
    greedy = tiny_translator.translate(TEXTS, beam_size=1, max_length=11)
    assert generated == [one[0].text for one in greedy]
    assert tiny_translator.generate(TEXTS[0], max_length=12) == generated[0]


def test_generate_goes_on_from_a_prompt(tiny_translator):
    prompt = {"encoder_text": ["A dog runs."], "decoder_text": ["Ein Hund"]}
    (text,) = tiny_translator.generate(prompt, max_length=16)
    assert text.startswith("Ein Hund")


@pytest.mark.parametrize("form", ["pairs", "dict", "dataset"])
def test_fit_takes_raw_strings(tiny_translator, form):
    model = _copy(tiny_translator)
    model.compile(optimizer=keras.optimizers.Adam(0.01))
    data = {
        "pairs": PAIRS,
        "dict": ({"encoder_text": PAIRS[0], "decoder_text": PAIRS[1]},),
        "dataset": (tf.data.Dataset.from_tensor_slices(PAIRS).batch(2),),
    }[form]
    losses = model.fit(*data, epochs=8, verbose=0).history["loss"]
    assert losses[-1] < losses[0] - 0.05


def test_fit_changes_what_translate_finds(tiny_translator):
    model = _copy(tiny_translator)
    before = model.translate(TEXTS[0])[0].log_probability
    model.compile(optimizer=keras.optimizers.Adam(0.01))
    model.fit(*PAIRS, epochs=2, verbose=0)
    after = model.translate(TEXTS[0])[0]
    assert after.log_probability != before
    expected = _teacher_forced(model, TEXTS[0], after)
    assert after.log_probability == pytest.approx(expected, abs=1e-4)


def test_batches_are_padded_to_their_longest(tiny_translator):
    x, labels, weights = tiny_translator.preprocessor(*PAIRS)
    tokenizer = tiny_translator.preprocessor.tokenizer
    longest = max(len(tokenizer(text)) for text in PAIRS[1]) + 1
    assert labels.shape == weights.shape == (2, longest)
    assert (
        x["encoder_token_ids"].shape[1] == max(len(tokenizer(t)) for t in PAIRS[0]) + 1
    )


def test_sources_alone_are_refused_for_training(tiny_translator):
    with pytest.raises(ValueError, match=r"fit\(sources, targets\)"):
        tiny_translator.preprocessor(PAIRS[0])


def test_padding_a_source_changes_nothing(tiny_translator):
    x, _, _ = tiny_translator.preprocessor(*PAIRS)
    expected = tiny_translator(x)
    padded = {
        **x,
        "encoder_token_ids": np.pad(x["encoder_token_ids"], ((0, 0), (0, 10))),
        "encoder_padding_mask": np.pad(x["encoder_padding_mask"], ((0, 0), (0, 10))),
    }
    np.testing.assert_allclose(tiny_translator(padded), expected, atol=1e-5)


def test_saves_and_loads_everywhere(tiny_translator, tmp_path):
    expected = tiny_translator.translate(TEXTS, beam_size=2)
    preset = str(tmp_path / "preset")
    tiny_translator.save_to_preset(preset)
    _same(
        RecurrentTranslator.from_preset(preset).translate(TEXTS, beam_size=2), expected
    )
    task = keras_hub.models.Seq2SeqLM.from_preset(preset)
    assert isinstance(task, RecurrentTranslator)
    model = _copy(tiny_translator)
    model.compile(optimizer=keras.optimizers.SGD(0.25), sampler="top_p")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert float(loaded.optimizer.learning_rate) == 0.25
    assert isinstance(loaded.sampler, keras_hub.samplers.TopPSampler)
    _same(loaded.translate(TEXTS, beam_size=2), expected)


def test_half_precision_presets_are_half_as_large(tiny_translator, tmp_path):
    import h5py

    save_half(tiny_translator, tmp_path)
    kinds = set()
    with h5py.File(tmp_path / "model.weights.h5") as file:
        file.visititems(
            lambda _, item: kinds.add(item.dtype) if hasattr(item, "dtype") else None
        )
    assert kinds == {np.dtype("float16")}
    loaded = RecurrentTranslator.from_preset(str(tmp_path))
    assert loaded.backbone.compute_dtype == "float32"
    for mine, theirs in zip(loaded.weights, tiny_translator.weights, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-3)


def test_weights_too_large_for_half_precision_are_named(tiny_translator, tmp_path):
    model = _copy(tiny_translator)
    model.backbone.token_embedding.embeddings.assign_add(
        keras.ops.full(model.backbone.token_embedding.embeddings.shape, 1e6)
    )
    with pytest.raises(ValueError, match="token_embedding.* float16 ends at 65504"):
        save_half(model, tmp_path)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_trains_and_translates(tiny_translator, policy):
    backbone = RecurrentTranslatorBackbone.from_config(
        {**tiny_translator.backbone.get_config(), "dtype": policy}
    )
    model = RecurrentTranslator(backbone, tiny_translator.preprocessor)
    loss = model.fit(*PAIRS, verbose=0).history["loss"][0]
    assert np.isfinite(loss)
    hypothesis = model.translate(TEXTS[0], beam_size=2)[0]
    assert np.isfinite(hypothesis.score) and hypothesis.score < 0


def test_embedding_and_logits_share_their_weights(tiny_translator):
    shapes = [tuple(weight.shape) for weight in tiny_translator.weights]
    assert shapes.count((60, 8)) == 1 and (8, 60) not in shapes


@pytest.mark.parametrize("wiring", ["bahdanau", "conditional"])
@pytest.mark.parametrize("score", ["additive", "general", "dot", "scaled_dot"])
def test_configs_come_back(score, wiring):
    backbone = RecurrentTranslatorBackbone(
        12, 4, 2, 4, num_decoder_layers=2, cell="lstm", score=score, wiring=wiring
    )
    again = RecurrentTranslatorBackbone.from_config(backbone.get_config())
    assert again.get_config() == backbone.get_config()
    shapes = [weight.shape for weight in backbone.weights]
    assert [weight.shape for weight in again.weights] == shapes


JAX = """
import json, sys, keras, numpy as np
from zoo.models import RecurrentTranslator
assert keras.config.backend() == "jax"
model = RecurrentTranslator.from_preset(sys.argv[1])
texts, sources, targets = json.loads(sys.argv[2])
x, labels, weights = model.preprocessor(sources, targets)
logits = np.asarray(model({name: np.asarray(v) for name, v in x.items()}))
found = model.translate(texts, beam_size=3, return_alignments=True)
loss = model.fit(sources, targets, verbose=0).history["loss"]
json.dump({
    "logits": logits.tolist(),
    "hypotheses": [one[0].to_dict() for one in found],
    "loss": loss,
}, open(sys.argv[3], "w"))
"""


def test_jax_gives_the_same_numbers(tiny_translator, tmp_path):
    preset = str(tmp_path / "preset")
    tiny_translator.save_to_preset(preset)
    out = tmp_path / "jax.json"
    subprocess.run(
        [sys.executable, "-c", JAX, preset, json.dumps([TEXTS, *PAIRS]), str(out)],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        check=True,
    )
    found = json.loads(out.read_text())
    x, _, _ = tiny_translator.preprocessor(*PAIRS)
    np.testing.assert_allclose(found["logits"], tiny_translator(x), atol=1e-4)
    expected = tiny_translator.translate(TEXTS, beam_size=3, return_alignments=True)
    for mine, (theirs,) in zip(found["hypotheses"], expected, strict=True):
        assert mine["token_ids"] == theirs.token_ids
        assert mine["score"] == pytest.approx(theirs.score, abs=1e-4)
        np.testing.assert_allclose(mine["alignment"], theirs.alignment, atol=1e-4)
    assert np.isfinite(found["loss"]).all()


def test_limits_come_back(tiny_translator, tmp_path):
    tiny_translator.save_to_preset(str(tmp_path))
    again = RecurrentTranslatorPreprocessor.from_preset(str(tmp_path))
    assert (again.encoder_sequence_length, again.decoder_sequence_length) == (24, 20)
