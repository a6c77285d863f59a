"""A model's name, its folder, and the model in it."""

import importlib
import json
import os
import pathlib

from zoo.card import CARD_FILE, Card


def resource(*parts):
    """Path of data that is shipped beside the code.

    A wheel carries `saved_models`, `training/recipes` and `datasets` inside the
    package; a checkout has them at its root.

    Args:
        parts: strings. The path's parts, e.g. `"training", "recipes"`.

    Returns:
        A `pathlib.Path`, whether or not anything stands there.
    """
    package = pathlib.Path(__file__).parent
    wheel = (package / "saved_models").is_dir()
    return (package if wheel else package.parent).joinpath(*parts)


def list_models():
    """Names of the models that ship with the library, in alphabetical order."""
    return sorted(path.parent.name for path in _saved_models().glob(f"*/{CARD_FILE}"))


def folder(name_or_path):
    """The folder of a model.

    Args:
        name_or_path: string or path. A name that `zoo.list_models()` gives, or a
            folder written by `save_to_preset`.

    Returns:
        A `pathlib.Path`.
    """
    if not isinstance(name_or_path, str | os.PathLike):
        raise TypeError(
            "A model is named by a string or a path. Received: "
            f"{name_or_path!r} of type {type(name_or_path).__name__}"
        )
    names = list_models()
    if name_or_path in names:
        return _saved_models() / name_or_path
    path = pathlib.Path(name_or_path)
    if not path.is_dir():
        raise ValueError(_unknown(os.fspath(name_or_path), names))
    if not (path / "config.json").is_file():
        raise ValueError(
            f"{path} is no model's folder: it has no config.json. Expected a folder "
            "written by `save_to_preset`."
        )
    return path


def load(name_or_path, verify=True):
    """Loads a model with its weights and its tokenizer.

    Args:
        name_or_path: string or path. A name that `zoo.list_models()` gives, or a
            folder written by `save_to_preset`.
        verify: bool. Whether files are first checked against the SHA-256 in the
            model's card. A folder without a card is loaded unchecked.

    Returns:
        A `keras_hub.models.Task`, e.g. a `zoo.RecurrentTranslator`.

    Example:

    ```python
    model = zoo.load("bahdanau_nmt")
    model.translate(["A man is riding a bicycle down the street."])
    ```
    """
    path = folder(name_or_path)
    if verify and (path / CARD_FILE).is_file():
        Card.read(path).verify(path)
    task = _task_config(path)

    import keras

    # Registers the classes that presets name.
    importlib.import_module("zoo.models")
    task_class = keras.saving.get_registered_object(task["registered_name"])
    if task_class is None:
        raise ValueError(
            f"{path / 'task.json'} holds a {task['registered_name']}, which is not "
            "registered with Keras. Import the module that defines it first."
        )
    return task_class.from_preset(os.fspath(path))


def _saved_models():
    return resource("saved_models")


def _unknown(name, names):
    import difflib

    near = difflib.get_close_matches(name, names)
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    return (
        f"There is no model {name!r}, nor a folder of that name.{hint} Models: "
        f"{', '.join(names) or 'none installed'}."
    )


def _task_config(path):
    """The preset's task.json, once the tokenizer it asks for is seen to be there."""
    try:
        task = json.loads((path / "task.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(
            f"{path} holds no whole model: it has no task.json. Save the model itself, "
            "not its backbone alone: `model.save_to_preset(...)`."
        ) from None
    except ValueError as error:
        raise ValueError(f"{path / 'task.json'} is no valid JSON: {error}.") from None
    preprocessor = task["config"].get("preprocessor")
    if preprocessor and preprocessor["config"].get("tokenizer"):
        assets = path / "assets" / "tokenizer"
        if not any(assets.glob("*")):
            raise ValueError(
                f"{path} has no tokenizer: {assets} is missing or empty. Save the "
                "model with its preprocessor (`model.save_to_preset(...)`), or copy "
                "that folder from where the model was saved."
            )
    return task
