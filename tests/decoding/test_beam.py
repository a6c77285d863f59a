import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from keras import ops

from zoo.decoding import beam_search, greedy_search

SEEDS = st.integers(0, 2**32 - 1)


def length_penalty(length, alpha):
    return ((5 + length) / 6) ** alpha


def coverage_penalty(alignments, beta, mask):
    if not beta:
        return 0.0
    covered = np.clip(np.sum(alignments, axis=0)[mask], 1e-6, 1.0)
    return beta * np.log(covered).sum()


def plain_beam_search(toys, model, sentence, beam_size, n_best, alpha, beta, limit):
    """Beam search over Python lists, which never stops early.

    Returns the hypotheses (score, log-probability, tokens), at which step a search
    may stop, and by how little a decision on the way was taken.
    """
    mask = model.memory["mask"][sentence] if beta else None
    live, finished = [(0.0, [])], []
    stop, closest = None, np.inf

    def scored(total, tokens):
        alignments = toys.rescore(model, sentence, tokens)[1]
        penalty = coverage_penalty(alignments, beta, mask)
        return total / length_penalty(len(tokens), alpha) + penalty, total, tokens

    for length in range(1, limit + 1):
        room = beam_size - len(finished)
        extended = []
        for total, tokens in live:
            logits, _ = model.oracle(sentence, [toys.TOKENS["start_token_id"], *tokens])
            for token, log_probability in enumerate(toys.log_softmax(logits)):
                extended.append((total + log_probability, [*tokens, token]))
        extended.sort(reverse=True)
        if 0 < room < len(extended):
            closest = min(closest, extended[room - 1][0] - extended[room][0])
        chosen = extended[:room]
        finished += [scored(*one) for one in chosen if one[1][-1] == toys.END]
        live = [one for one in chosen if one[1][-1] != toys.END]
        finished.sort(key=lambda one: -one[0])
        if stop is None:
            bound = max([total for total, _ in live], default=-np.inf)
            bound /= length_penalty(limit, alpha)
            best = finished[n_best - 1][0] if len(finished) >= n_best else -np.inf
            closest = min([closest, *([abs(best - bound)] if live else [])])
            if not live or best >= bound:
                stop = length
    unfinished = sorted([scored(*one) for one in live], key=lambda one: -one[0])
    ranked = finished + unfinished
    for kind in (finished, unfinished):
        scores = [one[0] for one in kind[: n_best + 1]]
        closest = min([closest, *-np.diff(scores)])
    return ranked[:n_best], stop or limit, closest


@pytest.mark.parametrize("kind", ["Table", "Reader"])
@pytest.mark.parametrize("alpha", [0.0, 0.7, 2.0])
def test_a_beam_as_wide_as_the_space_returns_every_output_in_order(toys, kind, alpha):
    model = getattr(toys, kind)(seed=3)
    # 13 outputs end within three letters of four, 27 are cut off.
    result = toys.search(
        beam_search,
        model,
        max_length=3,
        beam_size=40,
        n_best=40,
        length_penalty=alpha,
    )
    outputs = toys.every_output(model, 0, limit=3)
    assert len(outputs) == 40

    def rank(output):
        total, tokens = output
        return tokens[-1] == toys.END, total / length_penalty(len(tokens), alpha)

    outputs.sort(key=rank, reverse=True)
    assert toys.hypotheses(result, 0) == [tokens for _, tokens in outputs]
    assert result["finished"][0].tolist() == [rank(output)[0] for output in outputs]
    totals = [total for total, _ in outputs]
    np.testing.assert_allclose(result["log_probabilities"][0], totals, atol=1e-5)
    scores = [rank(output)[1] for output in outputs]
    np.testing.assert_allclose(result["scores"][0], scores, atol=1e-5)


