"""All that a run has to remember, in one file that is always whole."""

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
        expected = {_key(i, v): tuple(v.shape) for i, v in enumerate(variables)}
        found = {key: arrays[key].shape for key in arrays.files if key != "progress"}
        if expected != found:
            differing = sorted(set(expected.items()) ^ set(found.items()))
            raise ValueError(
                f"{path} holds another model or optimizer than this run's; they "
                f"differ in {', '.join(f'{k} {s}' for k, s in differing[:4])}. Start "
                "in a fresh folder, or go back to the recipe that wrote it."
            )
        for index, variable in enumerate(variables):
            variable.assign(arrays[_key(index, variable)])
        return json.loads(str(arrays["progress"]))


def _key(index, variable):
    return f"{index:04d} {variable.path.replace('/', '.')}"
