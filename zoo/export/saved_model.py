"""SavedModel: strings in, strings out, with TensorFlow and TensorFlow Text alone."""

import json
import pathlib
import typing

import tensorflow as tf
import tensorflow_text

from zoo.card import Card
from zoo.decoding.contract import check_integer
from zoo.export.arguments import check_length, check_model
from zoo.export.parity import check_parity
from zoo.files import replacing

# Where a SavedModel keeps what its graph does not read.
EXTRA = "assets.extra"
INTERFACE_FILE, TOKENIZER_FILE = "interface.json", "tokenizer.model"


def write_saved_model(
    model,
    path,
    *,
    beam_size=5,
    n_best=None,
    length_penalty=1.0,
    coverage_penalty=0.0,
    max_source_length=None,
    max_target_length=None,
    card=None,
    parity_texts=None,
    overwrite=False,
):
    """Writes a SavedModel folder that translates strings.

    It runs in any process with TensorFlow and TensorFlow Text. Its signatures, for any
    number of texts at once:

    - `serving_default`: texts (batch,) -> the best output of each: texts, scores,
      log_probabilities, lengths (batch,), token_ids (batch, target).
    - `n_best`: texts (batch,) -> texts, scores, log_probabilities, lengths (batch,
      n_best), token_ids (batch, n_best, target), alignments (batch, n_best, target,
      source).

    Blank texts give blank outputs with score 0. Texts longer than `max_source_length`
    are refused when the model runs.

    Args:
        model: a model that keeps the start/step contract, with its preprocessor.
        path: the folder to write.
        beam_size: hypotheses that the search keeps; 1 is greedy search.
        n_best: hypotheses that the signature of this name returns, by default all.
        length_penalty, coverage_penalty: as in `zoo.decoding.beam_search`.
        max_source_length, max_target_length: longest source and output in pieces, by
            default the preprocessor's.
        card: a `zoo.Card` to put into the folder; by default a minimal one.
        parity_texts: sentences on which the folder is compared with Keras; see
            `zoo.export.parity.check_parity`.
        overwrite: whether something that stands at `path` may be replaced.

    Returns:
        The `zoo.export.parity.ParityReport`.

    Raises:
        ValueError: for arguments that do not fit, and where the outputs differ from
            Keras's. Nothing is written then.

    Example, in a process that knows nothing of this project:

    ```python
    import tensorflow as tf, tensorflow_text

    translate = tf.saved_model.load("folder").signatures["serving_default"]
    print(translate(texts=tf.constant(["A dog."]))["texts"].numpy()[0].decode())
    ```
    """
    preprocessor = check_model(model)
    check_integer("beam_size", beam_size, 1)
    source = check_length(
        "max_source_length", max_source_length, preprocessor.encoder_sequence_length
    )
    target = check_length(
        "max_target_length", max_target_length, preprocessor.decoder_sequence_length
    )
    search = {
        "beam_size": beam_size,
        "n_best": beam_size if n_best is None else n_best,
        "length_penalty": length_penalty,
        "coverage_penalty": coverage_penalty,
    }
    card = card or Card(
        name=model.name, task="translation", parameters=model.count_params()
    )
    interface = {
        "quantize": None,
        "max_source_length": source,
        "max_target_length": target,
        **search,
    }
    with replacing(pathlib.Path(path), overwrite=overwrite) as temporary:
        module, signatures = _module(model, source, target, search)
        tf.saved_model.save(module, str(temporary), signatures=signatures)
        extra = temporary / EXTRA
        extra.mkdir()
        card.write(extra)
        (extra / INTERFACE_FILE).write_text(json.dumps(interface), "utf-8")
        (extra / TOKENIZER_FILE).write_bytes(preprocessor.tokenizer.proto)
        return check_parity(model, temporary, parity_texts)


def _module(model, source, target, search):
    """The model with its tokenizer, as functions of strings."""
    special = model.preprocessor.tokenizer
    module: typing.Any = tf.Module()
    # What the graphs refer to, and is saved with them.
    module.weights = [weight.value for weight in model.weights]
    module.tokenizer = tensorflow_text.SentencepieceTokenizer(
        special.proto, out_type=tf.int32
    )
    tokenizer = module.tokenizer

    def translate(texts, n_best):
        rows = tokenizer.tokenize(texts)
        ends = tf.fill([tf.size(texts), 1], special.end_token_id)
        rows = tf.concat([rows, ends], axis=1)
        lengths = tf.cast(rows.row_lengths(), tf.int32)
        longest = tf.reduce_max(tf.concat([lengths, [1]], axis=0))
        tf.debugging.Assert(
            longest <= source,
            [
                "A text is too long for this model; split it into sentences. Its "
                "pieces, and the most there may be:",
                longest,
                source,
            ],
        )
        found = model.search(
            {
                "encoder_token_ids": rows.to_tensor(special.pad_token_id),
                "encoder_padding_mask": tf.sequence_mask(lengths),
            },
            max_length=target,
            return_alignments=True,
            bounded=True,
            **{**search, "n_best": n_best},
        )
        # A blank text has nothing but its end, and no output.
        blank = tf.expand_dims(lengths == 1, 1)
        lengths = tf.where(blank, 0, found["lengths"])
        there = tf.sequence_mask(lengths, target)
        ids = tf.where(there, found["token_ids"], special.pad_token_id)
        pieces = tf.ragged.boolean_mask(
            tf.reshape(ids, [-1, target]),
            tf.reshape(ids > special.end_token_id, [-1, target]),
        )
        return {
            "texts": tf.reshape(tokenizer.detokenize(pieces), [-1, n_best]),
            "scores": tf.where(blank, 0.0, found["scores"]),
            "log_probabilities": tf.where(blank, 0.0, found["log_probabilities"]),
            "token_ids": ids,
            "lengths": lengths,
            "alignments": tf.where(there[..., tf.newaxis], found["alignments"], 0.0),
        }

    strings = tf.TensorSpec((None,), tf.string, name="texts")

    @tf.function(input_signature=[strings])
    def best(texts):
        found = translate(texts, 1)
        del found["alignments"]
        return {name: values[:, 0] for name, values in found.items()}

    @tf.function(input_signature=[strings])
    def n_best(texts):
        return translate(texts, search["n_best"])

    return module, {"serving_default": best, "n_best": n_best}
