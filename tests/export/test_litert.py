import json
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from zoo.card import Card
from zoo.device import Translator
from zoo.device.bundle import read_bundle
from zoo.export.litert import write_litert
from zoo.export.tflite_file import operator_names, parse
from zoo.models import (
    RecurrentTranslator,
    RecurrentTranslatorBackbone,
    RecurrentTranslatorPreprocessor,
)

TEXTS = [
    "A man rides a bicycle.",
    "Ein Hund",
    "A dog runs on the beach.",
    "s",
    "Two women sit on a snow bench.",
    "Eine Frau sitzt.",
]


def _same(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert [h.token_ids for h in one] == [h.token_ids for h in other]
        assert [h.text for h in one] == [h.text for h in other]
        for mine, theirs in zip(one, other, strict=True):
            assert mine.score == pytest.approx(theirs.score, abs=1e-4)
            assert mine.log_probability == pytest.approx(
                theirs.log_probability, abs=1e-4
            )
            assert mine.source_tokens == theirs.source_tokens
            np.testing.assert_allclose(mine.alignment, theirs.alignment, atol=1e-5)


def test_outputs_are_those_of_keras(lively_translator, lively_tflite):
    expected = lively_translator.translate(
        [*TEXTS, " "], beam_size=4, n_best=4, return_alignments=True
    )
    found = Translator(lively_tflite).translate(
        [*TEXTS, " "], n_best=4, return_alignments=True
    )
    _same(found, expected)
    # The sample is worth comparing: some outputs end, some are cut off.
    ends = {h.tokens[-1] == "</s>" for one in expected[:-1] for h in one}
    assert ends == {True, False}
    assert len({tuple(one[0].token_ids) for one in expected}) > 4


def test_operators_are_built_in(lively_tflite):
    file = parse(lively_tflite.read_bytes())
    builtin, custom = operator_names(file)
    assert custom == []
    assert "WHILE" in builtin
    # Variables convert, and fail when they run.
    assert not {"VAR_HANDLE", "READ_VARIABLE"} & set(builtin)


def test_shapes_are_static(lively_tflite):
    file = parse(lively_tflite.read_bytes())
    for subgraph in file.subgraphs:
        for tensor in subgraph.tensors:
            assert tensor.shapeSignature is None or -1 not in tensor.shapeSignature


def test_weights_are_stored_once(lively_translator, lively_tflite):
    file = parse(lively_tflite.read_bytes())
    stored = [bytes(b.data) for b in file.buffers if b.data is not None]
    matrices = [w.numpy() for w in lively_translator.weights if len(w.shape) == 2]
    matrices = [values for values in matrices if values.size >= 1024]
    assert len(matrices) > 10
    for values in matrices:
        forms = values.tobytes(), np.ascontiguousarray(values.T).tobytes()
        assert sum(data in forms for data in stored) == 1


def test_encode_and_step_keep_the_contract(lively_translator, lively_tflite):
    source = [5, 9, 17, 4, 2]
    token_ids = np.zeros((1, 32), np.int32)
    token_ids[0, : len(source)] = source
    tokens = np.array([[1, 7, 30, 2]], np.int32)

    memory, state = lively_translator.start(
        {"encoder_token_ids": token_ids, "encoder_padding_mask": token_ids != 0}
    )
    state = keras.tree.map_structure(lambda x: keras.ops.repeat(x, 4, axis=1), state)
    expected = []
    for _ in range(2):
        logits, state, alignment = lively_translator.step(tokens, state, memory)
        expected.append((logits, alignment))

    interpreter = Interpreter(model_path=str(lively_tflite))
    parts = interpreter.get_signature_runner("encode")(token_ids=token_ids)
    assert parts.pop("limit").tolist() == [2 * len(source) + 10]
    step = interpreter.get_signature_runner("step")
    for logits, alignment in expected:
        found = step(tokens=tokens, **parts)
        np.testing.assert_allclose(found["logits"], logits, atol=1e-4)
        np.testing.assert_allclose(found["alignment"], alignment, atol=1e-5)
        parts.update({name: found[name] for name in parts if name in found})


def test_metadata(lively_translator, lively_tflite):
    interface, card, tokenizer = read_bundle(lively_tflite.read_bytes(), lively_tflite)
    assert tokenizer == lively_translator.preprocessor.tokenizer.proto
    assert Card.from_dict(card).name == "lively"
    assert interface["beam_size"] == interface["n_best"] == 4
    assert interface["max_source_length"] == 32
    assert interface["max_target_length"] == 24
    assert interface["quantize"] is None
    interpreter = Interpreter(model_path=str(lively_tflite))
    assert set(interface["signatures"]) == set(interpreter.get_signature_list())
    for name, described in interface["signatures"].items():
        runner = interpreter.get_signature_runner(name)
        for said, given in (
            (described["inputs"], runner.get_input_details()),
            (described["outputs"], runner.get_output_details()),
        ):
            assert {
                key: (value["shape"], np.dtype(value["dtype"]))
                for key, value in said.items()
            } == {
                key: (value["shape"].tolist(), np.dtype(value["dtype"]))
                for key, value in given.items()
            }
            # What every host has arrays of.
            assert {value["dtype"] for value in said.values()} <= {"int32", "float32"}


def test_an_existing_file_is_kept(lively_translator, tmp_path):
    path = tmp_path / "model.tflite"
    path.write_text("mine")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        lively_translator.export(path, format="litert")
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"quantize": "int4"}, "`quantize` is one of None, 'float16', 'int8'"),
        ({"quantize": "float_16"}, "Did you mean 'float16'?"),
        ({"beam_size": 0}, "`beam_size` must be an integer of at least 1, got 0"),
        (
            {"max_source_length": 33},
            "_source_length` .* 1 to the preprocessor's 32",
        ),
        ({"max_target_length": 0}, "`max_target_length` must be an integer from 1"),
        ({"beam_size": 2, "n_best": 3}, "beam of 2 holds no 3 hypotheses"),
    ],
)
def test_arguments_are_checked(lively_translator, tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        write_litert(lively_translator, tmp_path / "model.tflite", **arguments)
    assert list(tmp_path.iterdir()) == []


def test_the_suffix_is_checked(lively_translator, tmp_path):
    with pytest.raises(ValueError, match="ends in .tflite, got .*model.bin"):
        lively_translator.export(tmp_path / "model.bin", format="litert")


def test_unknown_format(lively_translator, tmp_path):
    with pytest.raises(ValueError, match="'tf_saved_model' or 'litert', got 'onnx'"):
        lively_translator.export(tmp_path / "model", format="onnx")


def test_a_model_without_preprocessor(lively_translator, tmp_path):
    bare = RecurrentTranslator(lively_translator.backbone)
    with pytest.raises(ValueError, match="has no preprocessor"):
        bare.export(tmp_path / "model.tflite", format="litert")


def test_a_model_in_half_precision(lively_translator, tmp_path):
    backbone = RecurrentTranslatorBackbone(60, 8, 8, 8, dtype="mixed_bfloat16")
    model = RecurrentTranslator(backbone, lively_translator.preprocessor)
    with pytest.raises(ValueError, match="in float32, got bfloat16, float32"):
        model.export(tmp_path / "model.tflite", format="litert")


@pytest.mark.slow
def test_another_backend(tiny_preset, tmp_path):
    code = f"import zoo; zoo.load({str(tiny_preset)!r}).export('m.tflite', 'litert')"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={
            **os.environ,
            "KERAS_BACKEND": "jax",
            "PYTHONPATH": str(pathlib.Path(__file__).parents[2]),
        },
        capture_output=True,
        text=True,
    )
    assert "Exports need Keras's 'tensorflow' backend" in run.stderr
    assert list(tmp_path.iterdir()) == []


