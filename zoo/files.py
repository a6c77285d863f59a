"""Files that are written whole or not at all, and their fingerprints."""

import contextlib
import hashlib
import os
import pathlib
import shutil


@contextlib.contextmanager
def replacing(path, *, overwrite=False):
    """A temporary path beside `path`, moved onto it when the block succeeds.

    The block writes a file or makes a folder at the path it is given. Where the
    block fails, `path` is left as it was and nothing half-written stays behind.
    The temporary name ends as `path` does, for writers that read the suffix.

    Args:
        path: string or `pathlib.Path`. Where the result goes.
        overwrite: bool. Whether something that stands there may be replaced.

    Example:

    ```python
    with zoo.files.replacing("scores.json") as temporary:
        temporary.write_text("{}")
    ```
    """
    path = pathlib.Path(path)
    if not overwrite and os.path.lexists(path):
        raise FileExistsError(
            f"{path} exists already. Name another path, or allow it to be replaced: "
            "overwrite=True (--force on the command line)."
        )
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"The folder {path.parent}, where {path.name} should go, does not exist. "
            "Create it first, or name another path."
        )
    temporary = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        yield temporary
        if path.is_dir() and not path.is_symlink():
            # os.replace does not take the place of a folder that has contents.
            replaced = path.with_name(f".{os.getpid()}-replaced-{path.name}")
            os.replace(path, replaced)
            os.replace(temporary, path)
            shutil.rmtree(replaced)
        else:
            os.replace(temporary, path)
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary)
        else:
            temporary.unlink(missing_ok=True)


def sha256(path):
    """The SHA-256 of a file, as hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
