"""The translator of the comparison in OpenNMT-tf; imported by what has it installed."""

import opennmt
import tensorflow as tf
import tensorflow_addons as tfa
from opennmt.layers import common
from opennmt.models import EmbeddingsSharingLevel

from zoo.evaluate.jobs import Sizes

SIZES = Sizes()


class Decoder(opennmt.decoders.AttentionalRNNDecoder):
    """OpenNMT-tf's decoder: a GRU with additive attention.

    Args:
        readout: width of the attentional state, which is fed back and from which the
            logits are read; None for that of OpenNMT-tf, the GRU's.
    """

    def __init__(self, readout=None):
        super().__init__(
            num_layers=1,
            num_units=SIZES.decoder_units,
            bridge_class=opennmt.layers.DenseBridge,
            attention_mechanism_class=lambda _: tfa.seq2seq.BahdanauAttention(
                SIZES.attention_units
            ),
            cell_class=tf.keras.layers.GRUCell,
            dropout=SIZES.dropout,
        )
        if readout is not None:
            layer = common.Dense(readout, use_bias=False, activation=tf.math.tanh)
            self.cell = tfa.seq2seq.AttentionWrapper(
                self.cell._cell, self.attention_mechanism, attention_layer=layer
            )


def own():
    """In OpenNMT-tf's own parts: the logits have a matrix of their own."""
    return _translator(Decoder(), EmbeddingsSharingLevel.SOURCE_TARGET_INPUT)


def tied():
    """With a decoder as narrow as the embedding, which the logits then share."""
    return _translator(Decoder(SIZES.embedding_dim), EmbeddingsSharingLevel.ALL)


def _translator(decoder, shared):
    words = [
        opennmt.inputters.WordEmbedder(
            SIZES.embedding_dim, dropout=SIZES.embedding_dropout
        )
        for _ in ("source", "target")
    ]
    encoder = opennmt.encoders.RNNEncoder(
        num_layers=1,
        num_units=SIZES.encoder_units,
        bidirectional=True,
        dropout=SIZES.dropout,
        cell_class=tf.keras.layers.GRUCell,
    )
    return opennmt.models.SequenceToSequence(
        *words, encoder, decoder, share_embeddings=shared
    )
