"""What all searches share: backends, graphs, LiteRT, and what they refuse."""

import doctest
import importlib
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from zoo.decoding import beam_search, greedy_search, sample

SEARCHES = {
    "greedy": (greedy_search, {"return_alignments": True}),
    "beam": (
        beam_search,
        {
            "beam_size": 3,
            "n_best": 2,
            "coverage_penalty": 0.1,
            "return_alignments": True,
        },
    ),
    "sample": (sample, {"num_samples": 3, "seed": 1, "return_alignments": True}),
}
ON_JAX = """
import json, runpy, sys
import jax, keras, numpy as np
from zoo.decoding import beam_search, greedy_search, sample

toys, results = runpy.run_path(sys.argv[1]), {}
searches = json.loads(sys.argv[2])
for name, (options, sizes) in searches.items():
    model = toys["Reader"](**sizes)
    method = {"greedy": greedy_search, "beam": beam_search, "sample": sample}[name]

    @jax.jit
    def run(state, memory, limits):
        return method(
            model.step, state, memory, limits=limits, **options, **toys["TOKENS"]
        )

    result = run(model.state, model.memory, np.array([7, 3], "int32"))
    results[name] = {key: np.asarray(value).tolist() for key, value in result.items()}
print(json.dumps({"backend": keras.backend.backend(), "results": results}))
"""


def assert_same(found, expected):
    assert set(found) == set(expected)
    for name, value in expected.items():
        value = ops.convert_to_numpy(value)
        if value.dtype.kind == "f":
            np.testing.assert_allclose(found[name], value, atol=1e-5)
        else:
            np.testing.assert_array_equal(found[name], value)


@pytest.mark.parametrize("name", SEARCHES)
def test_one_graph_serves_every_batch_and_source_length(toys, name):
    method, options = SEARCHES[name]

    model = toys.Reader(seed=1)

    def run(state, memory, limits):
        return method(
            model.step,
            state,
            memory,
            limits=limits,
            max_length=7,
            **toys.TOKENS,
            **options,
        )

    spec = (
        [tf.TensorSpec((None, 1, model.units))],
        {
            "keys": tf.TensorSpec((None, None, model.units)),
            "values": tf.TensorSpec((None, None, model.vocabulary)),
            "mask": tf.TensorSpec((None, None), tf.bool),
        },
        tf.TensorSpec((None,), tf.int32),
    )
    graph = tf.function(run, input_signature=spec)
    for batch, source in ((3, 5), (1, 4), (4, 2)):
        other = toys.Reader(seed=batch, batch=batch, source=source)
        limits = np.arange(batch, dtype="int32") + 4
        eager = run(other.state, other.memory, limits)
        assert_same(graph(other.state, other.memory, limits), eager)
        assert eager["token_ids"].shape[-1] == 7
        assert eager["alignments"].shape[-1] == source
    assert graph.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("name", ["greedy", "beam"])
def test_converts_to_built_in_litert_operators(toys, name):
    interpreters = pytest.importorskip("ai_edge_litert.interpreter")
    method, options = SEARCHES[name]
    model = toys.Reader(seed=8, lengths=[4], vocabulary=1200)

    def run(hidden, keys, values, mask, limits):
        memory = {"keys": keys, "values": values, "mask": mask}
        return method(
            model.step,
            [hidden],
            memory,
            limits=limits,
            max_length=9,
            **toys.TOKENS,
            **options,
        )

    arguments = {
        "hidden": model.state[0],
        **model.memory,
        "limits": np.array([6], "int32"),
    }
    module = tf.Module()
    module.run = tf.function(
        run,
        input_signature=[
            tf.TensorSpec(value.shape, value.dtype, name=key)
            for key, value in arguments.items()
        ],
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [module.run.get_concrete_function()], module
    )
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    # Refuses Flex and custom operators, having none.
    interpreter = interpreters.Interpreter(model_content=converter.convert())
    found = interpreter.get_signature_runner()(**arguments)
    assert_same(found, module.run(*arguments.values()))
    assert found["lengths"].max() > 2