def test_a_wide_beam_finds_what_greedy_search_misses(toys):
    model = toys.Table(seed=0, vocabulary=4)
    # After the start 3 is likelier than 0, but only 0 is sure to end.
    model.table[:] = -20.0
    model.memory["bias"][:] = 0.0
    model.table[0, 1, [3, 0]] = np.log([0.6, 0.4])
    model.table[1, 3, :] = np.log(0.25)
    model.table[1, 0, 2] = 0.0
    options = {"max_length": 2}
    greedy = toys.search(greedy_search, model, **options)
    assert toys.hypotheses(greedy, 0)[0][0] == 3
    best = toys.search(beam_search, model, beam_size=2, **options)
    assert toys.hypotheses(best, 0) == [[0, 2]]
    np.testing.assert_allclose(best["log_probabilities"], np.log([[0.4]]), atol=1e-4)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    seed=SEEDS,
    kind=st.sampled_from(["Table", "Reader"]),
    limits=st.lists(st.integers(1, 6), min_size=1, max_size=3),
)
def test_a_beam_of_one_is_greedy_search(toys, seed, kind, limits):
    model = getattr(toys, kind)(seed, batch=len(limits))
    options = {"max_length": 6, "limits": np.array(limits)}
    greedy = toys.search(greedy_search, model, **options)
    beam = toys.search(beam_search, model, beam_size=1, length_penalty=0.0, **options)
    for name in ("token_ids", "lengths", "finished"):
        np.testing.assert_array_equal(beam[name], greedy[name])
    for name in ("log_probabilities", "scores"):
        np.testing.assert_allclose(beam[name], greedy[name], atol=1e-5)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=SEEDS,
    kind=st.sampled_from(["Table", "Reader"]),
    beam_size=st.integers(1, 6),
    n_best=st.integers(1, 6),
    alpha=st.sampled_from([0.0, 0.6, 1.0, 3.0]),
    beta=st.sampled_from([0.0, 0.2, 1.0]),
    limit=st.integers(1, 7),
)
def test_agrees_with_a_plain_beam_search_that_never_stops_early(
    toys, seed, kind, beam_size, n_best, alpha, beta, limit
):
    n_best = min(n_best, beam_size)
    beta = beta if kind == "Reader" else 0.0
    model = getattr(toys, kind)(seed)
    expected, steps, closest = plain_beam_search(
        toys, model, 0, beam_size, n_best, alpha, beta, limit
    )
    # Not what float32 cannot tell apart.
    assume(closest > 1e-4)
    calls = []

    def step(*arguments):
        calls.append(1)
        return model.step(*arguments)

    # Eagerly, so that calls are counted; the first one asks for the source length.
    result = beam_search(
        step,
        model.state,
        model.memory,
        **toys.TOKENS,
        max_length=7,
        limits=[limit],
        beam_size=beam_size,
        n_best=n_best,
        length_penalty=alpha,
        coverage_penalty=beta,
    )
    assert len(calls) == steps + (beta > 0)
    result = {name: ops.convert_to_numpy(value) for name, value in result.items()}
    found = [tokens for tokens in toys.hypotheses(result, 0) if tokens]
    assert found == [tokens for _, _, tokens in expected]
    scores, totals = ([one[i] for one in expected] for i in (0, 1))
    count = len(expected)
    np.testing.assert_allclose(result["scores"][0, :count], scores, atol=2e-5)
    np.testing.assert_allclose(
        result["log_probabilities"][0, :count], totals, atol=2e-5
    )
    ended = [tokens[-1] == toys.END for _, _, tokens in expected]
    assert result["finished"][0, :count].tolist() == ended


def test_stops_as_soon_as_no_live_hypothesis_can_win(toys):
    model = toys.Table(seed=0)
    calls = []

    def step(*arguments):
        calls.append(1)
        return model.step(*arguments)

    def steps(**options):
        calls.clear()
        beam_search(
            step, model.state, model.memory, **toys.TOKENS, max_length=50, **options
        )
        return len(calls)

    model.memory["bias"][:] = 0.0
    # The end takes 0.9 of every step.
    model.table[:] = np.log([0.04, 0.03, 0.9, 0.03])
    assert steps(beam_size=3, length_penalty=0.0) == 1
    # The second ends at 0.04 * 0.9, before which 0.04 is still in reach.
    assert steps(beam_size=3, n_best=2, length_penalty=0.0) == 2
    # The limit's length penalty, (55 / 6), leaves log(0.04) / 9.2 in reach of more
    # than log(0.9) / 1, but the beam is full of finished ones soon.
    assert steps(beam_size=3, n_best=3, length_penalty=1.0) < 5
    assert steps(beam_size=3, n_best=3, length_penalty=1.0, limits=[2]) == 2


