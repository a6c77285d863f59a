"""Keras layers for attention and for the recurrent encoder-decoder around it."""

from zoo.layers.attention import Attention
from zoo.layers.recurrent_decoder import RecurrentDecoder
from zoo.layers.recurrent_encoder import RecurrentEncoder

__all__ = ["Attention", "RecurrentDecoder", "RecurrentEncoder"]
