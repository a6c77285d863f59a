"""Translations of a test set, and how good they are."""

import dataclasses
import time

from zoo.evaluate import metrics


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """What a model wrote for a test set.

    Args:
        translations: list of strings, one for each source.
        scores: list of `zoo.evaluate.metrics.Score`.
        seconds: float. Wall time of translating; loading and scoring not counted.
    """

    translations: list[str]
    scores: list[metrics.Score]
    seconds: float


def evaluate(
    translate, sources, references, language=None, batch_size=32, progress=None
):
    """Translates a test set and scores it.

    Args:
        translate: function from a list of strings to the list of their
            translations, e.g. a runner of `zoo.evaluate.runners`.
        sources: list of strings.
        references: list of strings, one for each source.
        language: string. Two-letter code of the target language, for BLEU in the
            literature's convention; without it that score is left out.
        batch_size: int. How many sources `translate` is given at once. The longest
            come last, so that the sentences of a batch are of like length.
        progress: function called with the number of sentences done so far.

    Returns:
        An `Evaluation`, its translations in the order of the sources.

    Example:

    ```python
    text = zoo.data.read_parallel_text("multi30k/en_de", "test_2016_flickr")
    run = zoo.evaluate.runners.KerasRunner(zoo.load("bahdanau_nmt"), beam_size=5)
    found = evaluate(run, text.sources, text.targets, text.target_language)
    print(*found.scores, sep="\\n")
    ```
    """
    if len(sources) != len(references):
        raise ValueError(
            "There must be one reference for each source. Received: "
            f"{len(sources)} sources and {len(references)} references."
        )
    order = sorted(range(len(sources)), key=lambda index: len(sources[index]))
    translations = [""] * len(sources)
    begun = time.perf_counter()
    for first in range(0, len(order), batch_size):
        chosen = order[first : first + batch_size]
        written = translate([sources[index] for index in chosen])
        for index, text in zip(chosen, written, strict=True):
            translations[index] = text
        if progress is not None:
            progress(first + len(chosen))
    seconds = time.perf_counter() - begun
    return Evaluation(translations, score(translations, references, language), seconds)


def score(translations, references, language=None):
    """The scores of translations that are there already.

    Args:
        translations: list of strings.
        references: list of strings, one for each translation.
        language: string. As in `evaluate`.

    Returns:
        A list of `zoo.evaluate.metrics.Score`: BLEU in the literature's convention,
        cased BLEU, chrF.
    """
    scores = []
    if language is not None:
        scores.append(metrics.literature_bleu(translations, references, language))
    scores.append(metrics.bleu(translations, references))
    scores.append(metrics.chrf(translations, references))
    return scores
