"""Models: KerasHub tasks with a backbone and a preprocessor."""

from zoo.models.recurrent_translator import RecurrentTranslator
from zoo.models.recurrent_translator_backbone import RecurrentTranslatorBackbone
from zoo.models.recurrent_translator_preprocessor import (
    RecurrentTranslatorPreprocessor,
)

__all__ = [
    "RecurrentTranslator",
    "RecurrentTranslatorBackbone",
    "RecurrentTranslatorPreprocessor",
]
