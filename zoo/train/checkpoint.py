"""All that a run has to remember, in one file that is always whole."""

import itertools
import json
import os

import numpy as np

from zoo.files import replacing


def save_checkpoint(path, variables, progress):
    """Writes variables and progress, atomically.

    Args:
        path: the `.npz` file.
        variables: list of Keras variables, in an order that construction determines.
        progress: what else there is to remember, JSON-ready.
    """
    arrays = {_key(i, v): np.asarray(v) for i, v in enumerate(variables)}
    arrays["progress"] = np.array(json.dumps(progress))
    with replacing(path, overwrite=True) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)
        file.flush()
        os.fsync(file.fileno())


def restore_checkpoint(path, variables):
    """Reads into the variables what `save_checkpoint` wrote.

    Args:
        path: the `.npz` file.
        variables: the same variables in the same order.

    Returns:
        The progress.

    Raises:
        ValueError: when the file holds other variables; nothing is assigned then.
    """
    with np.load(path) as arrays:
        keys = sorted(key for key in arrays.files if key != "progress")
        values = [arrays[key] for key in keys]
        # By place and shape: the names Keras makes up depend on what came before.
        for index, pair in enumerate(itertools.zip_longest(variables, values)):
            variable, value = pair
            if variable is None or value is None or variable.shape != value.shape:
                mine = "nothing" if variable is None else _key(index, variable)
                theirs = "nothing" if value is None else keys[index]
                raise ValueError(
                    f"{path} holds another model or optimizer than this run's: it has "
                    f"{theirs} {np.shape(value)} in the place of {mine} "
                    f"{tuple(getattr(variable, 'shape', ()))}. Start in a fresh "
                    "folder, or go back to the recipe that wrote it."
                )
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        return json.loads(str(arrays["progress"]))


def _key(index, variable):
    return f"{index:04d} {variable.path.replace('/', '.')}"
