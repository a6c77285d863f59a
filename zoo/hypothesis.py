import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Hypothesis:
    """One output of a search: the text, and how the model came to it.

    Two are equal when all but their alignments are.

    Args:
        text: the output as a string.
        tokens: its pieces, the end `</s>` included where the search reached it.
        token_ids: the ids of `tokens`.
        log_probability: of exactly these tokens, their sum in nats.
        score: what the search ranked by: `log_probability`, normalised.
        alignment: weights (target, source), a row for each of `tokens` and a column
            for each of `source_tokens`; None unless asked for.
        source_tokens: the pieces that were read, the end `</s>` included.
    """

    text: str
    tokens: list[str]
    token_ids: list[int]
    log_probability: float
    score: float
    # Arrays have no one answer to `==`.
    alignment: np.ndarray | None = dataclasses.field(compare=False)
    source_tokens: list[str]

    @classmethod
    def blank(cls):
        """The one hypothesis for a text in which there is nothing."""
        return cls(
            text="",
            tokens=[],
            token_ids=[],
            log_probability=0.0,
            score=0.0,
            alignment=np.zeros((0, 0), "float32"),
            source_tokens=[],
        )

    @classmethod
    def from_search(cls, found, source, pieces):
        """The hypotheses that a search found for one text.

        Args:
            found: what a search of `zoo.decoding` returns, as NumPy arrays without
                their batch axis; `alignments` may be left out.
            source: the ids that were read, the end included.
            pieces: the `zoo.text.pieces.Pieces` of the model.

        Returns:
            A list of `Hypothesis` in the order of the search. A search that found
            fewer than it was asked for has left slots empty; these are left out.
        """
        source_tokens = pieces.tokens(source)
        hypotheses = []
        for rank, length in enumerate(found["lengths"].tolist()):
            if length == 0:
                continue
            token_ids = found["token_ids"][rank, :length].tolist()
            alignment = None
            if "alignments" in found:
                alignment = found["alignments"][rank, :length, : len(source)]
            hypotheses.append(
                cls(
                    text=pieces.decode(token_ids),
                    tokens=pieces.tokens(token_ids),
                    token_ids=token_ids,
                    log_probability=float(found["log_probabilities"][rank]),
                    score=float(found["scores"][rank]),
                    alignment=alignment,
                    source_tokens=source_tokens,
                )
            )
        return hypotheses

    def to_dict(self):
        """The hypothesis as JSON-ready values."""
        values = {
            field.name: getattr(self, field.name) for field in dataclasses.fields(self)
        }
        if self.alignment is not None:
            values["alignment"] = self.alignment.tolist()
        return values
