import time

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class ProgressReport:
    """A progress bar with loss, tokens/s and time left; lines where no one watches.

    On a terminal it is a live bar; in a log file, a line every `interval` seconds.

    Args:
        total: steps of the whole run.
        tokens_per_step: mean target tokens of a step.
        done: steps done before this process started.
        interval: seconds between lines in a log file.
    """

    def __init__(self, total, tokens_per_step, done=0, interval=60):
        self.total = total
        self.tokens_per_step = tokens_per_step
        self.first = self.done = done
        self.interval = interval
        self.console = Console()
        self._begun = self._said = None
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[speed]:,.0f} tokens/s"),
            TextColumn("loss {task.fields[loss]:.3f}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self.console,
            disable=not self.console.is_terminal,
        )
        self._task = self._bar.add_task(
            "training", total=total, completed=done, speed=0.0, loss=float("nan")
        )

    def __enter__(self):
        self._bar.start()
        self._begun = self._said = time.monotonic()
        return self

    def __exit__(self, *error):
        self._bar.stop()

    def advance(self, epoch, loss):
        """One step more."""
        self.done += 1
        now = time.monotonic()
        speed = (self.done - self.first) * self.tokens_per_step / (now - self._begun)
        if self.console.is_terminal:
            self._bar.update(
                self._task,
                description=f"epoch {epoch + 1}",
                completed=self.done,
                speed=speed,
                loss=loss,
            )
        elif now - self._said > self.interval:
            self._said = now
            left = (self.total - self.done) * self.tokens_per_step / speed
            self.say(
                f"epoch {epoch + 1} step {self.done}/{self.total} loss {loss:.3f} "
                f"{speed:,.0f} tokens/s, {left / 60:.0f} min left"
            )

    def say(self, line):
        """A line that stays."""
        self.console.print(line, highlight=False, soft_wrap=True)
