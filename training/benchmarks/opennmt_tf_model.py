"""The translator of the comparison, for `onmt-main --model`; OpenNMT-tf imports it.

A bidirectional GRU encoder, a GRU decoder with additive attention whose attentional
state is fed back and, projected to the width of the embedding, read by it: one matrix
for source, target and logits, as in the other toolkits. OpenNMT-tf's own attentional
decoder is as wide there as its GRU and could not share the embedding.
"""

import opennmt
import tensorflow as tf
import tensorflow_addons as tfa
from opennmt.layers import common

from zoo.evaluate.jobs import Sizes

SIZES = Sizes()


class Decoder(opennmt.decoders.AttentionalRNNDecoder):
    """OpenNMT-tf's decoder with an attentional state of the embedding's width."""

    def __init__(self):
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
        self.cell = tfa.seq2seq.AttentionWrapper(
            self.cell._cell,
            self.attention_mechanism,
            attention_layer=common.Dense(
                SIZES.embedding_dim, use_bias=False, activation=tf.math.tanh
            ),
        )


def model():
    return opennmt.models.SequenceToSequence(
        opennmt.inputters.WordEmbedder(
            SIZES.embedding_dim, dropout=SIZES.embedding_dropout
        ),
        opennmt.inputters.WordEmbedder(
            SIZES.embedding_dim, dropout=SIZES.embedding_dropout
        ),
        opennmt.encoders.RNNEncoder(
            num_layers=1,
            num_units=SIZES.encoder_units,
            bidirectional=True,
            dropout=SIZES.dropout,
            cell_class=tf.keras.layers.GRUCell,
        ),
        Decoder(),
        share_embeddings=opennmt.models.EmbeddingsSharingLevel.ALL,
    )
