"""Processes that are measured from outside: their cores, first line and memory."""

import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time


def bind(threads):
    """Keeps this process, and those it starts, on as many cores as it has threads.

    What a library starts beside its compute threads, to read data or to log, then
    takes no second core. Where the system has no such call nothing is bound.

    Returns:
        Whether it was done.
    """
    if not hasattr(os, "sched_setaffinity"):
        return False
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])
    return True


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
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=lines, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        with process.stdout as output:
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
