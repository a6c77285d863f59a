"""Parallel text: where it is read from, and the batches it is trained in."""

import importlib

_NAMES = {
    "ParallelText": "zoo.data.parallel_text",
    "TranslationBatches": "zoo.data.batches",
    "read_parallel_text": "zoo.data.sources",
}

__all__ = list(_NAMES)


def __getattr__(name):
    if name in _NAMES:
        return getattr(importlib.import_module(_NAMES[name]), name)
    raise AttributeError(f"module 'zoo.data' has no attribute {name!r}")
