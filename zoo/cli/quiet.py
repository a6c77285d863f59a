"""Standard error without the remarks of native libraries."""

import contextlib
import os


@contextlib.contextmanager
def quiet():
    """Keeps off standard error what TensorFlow and LiteRT say when they start.

    Their own switches come too late or do not reach these lines (on instruction sets,
    on the graphics card that is not there, on delegates). Exceptions pass.
    """
    try:
        kept = os.dup(2)
    except OSError:  # There is no standard error.
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
