import dataclasses
import json
import os
import platform
import shutil
import sys
import textwrap

import numpy as np
import pytest

from zoo import catalog
from zoo.card import Card
from zoo.data import ParallelText
from zoo.evaluate import measurement, speeds
from zoo.evaluate.benchmark import benchmark
from zoo.evaluate.jobs import PARTS, Sizes, TrainingSettings, plan
from zoo.evaluate.machine import describe_machine
from zoo.evaluate.measurement import PROGRAM, decoding_speed, spread
from zoo.evaluate.processes import bind, first_line, measure, peak_megabytes

TEXT = ParallelText(
    ["A dog runs on the beach.", "A man rides a bicycle.", "A dog."],
    ["Ein Hund läuft am Strand.", "Ein Mann fährt ein Fahrrad.", "Ein Hund."],
    source_language="en",
    target_language="de",
    name="toy",
    split="test",
)


def test_spread():
    assert spread([3.0, 1.0, 2.0004, 10.0]) == {
        "median": 2.5002,
        "min": 1.0,
        "max": 10.0,
        "runs": [3.0, 1.0, 2.0004, 10.0],
    }


def test_decoding_speed():
    found = decoding_speed([2.0, 4.0], sentences=8, tokens=100)
    assert (found["sentences"], found["output_tokens"]) == (8, 100)
    assert found["seconds"]["runs"] == [2.0, 4.0]
    assert found["sentences_per_second"]["runs"] == [4.0, 2.0]
    assert found["output_tokens_per_second"]["median"] == 37.5


def test_first_line_is_timed_apart_from_the_end():
    code = """
        import sys, time
        print(sys.stdin.read(), flush=True)
        time.sleep(0.4)
        print("the end")
    """
    found = first_line([sys.executable, "-c", textwrap.dedent(code)], "Hallo")
    assert found["line"] == "Hallo"
    assert found["seconds"] - found["first_line_seconds"] > 0.3


def test_memory_is_that_of_the_command():
    def peak(megabytes):
        code = f"held = bytearray({megabytes} * 10**6); print(len(held))"
        command = [sys.executable, "-c", code]
        found = measure(PROGRAM, "start_up", command=command, text="", repeats=2)
        assert found["translation"] == str(megabytes * 10**6)
        assert len(found["first_line_seconds"]["runs"]) == 2
        return found["peak_memory_mb"]

    assert 190 < peak(400) - peak(200) < 210


@pytest.mark.parametrize(
    ("code", "message"),
    [("raise SystemExit('no model')", "exit code 1 .*\nno model"), ("", "exit code 0")],
)
def test_a_command_that_fails_or_says_nothing(code, message):
    with pytest.raises(RuntimeError, match=message):
        first_line([sys.executable, "-c", code])


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program.py"
    code = """
        import os
        from zoo.evaluate.processes import serve

        def look(threads, megabytes):
            held = bytearray(megabytes * 10**6)
            print("what a library prints")
            return {"pid": os.getpid(), "openmp": os.environ["OMP_NUM_THREADS"]}

        def work(threads):
            return {"sum": sum(range(3 * 10**7))}

        def fail(threads):
            raise ValueError("no model there")

        serve(look, work, fail)
    """
    path.write_text(textwrap.dedent(code))
    return [sys.executable, str(path)]


def test_a_measurement_has_a_process_of_its_own(program):
    held = np.ones(10**8, np.int8)  # more than the measurement's own process
    found = measure(program, "look", threads=1, megabytes=0)
    assert found["pid"] != os.getpid()
    assert found["openmp"] == "1"
    assert found["peak_memory_mb"] < held.nbytes / 1e6 < peak_megabytes()
    more = measure(program, "look", threads=1, megabytes=200)
    assert 190 < more["peak_memory_mb"] - found["peak_memory_mb"] < 210


def test_a_measurement_tells_how_much_of_its_core_it_had(program):
    assert 0.1 < measure(program, "work", threads=1)["cpu_share"] <= 1.05


