"""Measurements in processes of their own, and what is seen of a process from outside.

A measuring process reads its job, one JSON object, from standard input and writes what
it found as one JSON object to standard output. Nothing that another measurement left in
memory, in a cache or in a thread pool then counts, and peak memory is that of this
measurement alone.
"""

import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time


def measure(program, kind, *, threads=1, **arguments):
    """Runs one of a measuring program's functions in a process of its own.

    Args:
        program: list of strings. The command of a program that calls `serve`.
        kind: string. The function's name.
        threads: int. To compute with; the process is bound to as many cores.
        **arguments: of the function, JSON-ready.

    Returns:
        What the function returns, with `peak_memory_mb`, and `cpu_share`: how much of
        its cores' time the process had. Far below 1 another one took the rest, and
        its times are too long.

    Raises:
        RuntimeError: when it fails, with its last words.
    """
    finished = subprocess.run(
        program,
        input=json.dumps({"kind": kind, "threads": threads, **arguments}),
        capture_output=True,
        encoding="utf-8",
        env=environment(threads),
    )
    if finished.returncode:
        raise RuntimeError(
            f"The measurement {kind!r} ended with exit code {finished.returncode}. It "
            f"said:\n{tail(finished.stderr)}"
        )
    return json.loads(finished.stdout)


def serve(*functions):
    """Does the job on standard input: what a measuring program consists of.

    Args:
        functions: take `threads` and the job's other entries, return a dict.
    """
    # Libraries print to standard output as they like.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as results:
        os.dup2(2, 1)
        job = json.load(sys.stdin)
        bind(job["threads"])
        kinds = {function.__name__: function for function in functions}
        begun, spent = time.perf_counter(), sum(os.times()[:4])
        found = kinds[job.pop("kind")](**job)
        seconds, spent = time.perf_counter() - begun, sum(os.times()[:4]) - spent
        found.setdefault("cpu_share", round(spent / seconds / job["threads"], 3))
        found.setdefault("peak_memory_mb", round(peak_megabytes(), 1))
        json.dump(found, results, ensure_ascii=False)


def environment(threads):
    """This process's environment, for one that computes with so many threads.

    It imports the same `zoo`, and runs it on TensorFlow.
    """
    root = str(pathlib.Path(__file__).parents[2])
    return {
        "TF_CPP_MIN_LOG_LEVEL": "2",
        **os.environ,
        "KERAS_BACKEND": "tensorflow",
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "PYTHONPATH": os.pathsep.join(
            [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        ),
    }


def bind(threads):
    """Keeps this process, and those it starts, on as many cores as it has threads.

    What a library starts beside its compute threads, to read data or to log, then
    takes no second core. Where the system has no such call nothing is bound.
    """
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])


def peak_megabytes(usage=None):
    """The most memory a process held, of `os.wait4`'s usage or of this process.

    On Linux a process's own usage starts at that of the process that started it, so
    there it is read from what the kernel says of this program's memory alone.
    """
    status = pathlib.Path("/proc/self/status")
    if usage is None and status.is_file():
        found = re.search(r"^VmHWM:\s*(\d+) kB", status.read_text(), re.MULTILINE)
        if found:
            return int(found[1]) * 1024 / 1e6
    usage = usage or resource.getrusage(resource.RUSAGE_SELF)
    # In bytes on macOS, in KiB elsewhere.
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def first_line(command, text=""):
    """Runs a command until its end and notes when its first line of output came.

    To be called in a small process: the command's usage of memory starts at that of
    the process that starts it.

    Args:
        command: list of strings.
        text: what it reads from standard input.

    Returns:
        A dict: the line, `first_line_seconds` and `seconds` since the command was
        started, and `peak_memory_mb`.

    Raises:
        RuntimeError: when the command fails, or says nothing.
    """
    with tempfile.TemporaryFile("w+") as errors, tempfile.TemporaryFile("w+") as lines:
        lines.write(text)
        lines.seek(0)
        reading, writing = os.pipe()
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdin=lines, stdout=writing, stderr=errors)
        os.close(writing)
        with open(reading, encoding="utf-8") as output:
            line = output.readline()
            first = time.perf_counter() - begun
            output.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode or not line:
            errors.seek(0)
            raise RuntimeError(
                f"Expected a line of output, got exit code {process.returncode} from "
                f"{' '.join(command)}\n{tail(errors.read())}"
            )
    return {
        "line": line.rstrip("\n"),
        "first_line_seconds": first,
        "seconds": seconds,
        "peak_memory_mb": peak_megabytes(usage),
    }


def tail(text, count=12):
    """The last lines of a log."""
    return "\n".join(text.rstrip().splitlines()[-count:])
