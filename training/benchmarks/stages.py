"""Work in stages that are done once, with the time that is left."""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable

from zoo.evaluate.processes import environment, peak_megabytes, tail
from zoo.files import replacing


@dataclasses.dataclass(frozen=True)
class Stage:
    """Something to be done once.

    Args:
        name: string. Of its result's file.
        minutes: float. How long it takes on one core, roughly.
        run: function without arguments that gives the result, JSON-ready.
    """

    name: str
    minutes: float
    run: Callable


def run_stages(stages, folder):
    """Runs the stages whose results are not there yet.

    Args:
        stages: list of `Stage`.
        folder: path of the results' folder.

    Returns:
        A dict of all results by the stages' names.
    """
    results = {}
    # Until more is known, this machine is taken to be as fast as the one that the
    # stages' minutes are of.
    expected = spent = 10.0
    for number, stage in enumerate(stages):
        path = folder / f"{stage.name}.json"
        label = f"[{number + 1}/{len(stages)}] {stage.name}"
        if path.exists():
            say(f"{label}: done before")
            results[stage.name] = json.loads(path.read_text("utf-8"))
            continue
        left = sum(
            other.minutes
            for other in stages[number:]
            if not (folder / f"{other.name}.json").exists()
        )
        say(f"{label}: about {left * spent / expected:.0f} min left in all")
        begun = time.monotonic()
        results[stage.name] = stage.run()
        spent += (time.monotonic() - begun) / 60
        expected += stage.minutes
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(results[stage.name]), encoding="utf-8")
    return results


def run_command(command, log, threads, describe=None, interval=60):
    """Runs a command with its output added to a log.

    Args:
        command: list of strings.
        log: path of the log.
        threads: to compute with.
        describe: function from what the command has written so far, and the seconds
            since it began, to a line for the user, or None.
        interval: seconds between such lines.

    Returns:
        A dict of `peak_memory_mb` and `cpu_share`, and what the command wrote.

    Raises:
        RuntimeError: when it fails, with the log's last lines.
    """
    with log.open("ab") as output:
        place, begun = output.tell(), time.monotonic()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment(threads),
        )
    try:
        said = begun
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            time.sleep(0.2)
            now = time.monotonic()
            if describe is not None and now - said > interval:
                said = now
                line = describe(_written(log, place), now - begun)
                if line:
                    say(f"    {line}")
    except BaseException:
        process.terminate()
        process.wait()
        raise
    seconds = time.monotonic() - begun
    _, status, usage = ended
    process.returncode = os.waitstatus_to_exitcode(status)
    text = _written(log, place)
    if process.returncode:
        raise RuntimeError(
            f"{pathlib.Path(command[0]).name} ended with exit code "
            f"{process.returncode}. The whole log is {log}; it ends:\n{tail(text)}"
        )
    spent = usage.ru_utime + usage.ru_stime
    return {
        "peak_memory_mb": round(peak_megabytes(usage), 1),
        "cpu_share": round(spent / seconds / threads, 3),
    }, text


def updates_left(pattern, every, total):
    """For `run_command`: how far a log of training updates has come.

    Args:
        pattern: compiled, its group the number of updates.
        every: updates between two lines of the log.
        total: updates of the whole training.
    """

    def describe(text, seconds):
        found = [int(number.replace(",", "")) for number in pattern.findall(text)]
        if not found:
            return None
        done = found[-1] - found[0] + every
        minutes = seconds / done * (total - found[-1]) / 60
        return f"update {found[-1]:,} of {total:,}, {minutes:.0f} min left"

    return describe


def last_line(text, seconds):
    """For `run_command`: what a log says last."""
    return tail(text, 1)


def say(line):
    """A line of progress."""
    print(line, file=sys.stderr, flush=True)


def _written(log, place):
    with log.open("rb") as file:
        file.seek(place)
        return file.read().decode("utf-8", errors="replace")
