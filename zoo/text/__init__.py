"""Subword text: the tokenizer layer, its training, and packing into batches.

`zoo.text.pieces` reads the same tokenizer files without Keras or TensorFlow; importing
this package imports neither until a name is used.
"""

import importlib

_NAMES = {
    "SubwordTokenizer": "zoo.text.tokenizer",
    "pack": "zoo.text.packing",
    "train_tokenizer": "zoo.text.training",
}

__all__ = list(_NAMES)


def __getattr__(name):
    if name in _NAMES:
        return getattr(importlib.import_module(_NAMES[name]), name)
    raise AttributeError(f"module 'zoo.text' has no attribute {name!r}")


def __dir__():
    return sorted(__all__)
