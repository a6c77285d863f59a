"""What was exported, against Keras, token for token."""

import dataclasses
import pathlib

import numpy as np

# Scores this close may be told apart either way by two orders of summation.
TOLERANCE = 1e-4


@dataclasses.dataclass(frozen=True)
class ParityReport:
    """How an exported model's outputs compare with Keras's.

    Args:
        texts: sentences compared.
        equal: those whose n-best lists agree in every token.
        tied: those that differ only between hypotheses of equal score, within 1e-4.
        different: the others.
        largest_score_difference: between Keras's hypothesis and the exported model's
            of the same rank, over all that agree in every token.
        example: the first of the different ones: text, Keras's output, the other's.
    """

    texts: int
    equal: int
    tied: int
    different: int
    largest_score_difference: float
    example: tuple[str, str, str] | None = None


def check_parity(model, path, texts=None):
    """Compares an exported model with the Keras model that it was made from.

    Both search with the exported model's beam, penalties and longest lengths, on each
    text with the n best hypotheses that the export gives.

    Args:
        model: the Keras model.
        path: what was written: a `.tflite` file, or a SavedModel's folder.
        texts: list of strings that fit the export's source length; by default some
            made of the tokenizer's own pieces, from one piece to the longest.

    Returns:
        A `ParityReport`.

    Raises:
        ValueError: when a text's outputs differ, and the export has float weights
            that are the model's own. Where weights were rounded (int8; float16, if
            the model's weights have more digits) differences are only counted.
    """
    exported = _open(pathlib.Path(path))
    if texts is None:
        texts = default_texts(model.preprocessor, exported.interface)
    interface = exported.interface
    expected = model.translate(
        texts,
        max_length=interface["max_target_length"],
        **{
            name: interface[name]
            for name in ("beam_size", "n_best", "length_penalty", "coverage_penalty")
        },
    )
    found = exported.translate(texts, n_best=interface["n_best"])
    report = compare(texts, expected, found)
    if report.example and not _rounded(model, interface["quantize"]):
        text, of_keras, of_export = report.example
        raise ValueError(
            f"{report.different} of {report.texts} texts differ between Keras and the "
            f"exported model, the first of them {text!r}: Keras gives {of_keras!r}, "
            f"the export {of_export!r}. Please report this with the model's "
            "configuration."
        )
    return report


def compare(texts, expected, found):
    """The `ParityReport` of two n-best lists for each of `texts`."""
    counts = {"equal": 0, "tied": 0, "different": 0}
    example, largest = None, 0.0
    for text, of_keras, of_export in zip(texts, expected, found, strict=True):
        same = len(of_keras) == len(of_export)
        tied = same
        for ours, theirs in zip(of_keras, of_export, strict=False):
            # Where a list has no further hypothesis, both scores are minus infinity.
            difference = (
                0.0 if ours.score == theirs.score else abs(ours.score - theirs.score)
            )
            if ours.token_ids == theirs.token_ids:
                largest = max(largest, difference)
            else:
                same, tied = False, tied and difference <= TOLERANCE
        verdict = "equal" if same else "tied" if tied else "different"
        counts[verdict] += 1
        if verdict == "different" and example is None:
            example = text, of_keras[0].text, of_export[0].text
    return ParityReport(
        len(texts), **counts, largest_score_difference=largest, example=example
    )


def default_texts(preprocessor, interface, count=8):
    """Texts of the tokenizer's own pieces, from one piece to the longest source."""
    tokenizer = preprocessor.tokenizer
    generator = np.random.default_rng(0)
    longest = interface["max_source_length"] - 1
    texts = []
    for length in np.linspace(1, longest, count).astype(int):
        ids = generator.integers(4, tokenizer.vocabulary_size(), 4 * length)
        words = str(tokenizer.detokenize([ids.tolist()])[0]).split()
        while True:
            text = " ".join(words)
            if len(tokenizer([text])[0]) <= length or len(words) == 1:
                break
            words.pop()
        texts.append(text)
    return texts


def _open(path):
    if path.is_dir():
        from zoo.export.saved_translator import SavedTranslator

        return SavedTranslator(path)
    from zoo.device import Translator

    return Translator(path)


def _rounded(model, quantize):
    if quantize != "float16":
        return quantize is not None
    weights = [weight.numpy() for weight in model.weights]
    return any((w != w.astype(np.float16)).any() for w in weights)
