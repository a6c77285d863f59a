"""From a model's name to a function that translates."""

import enum
import pathlib

import typer

from zoo import catalog
from zoo.card import CARD_FILE, Card
from zoo.cli.errors import ExitCode, Refusal, refusing
from zoo.cli.quiet import quiet


class Backend(enum.StrEnum):
    """What runs the model."""

    AUTO = "auto"
    LITERT = "litert"
    KERAS = "keras"


def open_translator(
    model,
    *,
    backend=Backend.AUTO,
    beam_size=None,
    n_best=1,
    length_penalty=None,
    truncate=False,
    alignments=False,
):
    """Opens a model for translating one text after the other.

    Args:
        model: string. A name, a preset folder, or a `.tflite` file.
        backend: `Backend`. AUTO takes the model's `.tflite` file, which starts fast,
            where there is one that searches as asked for, and Keras otherwise.
        beam_size, length_penalty: of the search; None for the model's own.
        n_best: int. How many hypotheses.
        truncate: bool. Whether sources that are too long are cut, not refused.
        alignments: bool. Whether the hypotheses bear their alignments.

    Returns:
        A function from a text to its list of `zoo.Hypothesis`, best first.
    """
    given = pathlib.Path(model).suffix == ".tflite"
    if given and backend == Backend.KERAS:
        raise typer.BadParameter(
            f"{model} is a LiteRT file. Keras runs names and preset folders.",
            param_hint="--backend",
        )
    file = pathlib.Path(model) if given else shipped_file(model)
    if file is None and backend == Backend.LITERT:
        raise Refusal(
            ExitCode.MODEL,
            f"{model} has no .tflite file. Write one, and name it with --model: "
            f"zoo export {model} model.tflite",
        )
    if file is not None and backend != Backend.KERAS:
        translator = open_file(file)
        misfit = _misfit(translator.interface, beam_size, n_best, length_penalty)
        if misfit is None:
            return _on_device(translator, n_best, beam_size, truncate, alignments)
        if given or backend == Backend.LITERT:
            raise typer.BadParameter(
                f"{misfit}. Export the model anew with `zoo export`, or run a name or "
                "a preset folder with --backend keras."
            )
        typer.echo(f"{misfit}: loading the Keras model instead.", err=True)
    task = load_task(model)
    options = {} if length_penalty is None else {"length_penalty": length_penalty}
    return lambda text: task.translate(
        text,
        beam_size=beam_size or max(5, n_best),
        n_best=n_best,
        truncate=truncate,
        return_alignments=alignments,
        **options,
    )


def _on_device(translator, n_best, beam_size, truncate, alignments):
    def translate(text):
        # LiteRT tells of its delegate when it first runs.
        with quiet():
            return translator.translate(
                text,
                n_best=n_best,
                beam_size=beam_size,
                truncate=truncate,
                return_alignments=alignments,
            )

    return translate


def shipped_file(model):
    """The `.tflite` file in the folder of a model, or None."""
    with refusing(ExitCode.MODEL):
        files = sorted(catalog.folder(model).glob("*.tflite"))
    return files[0] if files else None


def open_file(path):
    """The `zoo.device.Translator` of a file, once it is seen to be as its card says."""
    with refusing(ExitCode.MODEL):
        if not path.is_file():
            raise FileNotFoundError(f"There is no file {path}.")
        if (path.parent / CARD_FILE).is_file():
            card = Card.read(path.parent)
            if path.name in card.files:
                card.verify(path.parent, path.name)

        from zoo.device import Translator

        with quiet():
            return Translator(path)


def load_task(model):
    """The Keras task of a name or a preset folder."""
    with refusing(ExitCode.MODEL):
        # Before seconds are spent on importing TensorFlow.
        catalog.folder(model)
        with quiet():
            return catalog.load(model)


def _misfit(interface, beam_size, n_best, length_penalty):
    """What an exported file cannot do of what is asked for, or None."""
    largest, own_penalty = interface["beam_size"], interface["length_penalty"]
    if max(beam_size or 1, n_best) > largest:
        return (
            f"The .tflite file searches with a beam of {largest} at most, not "
            f"{max(beam_size or 1, n_best)}"
        )
    if length_penalty not in (None, own_penalty):
        return (
            f"The .tflite file has length penalty {own_penalty:g}, not "
            f"{length_penalty:g}"
        )
    return None