def test_goes_on_while_length_may_still_make_up_for_probability(toys):
    model = toys.Table(seed=0, vocabulary=10)
    model.memory["bias"][:] = 0.0
    model.table[:] = -20.0
    # The end with 0.6, or with 0.4 the letters 3 to 9 and then the end.
    model.table[0, 1, [toys.END, 3]] = np.log([0.6, 0.4])
    chain = [1, 3, 4, 5, 6, 7, 8, 9, toys.END]
    for before, letter, after in zip(chain, chain[1:], chain[2:], strict=False):
        model.table[before, letter, after] = 0.0
    long = chain[1:]
    # log(0.4) / (13 / 6) > log(0.6), though log(0.4) < log(0.6)
    result = toys.search(beam_search, model, max_length=10, beam_size=2)
    assert toys.hypotheses(result, 0) == [long]
    # With its length capped it cannot win, which the first step shows.
    result = toys.search(beam_search, model, max_length=10, limits=[4], beam_size=2)
    assert toys.hypotheses(result, 0) == [[toys.END]]


@pytest.fixture(scope="module", params=[1, 4])
def crowd(toys, request):
    """Sentences of different lengths and limits, searched together."""
    model = toys.Reader(seed=11, batch=6, lengths=[5, 2, 3, 5, 2, 4], vocabulary=6)
    limits = [9, 2, 4, 7, 1, 9]
    options = {
        "beam_size": 4,
        "n_best": request.param,
        "max_length": 9,
        "length_penalty": 0.2,
        "return_alignments": True,
    }
    together = toys.search(beam_search, model, limits=np.array(limits), **options)
    return model, limits, options, together


def test_a_result_does_not_depend_on_batch_neighbours(toys, crowd):
    model, limits, options, together = crowd
    for sentence, limit in enumerate(limits):
        memory, state = model.alone(sentence)
        alone = toys.search(
            beam_search,
            model,
            memory=memory,
            state=state,
            limits=np.array([limit]),
            **options,
        )
        for name in ("token_ids", "lengths", "finished"):
            np.testing.assert_array_equal(alone[name][0], together[name][sentence])
        for name in ("log_probabilities", "scores"):
            np.testing.assert_allclose(
                alone[name][0], together[name][sentence], atol=1e-5
            )
        length = model.memory["mask"][sentence].sum()
        alignments = together["alignments"][sentence]
        np.testing.assert_allclose(
            alone["alignments"][0], alignments[..., :length], atol=1e-5
        )
        assert not alignments[..., length:].any()


def test_reports_what_the_model_gives_to_that_very_output(toys, crowd):
    model, limits, _, together = crowd
    for sentence, limit in enumerate(limits):
        found = toys.hypotheses(together, sentence)
        assert all(0 < len(tokens) <= limit for tokens in found)
        assert len({tuple(tokens) for tokens in found}) == len(found)
        for rank, tokens in enumerate(found):
            total, alignments = toys.rescore(model, sentence, tokens)
            np.testing.assert_allclose(
                together["log_probabilities"][sentence, rank], total, atol=2e-5
            )
            rows = together["alignments"][sentence, rank]
            np.testing.assert_allclose(rows[: len(tokens)], alignments, atol=1e-5)
            assert not rows[len(tokens) :].any()
            assert toys.END not in tokens[:-1]
            ended = tokens[-1] == toys.END
            assert together["finished"][sentence, rank] == ended
            assert ended or len(tokens) == limit
            padding = together["token_ids"][sentence, rank, len(tokens) :]
            assert (padding == toys.TOKENS["pad_token_id"]).all()
    assert together["finished"].any() and not together["finished"].all()


def test_sorts_by_score_with_the_cut_off_behind_the_finished(crowd):
    _, _, _, together = crowd
    scores = np.where(together["finished"], together["scores"], -1e3)
    scores += np.where(together["finished"], 0.0, together["scores"])
    assert (np.diff(scores) <= 0).all()


def test_an_ended_hypothesis_is_never_extended(toys):
    model = toys.Table(seed=5)
    # After the end everything costs nothing, and everything else is dear.
    model.table[:] = -5.0
    model.table[..., 3] = 0.0
    model.table[:, toys.END] = [-50.0, -50.0, 50.0, 49.0]
    result = toys.search(beam_search, model, max_length=6, beam_size=4, n_best=4)
    for rank, tokens in enumerate(toys.hypotheses(result, 0)):
        assert toys.END not in tokens[:-1]
        total, _ = toys.rescore(model, 0, tokens)
        np.testing.assert_allclose(
            result["log_probabilities"][0, rank], total, atol=1e-5
        )


def test_ended_hypotheses_keep_their_slots(toys):
    model = toys.Table(seed=0)
    model.memory["bias"][:] = 0.0
    model.table[:] = np.log([0.3, 0.3, 0.1, 0.3])
    model.table[0, 1] = np.log([0.01, 0.01, 0.02, 0.96])
    # The dear end of the first step stays, though dozens of outputs get likelier.
    result = toys.search(
        beam_search, model, max_length=3, beam_size=2, n_best=2, length_penalty=0.0
    )
    assert toys.hypotheses(result, 0)[0] == [toys.END]