def test_jax_finds_the_same_under_jit(toys):
    sizes = {"seed": 9, "batch": 2, "lengths": [5, 2], "vocabulary": 6}
    searches = {
        name: ({**options, "max_length": 7}, sizes)
        for name, (_, options) in SEARCHES.items()
    }
    here = pathlib.Path(__file__)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            ON_JAX,
            str(here.with_name("conftest.py")),
            json.dumps(searches),
        ],
        capture_output=True,
        text=True,
        cwd=here.parents[2],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["backend"] == "jax"
    model = toys.Reader(**sizes)
    for name in ("greedy", "beam"):
        method, options = SEARCHES[name]
        expected = toys.search(
            method, model, limits=np.array([7, 3]), max_length=7, **options
        )
        assert_same(answer["results"][name], expected)
    # Another backend draws other numbers; they must still be the model's.
    drawn = {key: np.array(value) for key, value in answer["results"]["sample"].items()}
    for sentence in range(2):
        for place, tokens in enumerate(toys.hypotheses(drawn, sentence)):
            total, _ = toys.rescore(model, sentence, tokens)
            found = drawn["log_probabilities"][sentence, place]
            np.testing.assert_allclose(found, total, atol=1e-4)


@pytest.mark.parametrize("name", SEARCHES)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_length": 0}, "`max_length` must be an integer of at least 1, got 0"),
        ({"end_token_id": -1}, "`end_token_id` must be an integer of at least 0"),
        ({"pad_token_id": 2}, "`end_token_id` and `pad_token_id` must differ"),
        ({"limits": [[3]]}, r"`limits` must be one length .* shape \(1, 1\)"),
        (
            {"state": [np.zeros((1, 3, 6), "float32")]},
            r"\(batch, 1, ...\).*\(1, 3, 6\)",
        ),
        ({"state": [], "memory": None}, "the batch size is unknown"),
    ],
)
def test_refuses(toys, name, options, message):
    method, _ = SEARCHES[name]
    model = toys.Reader(seed=0)
    options = {
        "state": model.state,
        "memory": model.memory,
        "max_length": 4,
        **toys.TOKENS,
        **options,
    }
    with pytest.raises(ValueError, match=message):
        method(model.step, **options)


@pytest.mark.parametrize("name", SEARCHES)
def test_a_limit_lies_between_one_and_the_maximum(toys, name):
    method, options = SEARCHES[name]
    model = toys.Reader(seed=3, batch=2)
    model.logits[:, toys.END] = -100.0
    model.letters[:] = 1.0
    for values in model.memory["values"]:
        values[:, toys.END] = -100.0
    model.state[0][:] = 1.0
    result = toys.search(method, model, limits=[0, 99], max_length=4, **options)
    assert (result["lengths"] == [[1], [4]]).all()
    assert not result["finished"].any()


def test_a_model_may_have_no_state(toys):
    def step(tokens, state, memory):
        return ops.one_hot((tokens + 3) % 5, 5) * 9.0 + memory, state, None

    # 1 -> 4 -> 2
    for method, _ in SEARCHES.values():
        result = method(step, (), ops.zeros((2, 1, 1)), **toys.TOKENS, max_length=4)
        assert ops.convert_to_numpy(result["token_ids"])[1, 0].tolist() == [4, 2, 0, 0]


def test_a_state_keeps_its_structure(toys):
    model = toys.Reader(seed=3, batch=2)

    def step(tokens, state, memory):
        assert list(state) == ["b", "a"] and isinstance(state["a"], tuple)
        logits, (hidden,), alignment = model.step(tokens, state["a"], memory)
        count = state["b"] + 1
        return logits, {"b": count, "a": (hidden,)}, alignment

    start = np.zeros((2, 1), "int32")
    for method, options in SEARCHES.values():
        with_structure = toys.search(
            method,
            _Stepper(step, {"b": start, "a": tuple(model.state)}, model.memory),
            max_length=5,
            **options,
        )
        assert_same(with_structure, toys.search(method, model, max_length=5, **options))


class _Stepper:
    def __init__(self, step, state, memory):
        self.step, self.state, self.memory = step, state, memory


@pytest.mark.parametrize("name", ["beam", "greedy"])
def test_the_example_runs(name):
    module = importlib.import_module(f"zoo.decoding.{name}")
    failed, attempted = doctest.testmod(module)
    assert attempted and not failed
