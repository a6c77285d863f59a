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

    def to_dict(self):
        """The hypothesis as JSON-ready values."""
        values = {
            field.name: getattr(self, field.name) for field in dataclasses.fields(self)
        }
        if self.alignment is not None:
            values["alignment"] = self.alignment.tolist()
        return values
