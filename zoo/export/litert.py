"""LiteRT: one `.tflite` file with the model, its search, its tokenizer and its card."""

import json
import pathlib
import re
import tempfile

import tensorflow as tf

from zoo.card import Card
from zoo.decoding.contract import check_integer
from zoo.export.arguments import check_choice, check_length, check_model
from zoo.export.entry_points import entry_points
from zoo.export.parity import check_parity
from zoo.export.tflite_file import (
    add_metadata,
    check_operators,
    parse,
    serialize,
    unsupported,
)
from zoo.export.weights import store_float16, store_int8
from zoo.files import replacing

_STORES = {"float16": store_float16, "int8": store_int8}
_DEFAULT_LENGTH = 64


def write_litert(
    model,
    path,
    *,
    beam_size=4,
    n_best=None,
    quantize=None,
    length_penalty=1.0,
    coverage_penalty=0.0,
    max_source_length=None,
    max_target_length=None,
    card=None,
    parity_texts=None,
    overwrite=False,
):
    """Writes one self-contained `.tflite` file of built-in operators.

    Its signatures, all for one sentence at a time and of static shapes:

    - `translate`: token_ids (1, source) -> the n-best of a beam search that runs in
      the file: token_ids (1, n_best, target), lengths, log_probabilities, scores
      (1, n_best), alignments (1, n_best, target, source).
    - `encode`: token_ids (1, source) -> memory and state, in named parts, and limit
      (1,), the longest output to ask for; the state's parts are (1, beam, ...).
    - `step`: tokens (1, beam), state and memory -> logits (1, beam, vocabulary), the
      next state, alignment (1, beam, source).

    The source ends with `</s>` and is padded with 0 to its axis; loops run only as
    far as it really is. `zoo.device.Translator` runs the file; its tokenizer, card
    and interface are metadata entries (see `zoo.device.bundle`), so any host can.

    Args:
        model: a model that keeps the start/step contract, with its preprocessor.
        path: the file to write, ending in `.tflite`.
        beam_size: hypotheses that `translate` keeps, and rows of `step`; 1 is
            greedy search.
        n_best: hypotheses that `translate` returns, by default all.
        quantize: None for float32, `"float16"` for weights of half the size,
            `"int8"` for a quarter and the fastest runs (dynamic range: int8 weights,
            each row with its scale; activations are quantised on the fly).
        length_penalty, coverage_penalty: as in `zoo.decoding.beam_search`.
        max_source_length: size of the source axis; 64 by default, or the
            preprocessor's limit if that is less. Attention pays for every position.
        max_target_length: size of the target axis; by default as above.
        card: a `zoo.Card` to embed; by default a minimal one.
        parity_texts: sentences on which the file is compared with Keras; see
            `zoo.export.parity.check_parity`.
        overwrite: whether something that stands at `path` may be replaced.

    Returns:
        The `zoo.export.parity.ParityReport`.

    Raises:
        ValueError: for arguments that do not fit, for operators that are not built
            in, and where the file's outputs differ from Keras's. Nothing is written
            then.
    """
    path = pathlib.Path(path)
    preprocessor = check_model(model)
    if path.suffix != ".tflite":
        raise ValueError(f"Expected a path that ends in .tflite, got {str(path)!r}.")
    check_choice("quantize", quantize, [None, *_STORES])
    check_integer("beam_size", beam_size, 1)
    n_best = beam_size if n_best is None else n_best
    source = check_length(
        "max_source_length",
        max_source_length,
        preprocessor.encoder_sequence_length,
        _DEFAULT_LENGTH,
    )
    target = check_length(
        "max_target_length",
        max_target_length,
        preprocessor.decoder_sequence_length,
        _DEFAULT_LENGTH,
    )
    search = {
        "beam_size": beam_size,
        "n_best": n_best,
        "length_penalty": length_penalty,
        "coverage_penalty": coverage_penalty,
        "max_length": target,
    }
    with replacing(path, overwrite=overwrite) as temporary:
        functions = entry_points(model, source, search)
        file = parse(_convert(functions))
        check_operators(file)
        if quantize:
            _STORES[quantize](file)
        card = card or Card(
            name=model.name, task="translation", parameters=model.count_params()
        )
        interface = {
            "quantize": quantize,
            "max_source_length": source,
            "max_target_length": target,
            **{name: value for name, value in search.items() if name != "max_length"},
            "signatures": {
                name: _description(function) for name, function in functions.items()
            },
        }
        _embed(file, interface, card, preprocessor.tokenizer)
        temporary.write_bytes(serialize(file))
        return check_parity(model, temporary, parity_texts)


def _embed(file, interface, card, tokenizer):
    from zoo.device import bundle

    entries = {
        bundle.INTERFACE: json.dumps({"form": bundle.FORM, **interface}).encode(),
        bundle.CARD: json.dumps(card.to_dict(), ensure_ascii=False).encode(),
        bundle.TOKENIZER: tokenizer.proto,
    }
    add_metadata(file, entries)


def _convert(functions):
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(tf.Module(), folder, signatures=functions)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            folder, signature_keys=list(functions)
        )
        try:
            return converter.convert()
        except Exception as error:
            # The converter's own message is a dump of the graph.
            names = sorted(set(re.findall(r"\btf\.[A-Z]\w+", str(error))))
            if not names:
                raise
            raise ValueError(unsupported(names)) from error


def _description(function):
    def described(tensors):
        return {
            name: {"shape": tensor.shape.as_list(), "dtype": tensor.dtype.name}
            for name, tensor in tensors.items()
        }

    _, inputs = function.structured_input_signature
    return {
        "inputs": described(inputs),
        "outputs": described(function.structured_outputs),
    }
