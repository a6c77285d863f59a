import os
import subprocess
import sys

import pytest

from zoo.cli.quiet import quiet


def test_native_lines_are_kept_off_standard_error(capfd):
    with quiet():
        os.write(2, b"remark\n")
    os.write(2, b"error\n")
    assert capfd.readouterr().err == "error\n"


def test_exceptions_pass_and_standard_error_is_back(capfd):
    with pytest.raises(ValueError, match="damaged"):
        with quiet():
            os.write(2, b"remark\n")
            raise ValueError("damaged")
    os.write(2, b"error\n")
    assert capfd.readouterr().err == "error\n"


def test_process_without_standard_error():
    code = "from zoo.cli.quiet import quiet\nwith quiet(): print('done')"
    command = f"exec '{sys.executable}' -c \"{code}\" 2>&-"
    run = subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE)
    assert run.stdout == b"done\n"
