"""From sentence pairs to batches: a `tf.data` pipeline with one trace for all lengths.

Pairs are tokenised once and cached, shuffled with a seed of their own for every epoch,
grouped with others of like length, and padded to the longest of their batch.
"""

import numpy as np
import tensorflow as tf

from zoo.text.special import END_ID, PAD_ID, START_ID

BUCKET_WIDTH = 4


class TranslationBatches:
    """Batches of tokenised sentence pairs for `fit`, a reproducible order an epoch.

    Args:
        tokenizer: a `SubwordTokenizer`.
        sources: list of strings, or a `tf.data.Dataset` of (source, target) strings.
        targets: list of strings, or None with a dataset.
        batch_size: sentences a batch, or None.
        batch_tokens: target tokens a batch, padding included, instead of
            `batch_size`.
        max_length: pairs with a longer side (in ids, the end included) are left out.
        repeated: whether an epoch's batches hold every sentence twice, for
            `zoo.train.losses.ConsistentCrossentropy`.
        seed: of the order.

    Raises:
        ValueError: when neither or both of batch_size and batch_tokens are given, or
            no pair is short enough.

    Example:

    ```python
    batches = zoo.data.TranslationBatches(tokenizer, en, de, batch_size=48, seed=1)
    model.fit(batches.epoch(0), steps_per_epoch=batches.steps)
    ```
    """

    def __init__(
        self,
        tokenizer,
        sources,
        targets=None,
        *,
        batch_size=None,
        batch_tokens=None,
        max_length=128,
        repeated=False,
        seed=0,
    ):
        if (batch_size is None) == (batch_tokens is None):
            raise ValueError(
                "Expected either batch_size (sentences) or batch_tokens, got "
                f"batch_size={batch_size} and batch_tokens={batch_tokens}."
            )
        self.batch_size = batch_size
        self.batch_tokens = batch_tokens
        self.repeated = repeated
        self.seed = seed
        pairs = sources
        if targets is not None:
            pairs = tf.data.Dataset.from_tensor_slices((list(sources), list(targets)))
        pairs = pairs.batch(1024).map(
            lambda source, target: (tokenizer(source), tokenizer(target)),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        pairs = pairs.unbatch().map(_frame, num_parallel_calls=tf.data.AUTOTUNE)
        pairs = pairs.filter(
            lambda source, target: (
                tf.maximum(tf.size(source), tf.size(target) - 1) <= max_length
            )
        )
        self._pairs = pairs.cache()
        # One pass fills the cache and tells what there is.
        lengths = [
            (len(source), len(target) - 1)
            for source, target in self._pairs.as_numpy_iterator()
        ]
        if not lengths:
            raise ValueError(
                f"No pair has both sides within {max_length} ids: raise max_length, "
                "or look whether the text is split into sentences."
            )
        self.num_pairs = len(lengths)
        self.source_tokens, self.target_tokens = np.sum(lengths, axis=0).tolist()
        longest = np.max(lengths)
        self._boundaries = list(range(BUCKET_WIDTH, int(longest) + 1, BUCKET_WIDTH))
        buckets = np.bincount(
            (np.max(lengths, axis=1) - 1) // BUCKET_WIDTH,
            minlength=len(self._boundaries) + 1,
        )
        # Every order fills the same buckets, so every epoch has as many batches.
        self.steps = int(np.sum(-(-buckets // self._batch_sizes())))

    def epoch(self, number, skip=0):
        """The batches of one epoch, in an order that seed and number determine.

        There are `steps` less `skip` of them; tell `fit` as `steps_per_epoch`. The
        dataset itself does not say: Keras would start it over when it ends, and wait.

        Args:
            number: of the epoch, from zero.
            skip: batches to leave out at the front, when resuming in mid-epoch.

        Returns:
            A `tf.data.Dataset` of (x, y, sample_weight) as the preprocessor makes.
        """
        # A batch comes out when its bucket is full: shuffled pairs, shuffled batches.
        pairs = self._pairs.shuffle(
            self.num_pairs,
            seed=np.random.default_rng((self.seed, number)).integers(2**31),
            reshuffle_each_iteration=False,
        )
        batches = pairs.bucket_by_sequence_length(
            lambda source, target: tf.maximum(tf.size(source), tf.size(target) - 1),
            bucket_boundaries=[boundary + 1 for boundary in self._boundaries],
            bucket_batch_sizes=self._batch_sizes(),
            padding_values=PAD_ID,
        )
        batches = batches.skip(skip).map(_inputs_and_labels, tf.data.AUTOTUNE)
        if self.repeated:
            batches = batches.map(_twice, tf.data.AUTOTUNE)
        return batches.prefetch(tf.data.AUTOTUNE)

    def in_order(self):
        """All pairs in their own order, for validation."""
        size = self.batch_size or max(
            1, self.batch_tokens // (BUCKET_WIDTH * (len(self._boundaries) + 1))
        )
        batches = self._pairs.padded_batch(size, padding_values=PAD_ID)
        batches = batches.map(_inputs_and_labels)
        # Keras warns where it has to find out how many there are.
        count = tf.data.experimental.assert_cardinality(-(-self.num_pairs // size))
        return batches.apply(count).prefetch(tf.data.AUTOTUNE)

    def _batch_sizes(self):
        count = len(self._boundaries) + 1
        if self.batch_size:
            return [self.batch_size] * count
        return [
            max(1, self.batch_tokens // (BUCKET_WIDTH * (index + 1)))
            for index in range(count)
        ]


def _twice(x, labels, weights):
    x = {name: tf.concat([values, values], axis=0) for name, values in x.items()}
    return x, tf.tile(labels, [2, 1]), tf.tile(weights, [2, 1])


def _frame(source, target):
    source = tf.concat([source, [END_ID]], axis=0)
    return source, tf.concat([[START_ID], target, [END_ID]], axis=0)


def _inputs_and_labels(source, target):
    x = {
        "encoder_token_ids": source,
        "encoder_padding_mask": source != PAD_ID,
        "decoder_token_ids": target[:, :-1],
        "decoder_padding_mask": target[:, :-1] != PAD_ID,
    }
    labels = target[:, 1:]
    return x, labels, tf.cast(labels != PAD_ID, tf.float32)