def test_slots_without_a_possible_output_stay_empty(toys):
    model = toys.Table(seed=2)
    result = toys.search(beam_search, model, max_length=1, beam_size=6, n_best=6)
    assert result["lengths"].tolist() == [[1, 1, 1, 1, 0, 0]]
    assert result["finished"].tolist() == [[True] + [False] * 5]
    assert np.isneginf(result["log_probabilities"][0, 4:]).all()
    assert np.isneginf(result["scores"][0, 4:]).all()
    assert sorted(result["token_ids"][0, :4, 0]) == [0, 1, 2, 3]
    assert (result["token_ids"][0, 4:] == toys.TOKENS["pad_token_id"]).all()


def test_impossible_tokens_are_never_written(toys):
    model = toys.Table(seed=2, vocabulary=5)
    # Nothing but 3 and 4 at first, then nothing but the end.
    model.table[0, 1, :3] = -np.inf
    model.table[1, :, [0, 1, 3, 4]] = -np.inf
    result = toys.search(beam_search, model, max_length=4, beam_size=4, n_best=4)
    assert sorted(toys.hypotheses(result, 0)) == [[], [], [3, 2], [4, 2]]
    assert result["finished"].tolist() == [[True, True, False, False]]
    model.table[0, 1] = [0.0, 0.0, -np.inf, 0.0, 0.0]
    result = toys.search(beam_search, model, max_length=1, beam_size=6, n_best=6)
    assert result["lengths"].tolist() == [[1, 1, 1, 1, 0, 0]]
    assert not result["finished"].any()
    assert (result["token_ids"][0, 4:] == toys.TOKENS["pad_token_id"]).all()


@pytest.mark.parametrize("given_mask", [True, False])
def test_coverage_counts_real_positions_only(toys, given_mask):
    model = toys.Reader(seed=4, lengths=[3])
    options = {
        "max_length": 5,
        "beam_size": 4,
        "n_best": 4,
        "coverage_penalty": 0.5,
        "length_penalty": 0.0,
    }
    mask = model.memory["mask"]
    padded = toys.search(
        beam_search, model, source_mask=mask if given_mask else None, **options
    )
    for rank, tokens in enumerate(toys.hypotheses(padded, 0)):
        total, alignments = toys.rescore(model, 0, tokens)
        expected = total + coverage_penalty(alignments, 0.5, mask[0])
        np.testing.assert_allclose(padded["scores"][0, rank], expected, atol=1e-4)


def test_a_real_position_never_attended_to_keeps_the_score_finite(toys):
    model = toys.Table(seed=1)

    def step(tokens, state, memory):
        logits, state, _ = model.step(tokens, state, memory)
        shape = (*tokens.shape, 3)
        return logits, state, ops.broadcast_to([1.0, 0.0, 0.0], shape)

    def score(mask):
        result = beam_search(
            step,
            model.state,
            model.memory,
            **toys.TOKENS,
            max_length=3,
            coverage_penalty=1.0,
            source_mask=mask,
        )
        return ops.convert_to_numpy(result["scores"])[0, 0]

    unpenalised = score(np.array([[True, False, False]]))
    np.testing.assert_allclose(score(None), unpenalised)
    np.testing.assert_allclose(
        score(np.array([[True, True, False]])), unpenalised + np.log(1e-6), rtol=1e-5
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"beam_size": 0}, "`beam_size` must be an integer of at least 1, got 0"),
        ({"beam_size": 2.5}, "`beam_size` must be an integer of at least 1, got 2.5"),
        ({"n_best": 0}, "`n_best` must be an integer of at least 1, got 0"),
        ({"beam_size": 3, "n_best": 4}, "beam of 3 holds no 4 hypotheses"),
        ({"length_penalty": -0.5}, "`length_penalty` must be at least 0.*got -0.5"),
        ({"length_penalty": float("nan")}, "`length_penalty` must be at least 0"),
        ({"coverage_penalty": -1}, "`coverage_penalty` must be at least 0.*got -1"),
        ({"coverage_penalty": 0.1}, "`step` returned None for its alignment"),
    ],
)
def test_refuses(toys, options, message):
    model = toys.Table(seed=0)
    with pytest.raises(ValueError, match=message):
        beam_search(
            model.step,
            model.state,
            model.memory,
            **toys.TOKENS,
            **{"max_length": 4, **options},
        )
