import keras
import keras_hub
from keras import ops

from zoo.layers import Attention, RecurrentDecoder, RecurrentEncoder


@keras.saving.register_keras_serializable(package="zoo")
class RecurrentTranslatorBackbone(keras_hub.models.Backbone):
    """Recurrent encoder-decoder with attention, without the output layer.

    One embedding serves the source, the target and (transposed, in the task) the
    logits. A bidirectional encoder annotates the source, a decoder with any of the
    zoo's attentions writes the target.

    encoder_token_ids, encoder_padding_mask (batch, source), decoder_token_ids,
    decoder_padding_mask (batch, target) -> encoder_sequence_output (batch, source,
    2 encoder units), decoder_sequence_output (batch, target, embedding dim),
    alignments (batch, target, source).

    Args:
        vocabulary_size: pieces of the tokenizer.
        embedding_dim: width of the embedding and of the readout.
        encoder_units: width of each direction of the encoder.
        decoder_units: width of the decoder's states.
        num_encoder_layers: recurrent layers of the encoder.
        num_decoder_layers: recurrent layers of the decoder.
        cell: `"gru"` or `"lstm"`.
        wiring: `"conditional"` or `"bahdanau"`, see `zoo.layers.wirings`.
        score: the attention's score, see `zoo.layers.Attention`.
        alignment: the attention's alignment.
        attention_units: width of the score's hidden layer, by default the decoder's.
        embedding_dropout: dropout rate on embedded words.
        dropout: dropout rate on annotations and readout.
        layer_normalization: whether annotations and readout are layer-normalised.

    Example:

    ```python
    backbone = zoo.RecurrentTranslatorBackbone(
        vocabulary_size=4000, embedding_dim=256, encoder_units=256, decoder_units=256
    )
    ```

    Reference: Bahdanau et al. 2015; Sennrich et al. 2017 (conditional wiring); Press
    and Wolf 2017 (tied embedding).
    """

    def __init__(
        self,
        vocabulary_size,
        embedding_dim,
        encoder_units,
        decoder_units,
        num_encoder_layers=1,
        num_decoder_layers=1,
        cell="gru",
        wiring="conditional",
        score="additive",
        alignment="soft",
        attention_units=None,
        embedding_dropout=0.0,
        dropout=0.0,
        layer_normalization=True,
        dtype=None,
        **kwargs,
    ):
        attention_units = attention_units or decoder_units

        # Layers
        self.token_embedding = keras_hub.layers.ReversibleEmbedding(
            vocabulary_size,
            embedding_dim,
            embeddings_initializer=keras.initializers.RandomNormal(
                stddev=embedding_dim**-0.5
            ),
            dtype=dtype,
            name="token_embedding",
        )
        self.embedding_dropout_layer = keras.layers.Dropout(
            embedding_dropout, dtype=dtype, name="embedding_dropout"
        )
        self.encoder = RecurrentEncoder(
            encoder_units,
            cell=cell,
            num_layers=num_encoder_layers,
            dropout=dropout,
            layer_normalization=layer_normalization,
            dtype=dtype,
            name="encoder",
        )
        self.decoder = RecurrentDecoder(
            decoder_units,
            attention=Attention(
                score, alignment, attention_units, dtype=dtype, name="attention"
            ),
            wiring=wiring,
            cell=cell,
            num_layers=num_decoder_layers,
            readout_units=embedding_dim,
            dropout=dropout,
            layer_normalization=layer_normalization,
            dtype=dtype,
            name="decoder",
        )

        # Graph
        inputs = {
            name: keras.Input((None,), dtype=kind, name=name)
            for name, kind in (
                ("encoder_token_ids", "int32"),
                ("encoder_padding_mask", "bool"),
                ("decoder_token_ids", "int32"),
                ("decoder_padding_mask", "bool"),
            )
        }
        mask = inputs["encoder_padding_mask"]
        source = self.embedding_dropout_layer(
            self.token_embedding(inputs["encoder_token_ids"])
        )
        annotations = self.encoder(source, mask=mask)
        words = self.embedding_dropout_layer(
            self.token_embedding(inputs["decoder_token_ids"])
        )
        readout, alignments = self.decoder(words, annotations, mask=mask)
        super().__init__(
            inputs=inputs,
            outputs={
                "encoder_sequence_output": annotations,
                "decoder_sequence_output": readout,
                "alignments": alignments,
            },
            dtype=dtype,
            **kwargs,
        )

        # Config
        self.vocabulary_size = vocabulary_size
        self.embedding_dim = embedding_dim
        self.encoder_units = encoder_units
        self.decoder_units = decoder_units
        self.num_encoder_layers = num_encoder_layers
        self.num_decoder_layers = num_decoder_layers
        self.cell = cell
        self.wiring = wiring
        self.score = score
        self.alignment = alignment
        self.attention_units = attention_units
        self.embedding_dropout = embedding_dropout
        self.dropout = dropout
        self.layer_normalization = layer_normalization

    def start(self, inputs, bounded=False):
        """Reads the source: see `RecurrentTranslator.start`."""
        mask = ops.cast(inputs["encoder_padding_mask"], "bool")
        source = self.token_embedding(inputs["encoder_token_ids"])
        if bounded:
            annotations = self.encoder.bounded(source, mask)
        else:
            annotations = self.encoder(source, mask=mask)
        return self.decoder.start(annotations, mask)

    def step(self, tokens, state, memory):
        """One target position, to the readout: see `RecurrentTranslator.step`."""
        return self.decoder.step(self.token_embedding(tokens), state, memory)

    def get_config(self):
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "embedding_dim": self.embedding_dim,
            "encoder_units": self.encoder_units,
            "decoder_units": self.decoder_units,
            "num_encoder_layers": self.num_encoder_layers,
            "num_decoder_layers": self.num_decoder_layers,
            "cell": self.cell,
            "wiring": self.wiring,
            "score": self.score,
            "alignment": self.alignment,
            "attention_units": self.attention_units,
            "embedding_dropout": self.embedding_dropout,
            "dropout": self.dropout,
            "layer_normalization": self.layer_normalization,
        }