def test_a_measurement_that_fails(program):
    with pytest.raises(RuntimeError, match="'fail'(.|\n)*ValueError: no model there"):
        measure(program, "fail")


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no such call")
def test_bind():
    before = os.sched_getaffinity(0)
    try:
        bind(1)
        assert os.sched_getaffinity(0) == {max(before)}
    finally:
        os.sched_setaffinity(0, before)


def test_machine_tells_nothing_of_whose_it_is():
    found = describe_machine()
    assert found["cores"] == os.cpu_count() and found["memory_gb"] > 0
    assert found["packages"]["attention-zoo"] and found["packages"]["keras"]
    values = [value for value in found.values() if isinstance(value, str)]
    assert platform.node() not in values
    assert os.path.expanduser("~") not in json.dumps(found)


class _Steps:
    """A clock on which every optimizer step takes a second."""

    now = 0.0

    def perf_counter(self):
        self.now += 1.0
        return self.now


@pytest.mark.parametrize("consistency", [0.0, 1.0])
def test_training_counts_each_target_token_once(tiny_preset, monkeypatch, consistency):
    monkeypatch.setattr(measurement, "time", _Steps())
    monkeypatch.setattr(measurement, "WARM_UP_STEPS", 3)
    tokenizer = _tokenizer(tiny_preset)
    tokens = sum(len(row) + 1 for row in tokenizer(TEXT.targets))
    settings = TrainingSettings(batch_size=1, consistency=consistency)
    found = measurement.training(
        TEXT.sources,
        TEXT.targets,
        str(tiny_preset),
        dataclasses.asdict(settings),
        repeats=2,
        steps=6,
        threads=None,
    )
    # Five epochs of three sentences in fifteen seconds.
    assert (
        found["target_tokens_per_second"]["runs"] == [spread([tokens / 3])["min"]] * 2
    )
    assert found["settings"]["batch_size"] == 1
    assert found["parameters"] > 1000


def _tokenizer(preset):
    return catalog.load(preset).preprocessor.tokenizer


@pytest.mark.parametrize("artifact", ["keras", "litert_float"])
def test_translation(tiny_preset, tiny_file, tiny_translator, artifact):
    path = tiny_preset if artifact == "keras" else tiny_file
    found = measurement.translation(
        TEXT.sources, artifact, str(path), beam_size=3, repeats=2, threads=None
    )
    # The file writes twelve pieces at most.
    length = {"max_length": 12} if artifact != "keras" else {}
    expected = tiny_translator.translate(TEXT.sources, beam_size=3, **length)
    best = [hypotheses[0] for hypotheses in expected]
    assert found["translations"] == [hypothesis.text for hypothesis in best]
    assert found["output_tokens"] == sum(len(h.token_ids) for h in best)
    assert found["batch_size"] == (32 if artifact == "keras" else 1)
    assert len(found["seconds"]["runs"]) == 2
    assert ("file_mb" in found) == (artifact != "keras")


def jobs(model, tmp_path, parts=PARTS):
    return plan(model, TEXT, TEXT, parts, TrainingSettings(), 2, 3, tmp_path)


def test_plan_of_everything(tiny_preset, tmp_path):
    planned = jobs(tiny_preset, tmp_path)
    assert [job.kind for job in planned] == (
        ["training", "export"] + ["translation"] * 8 + ["start_up"]
    )
    written = {options["filepath"] for options in planned[1].arguments["exports"]}
    assert len(written) == 6
    read = [job.arguments["path"] for job in planned if job.kind == "translation"]
    assert set(read) == {*written, str(tiny_preset)}
    # The model has no file of its own to start with.
    assert planned[-1].arguments["command"][-1] in written


