"""How a command refuses: one message on standard error and an exit code."""

import contextlib
import enum


class ExitCode(enum.IntEnum):
    """What a script can tell from how a command ended; 0 is success."""

    FAILURE = 1
    # Typer's own, for options and arguments.
    USAGE = 2
    INPUT = 3
    MODEL = 4
    OUTPUT = 5


EXIT_CODES = """\b
Exit codes:
  0  done
  1  failed
  2  wrong options or arguments
  3  the text or the data cannot be used
  4  the model is unknown, damaged or not of this kind
  5  the output cannot be written there
With ZOO_TRACEBACK=1 in the environment, failures print their tracebacks too."""


class Refusal(Exception):
    """Something the user can mend: a message and the exit code that goes with it."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


@contextlib.contextmanager
def refusing(code):
    """Refuses with this exit code where the block finds its input at fault."""
    try:
        yield
    except (ValueError, TypeError, OSError) as error:
        raise Refusal(code, str(error) or type(error).__name__) from error


def describe(error):
    """An error as a message for somebody who does not read tracebacks."""
    told = Refusal | ValueError | OSError | ImportError | FloatingPointError
    if isinstance(error, told):
        return str(error) or type(error).__name__
    return (
        f"{type(error).__name__}: {error}\nThis should not happen; ZOO_TRACEBACK=1 in "
        "the environment shows where it did."
    )


def exit_code(error):
    """The exit code of an error that ends a command."""
    if isinstance(error, Refusal):
        return error.code
    if isinstance(error, FileExistsError):
        return ExitCode.OUTPUT
    return ExitCode.FAILURE
