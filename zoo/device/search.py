"""Beam search on the host, for one sentence, over a step that somebody else computes.

Gives what `zoo.decoding.beam_search` gives, in NumPy.
"""

import dataclasses

import numpy as np

from zoo.text.special import END_ID, PAD_ID, START_ID

# The attention a source position counts with at least, so that its log is finite.
_UNATTENDED = 1e-6


@dataclasses.dataclass
class Candidate:
    """A hypothesis of the search.

    Args:
        token_ids: list of ids, the end included where it was reached.
        log_probability: of these tokens.
        slot: the row of the last step that it stood in.
        rows: an alignment (source,) for each token.
        score: `log_probability`, normalised.
    """

    token_ids: list[int]
    log_probability: float
    slot: int
    rows: list[np.ndarray]
    score: float = -np.inf


def beam_search(
    step,
    *,
    limit,
    beam_size,
    n_best,
    length_penalty,
    coverage_penalty,
):
    """Finds the `n_best` outputs with the highest normalised log-probability.

    Args:
        step: from the last tokens of the live hypotheses and the slots they stood in
            at the step before, two lists, to logits (live, vocabulary) and alignment
            (live, source). It keeps the model's state.
        limit: longest output.
        beam_size, n_best, length_penalty, coverage_penalty: as in
            `zoo.decoding.beam_search`.

    Returns:
        What `zoo.decoding.beam_search` returns, `finished` left out, without the batch
        axis and for as long as the longest output.
    """

    def score(candidate):
        length = (5 + len(candidate.token_ids)) / 6
        coverage = np.clip(np.sum(candidate.rows, axis=0), _UNATTENDED, 1)
        return (
            candidate.log_probability / length**length_penalty
            + coverage_penalty * np.log(coverage).sum()
        )

    live, finished = [Candidate([], 0.0, 0, [])], []
    for position in range(limit):
        last = [c.token_ids[-1] if position else START_ID for c in live]
        logits, alignment = step(last, [candidate.slot for candidate in live])
        logits = logits - logits.max(axis=-1, keepdims=True)
        logits -= np.log(np.exp(logits).sum(axis=-1, keepdims=True))
        totals = logits + np.array([[c.log_probability] for c in live])
        extended = []
        # Finished hypotheses keep their places.
        for choice in _largest(totals.ravel(), beam_size - len(finished)):
            slot, token = divmod(int(choice), totals.shape[1])
            extended.append(
                Candidate(
                    [*live[slot].token_ids, token],
                    float(totals[slot, token]),
                    slot,
                    [*live[slot].rows, alignment[slot]],
                )
            )
        live = []
        for candidate in extended:
            candidate.score = score(candidate)
            ended = candidate.token_ids[-1] == END_ID
            (finished if ended else live).append(candidate)
        finished.sort(key=lambda candidate: -candidate.score)
        if not live:
            break
        # No live hypothesis can score more: log-probabilities only fall, and the
        # coverage penalty is never above 0.
        bound = live[0].log_probability / ((5 + limit) / 6) ** length_penalty
        if len(finished) >= n_best and finished[n_best - 1].score >= bound:
            break
    live.sort(key=lambda candidate: -candidate.score)
    return _arrays([*finished, *live][:n_best])


def _largest(values, count):
    """Places of the largest values, best first; the first of equal ones."""
    least = np.partition(values, -count)[-count]
    (places,) = np.nonzero(values >= least)
    return places[np.argsort(-values[places], kind="stable")][:count]


def _arrays(candidates):
    lengths = [len(candidate.token_ids) for candidate in candidates]
    shape = len(candidates), max(lengths)
    token_ids = np.full(shape, PAD_ID, np.int32)
    alignments = np.zeros((*shape, len(candidates[0].rows[0])), np.float32)
    for rank, candidate in enumerate(candidates):
        token_ids[rank, : lengths[rank]] = candidate.token_ids
        alignments[rank, : lengths[rank]] = candidate.rows
    return {
        "token_ids": token_ids,
        "lengths": np.array(lengths, np.int32),
        "log_probabilities": np.array([c.log_probability for c in candidates]),
        "scores": np.array([c.score for c in candidates]),
        "alignments": alignments,
    }
