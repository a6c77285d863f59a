"""Files that a command writes."""

import contextlib

from zoo.cli.errors import ExitCode, refusing
from zoo.files import replacing


@contextlib.contextmanager
def output(path, force):
    """`zoo.files.replacing`, which refuses before the work begins, not after it.

    Args:
        path: string or path, or None where nothing is to be written.
        force: bool. Whether what stands there may be replaced.

    Yields:
        The temporary path to write to, or None.
    """
    if path is None:
        yield None
        return
    with contextlib.ExitStack() as stack:
        with refusing(ExitCode.OUTPUT):
            temporary = stack.enter_context(replacing(path, overwrite=force))
        yield temporary
