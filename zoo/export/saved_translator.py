import json
import pathlib

import tensorflow as tf
import tensorflow_text  # noqa: F401  (the tokenizer's operators)

from zoo.card import Card
from zoo.export.saved_model import EXTRA, INTERFACE_FILE, TOKENIZER_FILE
from zoo.hypothesis import Hypothesis
from zoo.text.pieces import Pieces
from zoo.text.source_rows import source_rows


class SavedTranslator:
    """A SavedModel that `zoo.export` wrote, with its results as `zoo.Hypothesis`.

    Args:
        path: the SavedModel's folder.

    Attributes:
        card: the `zoo.Card` in the folder.
        interface: dict of what it was written with, as in `zoo.device.Translator`.

    Raises:
        ValueError: when the folder is no SavedModel of the zoo.

    Example:

    ```python
    translator = SavedTranslator("folder")
    print(translator.translate(["A dog runs on the beach."])[0][0].text)
    ```
    """

    def __init__(self, path):
        extra = pathlib.Path(path, EXTRA)
        try:
            interface = (extra / INTERFACE_FILE).read_text("utf-8")
            tokenizer = (extra / TOKENIZER_FILE).read_bytes()
        except FileNotFoundError as error:
            raise ValueError(
                f"{path} is no SavedModel of the zoo: it has no {error.filename}. "
                'Expected a folder that model.export(path, format="tf_saved_model") '
                "wrote."
            ) from None
        self.interface = json.loads(interface)
        self.card = Card.read(extra)
        self.pieces = Pieces(tokenizer)
        self._loaded = tf.saved_model.load(str(path))

    def translate(self, texts, n_best=1, return_alignments=False, batch_size=32):
        """Translates with the search in the graph.

        Args:
            texts: a list of strings.
            n_best: how many hypotheses to return for each.
            return_alignments: whether hypotheses bear their alignment.
            batch_size: texts decoded at once.

        Returns:
            For each text a list of `n_best` `zoo.Hypothesis`, best first.

        Raises:
            TypeError: when a text is no string.
            ValueError: when a text is too long, and when the graph does not give as
                many hypotheses.
        """
        if not 1 <= n_best <= self.interface["n_best"]:
            raise ValueError(
                f"Expected 1 to {self.interface['n_best']} hypotheses, as the "
                f"SavedModel was exported with, got {n_best}. Export the model with "
                f"n_best={n_best}."
            )
        sources = source_rows(
            texts,
            lambda texts: [self.pieces.encode(text) for text in texts],
            self.interface["max_source_length"],
        )
        single = n_best == 1 and not return_alignments
        run = self._loaded.signatures["serving_default" if single else "n_best"]
        order = sorted(range(len(texts)), key=lambda index: len(sources[index]))
        results = [[] for _ in texts]
        for first in range(0, len(order), batch_size):
            chosen = order[first : first + batch_size]
            found = run(texts=tf.constant([texts[index] for index in chosen]))
            found = {name: values.numpy() for name, values in found.items()}
            if not return_alignments:
                found.pop("alignments", None)
            for place, index in enumerate(chosen):
                one = {
                    name: values[[place]] if single else values[place, :n_best]
                    for name, values in found.items()
                }
                results[index] = (
                    Hypothesis.from_search(one, sources[index], self.pieces)
                    if len(sources[index]) > 1
                    else [Hypothesis.blank()]
                )
        return results
