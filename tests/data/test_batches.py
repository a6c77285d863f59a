import numpy as np
import pytest
import tensorflow as tf

from zoo.data import TranslationBatches
from zoo.text import SubwordTokenizer, train_tokenizer

WORDS = ["dog", "cat", "man", "tree", "ball", "sea", "hat", "red", "two", "runs"]


@pytest.fixture(scope="module")
def text():
    rng = np.random.default_rng(0)
    sources = [" ".join(rng.choice(WORDS, rng.integers(1, 20))) for _ in range(200)]
    return sources, [" ".join(reversed(source.split())) for source in sources]


@pytest.fixture(scope="module")
def tokenizer(text):
    return SubwordTokenizer(proto=train_tokenizer(text[0], 40))


def _rows(epoch):
    return [
        tuple(row[row != 0].tolist())
        for x, _, _ in epoch
        for row in x["encoder_token_ids"].numpy()
    ]


def test_every_pair_once_and_aligned(text, tokenizer):
    batches = TranslationBatches(tokenizer, *text, batch_size=8, seed=1)
    count = 0
    for x, labels, weights in batches.epoch(0):
        count += 1
        source, target = x["encoder_token_ids"].numpy(), x["decoder_token_ids"].numpy()
        assert (target[:, 0] == 1).all()
        np.testing.assert_array_equal(x["encoder_padding_mask"], source != 0)
        np.testing.assert_array_equal(weights, labels.numpy() != 0)
        np.testing.assert_array_equal(labels[:, :-1], target[:, 1:])
        for row, answer in zip(source, labels.numpy(), strict=True):
            read = tokenizer.detokenize([row[row > 3].tolist()])[0].split()
            written = tokenizer.detokenize([answer[answer > 3].tolist()])[0].split()
            assert written == read[::-1]
    assert count == batches.steps
    expected = [(*tokenizer(source), 2) for source in text[0]]
    assert sorted(_rows(batches.epoch(0))) == sorted(expected)


def test_batches_hold_like_lengths(text, tokenizer):
    batches = TranslationBatches(tokenizer, *text, batch_size=8, seed=1)
    padded = sum(x["encoder_token_ids"].shape[1] * 8 for x, _, _ in batches.epoch(0))
    assert batches.source_tokens / padded > 0.7


def test_seed_and_number_make_the_order(text, tokenizer):
    one = TranslationBatches(tokenizer, *text, batch_size=8, seed=1)
    same = TranslationBatches(tokenizer, *text, batch_size=8, seed=1)
    other = TranslationBatches(tokenizer, *text, batch_size=8, seed=2)
    first = _rows(one.epoch(3))
    assert first == _rows(same.epoch(3))
    assert first != _rows(one.epoch(4)) and first != _rows(other.epoch(3))


def test_skipping_goes_on_in_the_same_order(text, tokenizer):
    batches = TranslationBatches(tokenizer, *text, batch_size=8, seed=1)
    whole = [x["encoder_token_ids"].numpy() for x, _, _ in batches.epoch(2)]
    rest = [x["encoder_token_ids"].numpy() for x, _, _ in batches.epoch(2, skip=5)]
    assert len(rest) == len(whole) - 5
    assert not list(batches.epoch(2, skip=batches.steps))
    for mine, theirs in zip(rest, whole[5:], strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_batches_by_tokens_stay_within_them(text, tokenizer):
    batches = TranslationBatches(tokenizer, *text, batch_tokens=256, seed=1)
    sizes = [labels.shape for _, labels, _ in batches.epoch(0)]
    assert len(sizes) == batches.steps
    assert all(rows == 1 or rows * width <= 256 for rows, width in sizes)
    assert len({rows for rows, _ in sizes}) > 2


def test_repeated_batches_hold_every_sentence_twice(text, tokenizer):
    batches = TranslationBatches(tokenizer, *text, batch_size=8, repeated=True)
    for x, labels, weights in batches.epoch(0):
        for values in (*x.values(), labels, weights):
            first, second = np.split(values.numpy(), 2)
            np.testing.assert_array_equal(first, second)


def test_one_trace_serves_all_lengths(text, tokenizer):
    batches = TranslationBatches(tokenizer, *text, batch_size=8)
    traces = []

    @tf.function
    def look(x, labels, weights):
        traces.append(1)
        return tf.reduce_sum(weights)

    epoch = batches.epoch(0)

    @tf.function
    def run(iterator):
        return look(*next(iterator))

    iterator = iter(epoch)
    for _ in range(batches.steps):
        run(iterator)
    assert len(traces) == 1


def test_in_order_keeps_the_order(text, tokenizer):
    batches = TranslationBatches(tokenizer, *text, batch_size=8)
    expected = [(*tokenizer(source), 2) for source in text[0]]
    assert _rows(batches.in_order()) == expected


def test_takes_a_dataset_of_pairs(text, tokenizer):
    pairs = tf.data.Dataset.from_tensor_slices(text)
    batches = TranslationBatches(tokenizer, pairs, batch_size=8)
    assert batches.num_pairs == 200


def test_too_long_pairs_are_left_out(text, tokenizer):
    batches = TranslationBatches(tokenizer, *text, batch_size=8, max_length=12)
    longest = [
        max(len(tokenizer(s)), len(tokenizer(t))) + 1
        for s, t in zip(*text, strict=True)
    ]
    assert batches.num_pairs == sum(length <= 12 for length in longest) < 200


def test_errors_say_what_to_do(text, tokenizer):
    with pytest.raises(ValueError, match="either batch_size .* or batch_tokens"):
        TranslationBatches(tokenizer, *text)
    with pytest.raises(ValueError, match="raise max_length"):
        TranslationBatches(tokenizer, *text, batch_size=8, max_length=1)
