"""The loop around `model.fit`: validation, averaging, early stopping and resuming."""

import importlib.util
import json
import math
import time
from pathlib import Path

import keras

from zoo.files import replacing
from zoo.train.checkpoint import restore_checkpoint, save_checkpoint
from zoo.train.progress import ProgressReport

CHECKPOINT, BEST = "checkpoint.npz", "best.npz"


class TrainingRun:
    """Trains a compiled model to its best validation score, and survives being killed.

    Every epoch ends with a validation of the averaged weights (where the optimizer
    keeps an average); the best are kept. Weights, optimizer, averages, random seeds,
    position in the data and the state of early stopping are checkpointed together, so
    that a run started again in the same folder goes on where it was.

    Args:
        model: a compiled model whose inputs are what `batches` gives.
        batches: has `steps` (batches an epoch), `target_tokens` and `epoch(number,
            skip)`, as `zoo.data.TranslationBatches`.
        validate: function of the model that gives a dict of scores.
        folder: where checkpoints and logs go.
        epochs: at most so many.
        monitor: the score that must grow.
        patience: epochs without a better one before stopping; None: never.
        checkpoint_seconds: time between checkpoints within an epoch.

    Example:

    ```python
    run = TrainingRun(model, batches, validate, "runs/mine", epochs=20, patience=4)
    history = run()  # model now holds the best weights
    ```
    """

    def __init__(
        self,
        model,
        batches,
        validate,
        folder,
        *,
        epochs,
        monitor="bleu",
        patience=None,
        checkpoint_seconds=300,
    ):
        self.model = model
        self.batches = batches
        self.validate = validate
        self.folder = Path(folder)
        self.epochs = epochs
        self.monitor = monitor
        self.patience = patience
        self.checkpoint_seconds = checkpoint_seconds
        self.progress = {
            "epoch": 0,
            "step": 0,
            "loss_sum": 0.0,
            "best": None,
            "best_epoch": None,
            "seconds": 0.0,
            "history": [],
        }

    def __call__(self):
        """Trains to the end, from wherever the folder says.

        Returns:
            The history, a list with a dict an epoch.

        Raises:
            FloatingPointError: when the loss is no longer finite. The last
                checkpoint is kept.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.model.optimizer.build(self.model.trainable_variables)
        self._variables = [*self.model.variables, *self.model.optimizer.variables]
        checkpoint = self.folder / CHECKPOINT
        if checkpoint.exists():
            self.progress = restore_checkpoint(checkpoint, self._variables)
        average = None
        if self.model.optimizer.use_ema:
            average = keras.callbacks.SwapEMAWeights()
            average.set_model(self.model)
        done = self.progress["epoch"] * self.batches.steps + self.progress["step"]
        with ProgressReport(
            self.epochs * self.batches.steps,
            self.batches.target_tokens / self.batches.steps,
            done,
        ) as report:
            if done:
                report.say(f"Going on from {checkpoint}, step {done}.")
            while not self._finished():
                self._epoch(report, average)
        restore_checkpoint(self.folder / BEST, self.model.trainable_variables)
        return self.progress["history"]

    def _finished(self):
        progress = self.progress
        if progress["epoch"] >= self.epochs:
            return True
        waited = progress["epoch"] - 1 - (progress["best_epoch"] or 0)
        return (
            self.patience is not None
            and progress["best_epoch"] is not None
            and waited >= self.patience
        )

    def _epoch(self, report, average):
        progress = self.progress
        epoch = progress["epoch"]
        self._clock = time.monotonic()
        left = self.batches.steps - progress["step"]
        # None where the run was killed between the last step and the validation.
        if left:
            self.model.fit(
                self.batches.epoch(epoch, skip=progress["step"]),
                steps_per_epoch=left,
                initial_epoch=epoch,
                epochs=epoch + 1,
                verbose=0,
                shuffle=False,
                callbacks=[_Watch(self, report)],
            )
        loss = progress["loss_sum"] / self.batches.steps
        if average:
            average.on_test_begin()
        scores = self.validate(self.model)
        better = progress["best"] is None or scores[self.monitor] > progress["best"]
        if better:
            progress["best"] = scores[self.monitor]
            progress["best_epoch"] = epoch
            save_checkpoint(
                self.folder / BEST,
                self.model.trainable_variables,
                {"epoch": epoch, **scores},
            )
        if average:
            average.on_test_end()
        progress["history"].append({"epoch": epoch, "loss": loss, **scores})
        progress.update(epoch=epoch + 1, step=0, loss_sum=0.0)
        self._checkpoint()
        self._log(progress["history"])
        said = ", ".join(f"{name} {value:.3f}" for name, value in scores.items())
        report.say(
            f"epoch {epoch + 1}/{self.epochs}: loss {loss:.3f}, validation {said}"
            f"{' (best)' if better else ''}, {progress['seconds'] / 60:.1f} min"
        )

    def _log(self, history):
        lines = [json.dumps(entry) + "\n" for entry in history]
        with replacing(self.folder / "history.jsonl", overwrite=True) as temporary:
            temporary.write_text("".join(lines), encoding="utf-8")
        if not importlib.util.find_spec("tensorboard"):
            return
        import tensorflow as tf

        writer = tf.summary.create_file_writer(str(self.folder / "tensorboard"))
        with writer.as_default(step=history[-1]["epoch"] + 1):
            for name, value in history[-1].items():
                tf.summary.scalar(name, value)
            rate = self.model.optimizer.learning_rate
            tf.summary.scalar("learning_rate", keras.ops.convert_to_numpy(rate))
        writer.close()

    def _checkpoint(self):
        now = time.monotonic()
        self.progress["seconds"] += now - self._clock
        self._clock = now
        save_checkpoint(self.folder / CHECKPOINT, self._variables, self.progress)


class _Watch(keras.callbacks.Callback):
    """Counts the steps of one epoch, guards the loss, checkpoints now and then."""

    def __init__(self, run, report):
        super().__init__()
        self.run = run
        self.report = report
        # Keras reports the mean loss over this call of `fit`.
        self.steps, self.base = 0, run.progress["loss_sum"]

    def on_train_batch_end(self, batch, logs=None):
        loss = logs["loss"]
        progress = self.run.progress
        if not math.isfinite(loss):
            raise FloatingPointError(
                f"The loss became {loss} in epoch {progress['epoch'] + 1}, step "
                f"{progress['step'] + 1}. The last checkpoint is kept in "
                f"{self.run.folder}. Lower the learning rate or the gradient clipping "
                "and start again in a fresh folder."
            )
        self.steps += 1
        progress["step"] += 1
        progress["loss_sum"] = self.base + loss * self.steps
        self.report.advance(progress["epoch"], loss)
        if time.monotonic() - self.run._clock > self.run.checkpoint_seconds:
            self.run._checkpoint()