class _Odd(RecurrentTranslator):
    def step(self, tokens, state, memory):
        logits, state, alignment = super().step(tokens, state, memory)
        return tf.math.igamma(1.0, keras.ops.abs(logits)), state, alignment


def test_operators_that_are_not_built_in_are_refused(lively_translator, tmp_path):
    model = _Odd(lively_translator.backbone, lively_translator.preprocessor)
    with pytest.raises(ValueError, match="built-in .* alone, got tf.Igamma"):
        model.export(tmp_path / "model.tflite", format="litert")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("quantize", ["float16", "int8"])
def test_smaller_weights(lively_translator, lively_tflite, tmp_path, quantize):
    path = tmp_path / "model.tflite"
    report = lively_translator.export(path, format="litert", quantize=quantize)
    assert report.texts == 8
    translator = Translator(path)
    assert translator.interface["quantize"] == quantize
    assert path.stat().st_size < lively_tflite.stat().st_size
    # The sum of what the search reports is right, whatever the weights are.
    for (best,) in translator.translate(TEXTS):
        assert len(best.tokens) == len(best.token_ids) > 0
        assert best.log_probability < 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "architecture",
    [
        {"cell": "lstm", "wiring": "bahdanau"},
        {"num_encoder_layers": 2, "num_decoder_layers": 2},
        {"score": "general", "layer_normalization": False},
        {"score": "scaled_dot", "encoder_units": 4, "decoder_units": 8},
    ],
    ids=lambda architecture: "-".join(map(str, architecture.values())),
)
@pytest.mark.parametrize(
    "search",
    [
        {"beam_size": 1},
        {"beam_size": 3, "n_best": 2, "coverage_penalty": 0.3, "length_penalty": 0.6},
    ],
    ids=["greedy", "coverage"],
)
def test_other_models_and_searches(lively_translator, tmp_path, architecture, search):
    sizes = {"embedding_dim": 8, "encoder_units": 8, "decoder_units": 8}
    keras.utils.set_random_seed(3)
    backbone = RecurrentTranslatorBackbone(60, **{**sizes, **architecture})
    model = RecurrentTranslator(
        backbone,
        RecurrentTranslatorPreprocessor(
            lively_translator.preprocessor.tokenizer, 32, 24
        ),
    )
    path = tmp_path / "model.tflite"
    # Refused where an output differs from Keras's.
    report = model.export(path, format="litert", parity_texts=TEXTS, **search)
    assert report.equal + report.tied == len(TEXTS)
    described = json.loads(json.dumps(Translator(path).interface))
    assert described["beam_size"] == search["beam_size"]
