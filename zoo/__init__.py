"""attention-zoo: attention-based encoder-decoders for Keras 3.

`import zoo` imports neither TensorFlow nor Keras; a name is imported when it is used.
"""

import importlib

__version__ = "0.1.0"

_NAMES = {
    "Attention": "zoo.layers",
    "Card": "zoo.card",
    "Hypothesis": "zoo.hypothesis",
    "RecurrentDecoder": "zoo.layers",
    "RecurrentEncoder": "zoo.layers",
    "RecurrentTranslator": "zoo.models",
    "RecurrentTranslatorBackbone": "zoo.models",
    "RecurrentTranslatorPreprocessor": "zoo.models",
    "SubwordTokenizer": "zoo.text",
    "list_models": "zoo.catalog",
    "load": "zoo.catalog",
    "plot_alignment": "zoo.plots",
}

__all__ = ["__version__", *_NAMES]


def __getattr__(name):
    if name in _NAMES:
        return getattr(importlib.import_module(_NAMES[name]), name)
    raise AttributeError(f"module 'zoo' has no attribute {name!r}")


def __dir__():
    return sorted(__all__)
