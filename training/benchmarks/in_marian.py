"""Measures Marian's decoding; runs in the environment that has it.

A measuring program: see `zoo.evaluate.processes`.
"""

import pathlib
import time

from zoo.evaluate.measurement import decoding_speed
from zoo.evaluate.processes import serve


def translation(options, sources, repeats, threads):
    """Sentences and output tokens a second, and what was written, in pieces.

    As `zoo.evaluate.measurement.translation`: a pass that is not timed, then the
    timed ones, over batches of sentences of like length.

    Args:
        options: Marian's command line.
        sources: file of pieces, a sentence a line.
        repeats: int.
        threads: what the options say.
    """
    from pymarian import Translator

    lines = pathlib.Path(sources).read_text("utf-8").splitlines()
    translator = Translator(options)
    translations = translator.translate(lines)
    seconds = []
    for _ in range(repeats):
        begun = time.perf_counter()
        translator.translate(lines)
        seconds.append(time.perf_counter() - begun)
    # The ends of sentences, which are no pieces, are output too.
    tokens = sum(len(line.split()) + 1 for line in translations)
    return {
        **decoding_speed(seconds, len(lines), tokens),
        "translations": translations,
    }


if __name__ == "__main__":
    serve(translation)
