"""Subword text: the tokenizer layer, its training, and packing into batches.

`zoo.text.pieces` reads the same tokenizer files without Keras or TensorFlow.
"""

from zoo.text.packing import pack
from zoo.text.tokenizer import SubwordTokenizer
from zoo.text.training import train_tokenizer

__all__ = ["SubwordTokenizer", "pack", "train_tokenizer"]
