import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

RUN = """
import sys
import keras, numpy as np
from zoo.train.reproducibility import configure
configure(3, threads=1, deterministic=True)
from zoo.data import TranslationBatches
from zoo.models import RecurrentTranslator, RecurrentTranslatorBackbone
from zoo.text import SubwordTokenizer, train_tokenizer
from zoo.train.loop import TrainingRun
from zoo.train.losses import SmoothedCrossentropy

rng = np.random.default_rng(0)
words = ["dog", "cat", "man", "tree", "ball", "sea", "hat", "red"]
text = [" ".join(rng.choice(words, rng.integers(1, 9))) for _ in range(240)]
tokenizer = SubwordTokenizer(proto=train_tokenizer(text, 40))
batches = TranslationBatches(tokenizer, text, text, batch_size=8, seed=3)
model = RecurrentTranslator(
    RecurrentTranslatorBackbone(40, 8, 8, 8, dropout=0.2, embedding_dropout=0.2)
)
schedule = keras.optimizers.schedules.CosineDecay(0.01, 3 * batches.steps)
model.compile(
    optimizer=keras.optimizers.Adam(schedule, use_ema=True, ema_momentum=0.9),
    loss=SmoothedCrossentropy(0.1),
)
run = TrainingRun(
    model,
    batches,
    lambda model: {"bleu": -float(model.evaluate(batches.in_order(), verbose=0))},
    sys.argv[1],
    epochs=3,
    checkpoint_seconds=float(sys.argv[2]),
)
print("steps", batches.steps, flush=True)
run()
print("finished", flush=True)
"""


def _start(folder, seconds):
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", RUN, str(folder), str(seconds)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def _progress(folder):
    with np.load(folder / "checkpoint.npz") as arrays:
        return json.loads(str(arrays["progress"]))


def _arrays(path):
    with np.load(path) as arrays:
        return {key: arrays[key] for key in arrays.files if key != "progress"}


def test_a_killed_run_ends_with_the_same_weights(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    process = _start(whole, 1e9)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0 and "finished" in output

    # Checkpoints after every step, killed once in mid-epoch.
    process = _start(killed, 0)
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline:
        time.sleep(0.02)
        if (killed / "checkpoint.npz").exists():
            progress = _progress(killed)
            if progress["epoch"] == 1 and progress["step"] > 3:
                break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    stopped = _progress(killed)
    assert stopped["epoch"] == 1 and 3 < stopped["step"]

    process = _start(killed, 1e9)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0 and "Going on from" in output
    assert _progress(killed)["epoch"] == 3
    for name in ("checkpoint.npz", "best.npz"):
        mine, theirs = _arrays(killed / name), _arrays(whole / name)
        assert mine.keys() == theirs.keys()
        for key, value in mine.items():
            np.testing.assert_array_equal(value, theirs[key], err_msg=key)
    histories = [_progress(folder)["history"] for folder in (whole, killed)]
    assert [e["bleu"] for e in histories[0]] == [e["bleu"] for e in histories[1]]


class _Batches:
    """Two batches an epoch of a line to learn, or of poison."""

    steps, target_tokens = 2, 8

    def __init__(self, poison=False):
        self.poison = poison

    def epoch(self, number, skip=0):
        import tensorflow as tf

        x = np.ones((8, 1), "float32") * (np.nan if self.poison else 1)
        return tf.data.Dataset.from_tensor_slices((x, x)).batch(4).skip(skip)


def _model():
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse", jit_compile=False)
    return model


def test_stops_early_with_the_best_weights(tmp_path):
    from zoo.train.loop import TrainingRun

    scores = iter([1.0, 3.0, 2.0, 2.5, 2.9, 9.0])
    seen = []

    def validate(model):
        seen.append([np.array(weight) for weight in model.weights])
        return {"bleu": next(scores)}

    model = _model()
    history = TrainingRun(model, _Batches(), validate, tmp_path, epochs=9, patience=3)()
    assert [entry["bleu"] for entry in history] == [1.0, 3.0, 2.0, 2.5, 2.9]
    for weight, best in zip(model.weights, seen[1], strict=True):
        np.testing.assert_array_equal(weight, best)
    lines = (tmp_path / "history.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [0, 1, 2, 3, 4]
    assert list((tmp_path / "tensorboard").iterdir())


def test_goes_on_from_between_the_last_step_and_the_validation(tmp_path):
    from zoo.train.loop import TrainingRun

    def stop(model):
        raise KeyboardInterrupt

    def run(validate):
        return TrainingRun(
            _model(),
            _Batches(),
            validate,
            tmp_path,
            epochs=1,
            checkpoint_seconds=0,
        )()

    with pytest.raises(KeyboardInterrupt):
        run(stop)
    assert _progress(tmp_path)["step"] == _Batches.steps
    (entry,) = run(lambda model: {"bleu": 1.0})
    assert entry["bleu"] == 1.0 and entry["loss"] > 0


def test_a_loss_that_is_no_number_stops_the_run(tmp_path):
    from zoo.train.loop import TrainingRun

    run = TrainingRun(_model(), _Batches(poison=True), None, tmp_path, epochs=2)
    with pytest.raises(FloatingPointError, match="became nan in epoch 1, step 1"):
        run()
    assert not (tmp_path / "checkpoint.npz").exists()


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    import keras

    from zoo.train.checkpoint import restore_checkpoint, save_checkpoint

    model = _model()
    save_checkpoint(tmp_path / "c.npz", model.variables, {"epoch": 2})
    assert restore_checkpoint(tmp_path / "c.npz", model.variables) == {"epoch": 2}
    other = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2)])
    with pytest.raises(ValueError, match="another model or optimizer"):
        restore_checkpoint(tmp_path / "c.npz", other.variables)
