import pathlib

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from zoo.card import Card
from zoo.device.bundle import read_bundle
from zoo.device.search import beam_search
from zoo.hypothesis import Hypothesis
from zoo.text.pieces import Pieces
from zoo.text.source_rows import source_rows
from zoo.text.special import PAD_ID


class Translator:
    """An exported translator, without Keras or TensorFlow.

    Args:
        path: a `.tflite` file that `model.export(path, format="litert")` wrote.
        num_threads: threads to compute with; more than one seldom pays.

    Attributes:
        card: the `zoo.Card` in the file.
        interface: dict of what the file takes, gives and was written with; see
            `zoo.export.litert`.
        max_source_length: longest source in pieces, the end included.
        max_target_length: longest output in pieces, the end included.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when the file was not written by the zoo, or is damaged.

    Example:

    ```python
    translator = zoo.device.Translator("bahdanau_nmt.tflite")
    best = translator.translate(["A dog runs on the beach."])[0][0]
    print(best.text, best.score)
    ```
    """

    def __init__(self, path, num_threads=1):
        path = pathlib.Path(path)
        content = path.read_bytes()
        self.interface, self._card, tokenizer = read_bundle(content, path)
        self.max_source_length = self.interface["max_source_length"]
        self.max_target_length = self.interface["max_target_length"]
        self.pieces = Pieces(tokenizer)
        try:
            self._interpreter = Interpreter(
                model_path=str(path), num_threads=num_threads
            )
        except (RuntimeError, ValueError) as error:
            raise ValueError(
                f"{path} cannot be run: {error}. It may be damaged: copy or download "
                "it again, or export the model again."
            ) from error
        self._runners = {}

    @property
    def card(self):
        return Card.from_dict(self._card)

    def translate(
        self,
        texts,
        n_best=1,
        beam_size=None,
        truncate=False,
        return_alignments=False,
    ):
        """Translates with beam search, one text after the other.

        Blank texts give one empty hypothesis.

        Args:
            texts: a list of strings, or one string.
            n_best: how many hypotheses to return for each.
            beam_size: hypotheses kept at every position. None, or the file's own: the
                search runs in the file. Less: it runs here, step by step; 1 is greedy
                search.
            truncate: cut sources longer than `max_source_length` instead of refusing
                them.
            return_alignments: whether hypotheses bear their alignment.

        Returns:
            For each text a list of `n_best` `zoo.Hypothesis`, best first; for one
            string, its list.

        Raises:
            TypeError: when a text is no string.
            ValueError: when a text is too long and `truncate` is off, and when the
                file has no such beam.
        """
        if isinstance(texts, str):
            return self.translate(
                [texts], n_best, beam_size, truncate, return_alignments
            )[0]
        search = self._search(n_best, beam_size)
        rows = source_rows(
            texts,
            lambda texts: [self.pieces.encode(text) for text in texts],
            self.max_source_length,
            truncate,
        )
        return [
            search(row, n_best, return_alignments)
            if len(row) > 1
            else [Hypothesis.blank()]
            for row in rows
        ]

    def run(self, signature, **inputs):
        """Runs one of the file's signatures: arrays by name, in and out."""
        if signature not in self._runners:
            self._runners[signature] = self._interpreter.get_signature_runner(signature)
        return self._runners[signature](**inputs)

    def _search(self, n_best, beam_size):
        """The function that searches as asked for, once it is seen to exist."""
        largest = self.interface["beam_size"]
        beam_size = largest if beam_size is None else beam_size
        if not 1 <= beam_size <= largest:
            raise ValueError(
                f"Expected a beam of 1 to {largest} hypotheses, as the file was "
                f"exported with, got {beam_size}. Export the model with "
                f"beam_size={beam_size}."
            )
        if not 1 <= n_best <= beam_size:
            raise ValueError(
                f"A beam of {beam_size} holds no {n_best} hypotheses: lower `n_best`, "
                "or raise `beam_size`."
            )
        if beam_size < largest or n_best > self.interface["n_best"]:
            return lambda source, *args: self._search_here(source, beam_size, *args)
        return self._search_in_file

    def _search_in_file(self, source, n_best, return_alignments):
        found = self.run("translate", token_ids=self._padded(source))
        found = {name: values[0, :n_best] for name, values in found.items()}
        if not return_alignments:
            del found["alignments"]
        return Hypothesis.from_search(found, source, self.pieces)

    def _search_here(self, source, beam_size, n_best, return_alignments):
        """The search over `encode` and `step`, with the file's other settings."""
        parts = self.run("encode", token_ids=self._padded(source))
        limit = int(parts.pop("limit")[0])
        rows = self.interface["beam_size"]

        def step(last, slots):
            tokens = np.full((1, rows), PAD_ID, np.int32)
            tokens[0, : len(last)] = last
            chosen = np.zeros(rows, int)
            chosen[: len(slots)] = slots
            for name in parts:
                if name.startswith("state"):
                    parts[name] = parts[name][:, chosen]
            found = self.run("step", tokens=tokens, **parts)
            parts.update({name: found[name] for name in parts if name in found})
            alignment = found["alignment"][0, : len(last), : len(source)]
            return found["logits"][0, : len(last)], alignment

        found = beam_search(
            step,
            limit=limit,
            beam_size=beam_size,
            n_best=n_best,
            length_penalty=self.interface["length_penalty"],
            coverage_penalty=self.interface["coverage_penalty"],
        )
        if not return_alignments:
            del found["alignments"]
        return Hypothesis.from_search(found, source, self.pieces)

    def _padded(self, source):
        token_ids = np.full((1, self.max_source_length), PAD_ID, np.int32)
        token_ids[0, : len(source)] = source
        return token_ids