def test_plan_starts_the_file_that_a_model_ships_with(tiny_preset, tiny_file, tmp_path):
    folder = tmp_path / "shipped"
    shutil.copytree(tiny_preset, folder)
    shutil.copy(tiny_file, folder)
    (job,) = jobs(folder, tmp_path, ["start_up"])
    assert job.arguments["command"][-1] == str(folder)
    export, start_up = jobs(tiny_preset, tmp_path, ["start_up"])
    assert export.arguments["exports"][0]["quantize"] == "int8"
    assert start_up.arguments["command"][-1] == str(tmp_path / "litert_int8_5.tflite")


def test_plan_of_an_untrained_model(tmp_path):
    build, training = jobs(Sizes(), tmp_path, ["training"])
    assert (build.kind, training.kind) == ("build", "training")
    assert build.arguments["path"] == training.arguments["model"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"parts": ["decoding"], "test": TEXT}, "Expected some of training, keras"),
        ({"parts": [], "test": TEXT}, "Received: none"),
        ({"parts": ["training"], "test": TEXT}, "need `train`"),
        ({"parts": ["keras"], "train": TEXT}, "needs `test`"),
    ],
)
def test_what_is_missing(tiny_preset, options, message):
    with pytest.raises(ValueError, match=message):
        benchmark(tiny_preset, **options)


def test_start_up_of_a_shipped_model(tiny_preset, tiny_file, tmp_path):
    folder = tmp_path / "shipped"
    shutil.copytree(tiny_preset, folder)
    shutil.copy(tiny_file, folder)
    card = Card.read(folder)
    card.record_files(folder)
    card.write(folder)
    said = []
    found = benchmark(
        folder, test=TEXT, parts=["start_up"], repeats=2, report=said.append
    )
    (measured,) = found["measurements"]
    assert measured["system"] == "attention-zoo"
    assert len(measured["first_line_seconds"]["runs"]) == 2
    assert measured["peak_memory_mb"] < 150
    assert said[0] == "[1/1] start-up"
    assert found["model"] == {"name": "shipped"}
    assert found["data"]["test"] == {"name": "toy", "split": "test", "sentences": 3}
    assert str(tmp_path) not in json.dumps(found)


def test_rows():
    measurements = [
        {
            "system": "attention-zoo",
            "measurement": "translation",
            "artifact": "litert_int8",
            "beam_size": 5,
            "batch_size": 1,
            "peak_memory_mb": 61.3,
            **decoding_speed([0.5, 1.0], sentences=10, tokens=1000),
            "scores": [{"metric": "bleu", "value": 36.5, "signature": ""}],
        },
        {
            "system": "marian",
            "measurement": "start_up",
            "artifact": "int8",
            "peak_memory_mb": 600.0,
            "first_line_seconds": spread([0.75, 0.7512]),
        },
    ]
    first, second, third = speeds.rows(measurements)
    assert len(first) == len(speeds.HEADER)
    assert first == [
        *("attention-zoo", "LiteRT, int8", "5", "1", "sentences/s"),
        *("15", "10 to 20", "36.50", "61"),
    ]
    assert second[4:7] == ["output tokens/s", "1,500", "1,000 to 2,000"]
    assert third == [
        *("marian", "int8", "", "", "start-up, s"),
        *("0.751", "0.75 to 0.751", "", "600"),
    ]


@pytest.mark.slow
def test_everything():
    sizes = Sizes(
        vocabulary_size=45,
        embedding_dim=8,
        encoder_units=8,
        decoder_units=8,
        attention_units=8,
    )
    settings = TrainingSettings(batch_size=2)
    found = benchmark(
        sizes, test=TEXT, train=TEXT, settings=settings, repeats=1, steps=2
    )
    measured = found["measurements"]
    assert [m["measurement"] for m in measured] == (
        ["training"] + ["translation"] * 8 + ["start_up"]
    )
    assert found["model"]["decoder_units"] == 8
    for result in measured[1:-1]:
        assert {score["metric"] for score in result["scores"]} >= {"bleu", "chrf"}
        assert result["sentences"] == 3
    json.dumps(found)
