import keras
from keras import ops, tree

from zoo.layers import cells, wirings
from zoo.layers.attention import Attention


@keras.saving.register_keras_serializable(package="zoo")
class RecurrentDecoder(keras.layers.Layer):
    """Recurrent decoder with attention and deep output.

    s_0 = tanh(W mean_i h_i)
    s_t, c_t, a_t = wiring(E y_{t-1}, s_{t-1}, attend over h)
    o_t = tanh(norm(W_s s_t + W_c c_t + W_y E y_{t-1}))

    words E y (batch, target, word units), annotations h (batch, source, units)
    -> readout o (batch, target, readout units), alignments a (batch, target,
    source). Masked source positions influence nothing.

    The recurrence runs over what recurs; the words' projections and the readout are
    computed for all target positions at once. `start` and `step` give the same
    numbers one position at a time, for any number of hypotheses a source.

    Args:
        units: width of the decoder's states.
        attention: an `Attention` layer, or its config; additive by default.
        wiring: `"bahdanau"` or `"conditional"`: see `zoo.layers.wirings`.
        cell: `"gru"` or `"lstm"`.
        num_layers: recurrent layers; those above the first read the one below.
        readout_units: width of the readout, by default `units`.
        dropout: rate on the readout.
        layer_normalization: whether the readout is layer-normalised.

    Call arguments:
        words: (batch, target, word units), the words before each position.
        annotations: (batch, source, units).
        mask: bool (batch, source), True where there is a source position, or None.

    Returns:
        readout (batch, target, readout units), alignments (batch, target, source).

    Example:

    ```python
    attention = zoo.layers.Attention(score="additive", units=32)
    decoder = zoo.layers.RecurrentDecoder(units=64, attention=attention)
    words, annotations = np.ones((2, 7, 16)), np.ones((2, 5, 128))
    readout, alignments = decoder(words, annotations)  # (2, 7, 64), (2, 7, 5)
    ```

    Reference: Bahdanau et al. 2015, eq. 4 and appendix A.2.2; Sennrich et al. 2017.
    """

    def __init__(
        self,
        units,
        attention=None,
        wiring="bahdanau",
        cell="gru",
        num_layers=1,
        readout_units=None,
        dropout=0.0,
        layer_normalization=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if attention is None:
            attention = Attention(units=units, dtype=self.dtype_policy)
        elif isinstance(attention, dict):
            attention = keras.layers.deserialize(attention)
        self.units = units
        self.attention = attention
        self.wiring = wiring
        self.cell = cell
        self.num_layers = num_layers
        self.readout_units = readout_units or units
        self.dropout = dropout
        self.layer_normalization = layer_normalization
        self.supports_masking = True

        self.wiring_layer = wirings.get(wiring)(
            units, cell=cell, dtype=self.dtype_policy, name="wiring"
        )
        cell_class = cells.get(cell)
        self.upper_cells = [
            cell_class(units, dtype=self.dtype_policy, name=f"upper_cell_{index}")
            for index in range(1, num_layers)
        ]
        self.upper_projections = [
            self._dense(f"upper_projection_{index}", cell_class.gates * units)
            for index in range(1, num_layers)
        ]
        self.state_projections = [
            self._dense(f"state_projection_{index}", units, activation="tanh")
            for index in range(num_layers)
        ]
        self.state_readout = self._dense("state_readout", self.readout_units)
        self.context_readout = self._dense(
            "context_readout", self.readout_units, use_bias=False
        )
        self.word_readout = self._dense(
            "word_readout", self.readout_units, use_bias=False
        )
        self.normalization = (
            keras.layers.LayerNormalization(
                dtype=self.dtype_policy, name="normalization"
            )
            if layer_normalization
            else None
        )
        self.dropout_layer = keras.layers.Dropout(dropout, dtype=self.dtype_policy)

    def _dense(self, name, units, **kwargs):
        return keras.layers.Dense(units, name=name, dtype=self.dtype_policy, **kwargs)

    def build(self, words_shape, annotations_shape):
        states_shape = (*words_shape[:2], self.units)
        context_shape = (*words_shape[:2], annotations_shape[-1])
        # A deserialised attention is built already.
        if not self.attention.built:
            self.attention.build(states_shape, annotations_shape)
        self.wiring_layer.build(words_shape, context_shape)
        for cell, projection in zip(
            self.upper_cells, self.upper_projections, strict=True
        ):
            projection.build(states_shape)
            cell.build((None, projection.units))
        for projection in self.state_projections:
            projection.build((annotations_shape[0], annotations_shape[-1]))
        self.state_readout.build(states_shape)
        self.context_readout.build(context_shape)
        self.word_readout.build(words_shape)
        if self.normalization:
            self.normalization.build((*words_shape[:2], self.readout_units))
        self.built = True

    def start(self, annotations, mask=None):
        """Reads a source once.

        Args:
            annotations: (batch, source, units).
            mask: bool (batch, source), or None.

        Returns:
            memory, which is the same for all target positions and hypotheses, and
            the state of one hypothesis a source, its leaves (batch, 1, units).
        """
        memory = self.attention.prepare(annotations, mask)
        weights = ops.cast(ops.expand_dims(memory["mask"], -1), self.compute_dtype)
        count = ops.maximum(ops.sum(weights, axis=1), 1)
        mean = ops.sum(memory["annotations"] * weights, axis=1) / count
        outputs = [projection(mean) for projection in self.state_projections]
        layers = [self.wiring_layer, *self.upper_cells]
        state = {
            "cells": [
                layer.initial_states(output)
                for layer, output in zip(layers, outputs, strict=True)
            ],
            "attention": self.attention.initial_state(memory),
        }
        return memory, tree.map_structure(lambda x: ops.expand_dims(x, 1), state)

    def step(self, words, state, memory):
        """One target position.

        Args:
            words: (batch, beam, word units), the words before this position.
            state: from `start` or the last step, leaves (batch, beam, units).
            memory: from `start`.

        Returns:
            readout (batch, beam, readout units), the next state, and the alignment
            (batch, beam, source).
        """
        batch, beam = ops.shape(words)[:2]

        def to_rows(x):
            return ops.reshape(x, (batch * beam, *x.shape[2:]))

        def to_beams(x):
            return ops.reshape(x, (batch, beam, *x.shape[1:]))

        def attend(query):
            context, weights, attention_state = self.attention.step(
                to_beams(query), memory, state["attention"]
            )
            return to_rows(context), weights, attention_state

        rows = to_rows(words)
        states = tree.map_structure(to_rows, state["cells"])
        output, states, (context, weights, attention_state) = self._recur(
            self.wiring_layer.project(rows), states, attend
        )
        readout = to_beams(self._read_out(output, context, rows, training=False))
        state = {
            "cells": tree.map_structure(to_beams, states),
            "attention": attention_state,
        }
        return readout, state, weights

    def call(self, words, annotations, mask=None, training=None):
        memory, state = self.start(annotations, mask)
        projected = ops.transpose(self.wiring_layer.project(words), (1, 0, 2))
        batch, source, depth = ops.shape(memory["annotations"])

        def advance(carry, projected):
            def attend(query):
                context, weights, attention_state = self.attention.step(
                    ops.expand_dims(query, 1), memory, carry["attention"]
                )
                return (
                    ops.squeeze(context, 1),
                    ops.squeeze(weights, 1),
                    attention_state,
                )

            output, states, (context, weights, attention_state) = self._recur(
                projected, carry["cells"], attend
            )
            carry = {
                "cells": states,
                "attention": attention_state,
                "output": output,
                "context": context,
                "alignment": weights,
            }
            return carry, carry

        carry = {
            "cells": tree.map_structure(lambda x: ops.squeeze(x, 1), state["cells"]),
            "attention": state["attention"],
            "output": ops.zeros((batch, self.units), self.compute_dtype),
            "context": ops.zeros((batch, depth), self.compute_dtype),
            "alignment": ops.zeros((batch, source), self.compute_dtype),
        }
        # What the scan collects has the carry's structure: Keras asks for that.
        _, steps = ops.scan(advance, carry, projected)
        output, context, alignments = (
            ops.transpose(steps[name], (1, 0, 2))
            for name in ("output", "context", "alignment")
        )
        return self._read_out(output, context, words, training), alignments

    def _recur(self, projected, states, attend):
        first, *upper = states
        output, first, attended = self.wiring_layer(projected, first, attend=attend)
        next_states = [first]
        for cell, projection, state in zip(
            self.upper_cells, self.upper_projections, upper, strict=True
        ):
            output, state = cell(projection(output), state)
            next_states.append(state)
        return output, next_states, attended

    def _read_out(self, output, context, words, training):
        readout = (
            self.state_readout(output)
            + self.context_readout(context)
            + self.word_readout(words)
        )
        if self.normalization:
            readout = self.normalization(readout)
        return self.dropout_layer(ops.tanh(readout), training=training)

    def compute_mask(self, words, previous_mask=None):
        return None

    def compute_output_shape(self, words_shape, annotations_shape):
        return (
            (*words_shape[:2], self.readout_units),
            (*words_shape[:2], annotations_shape[1]),
        )

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "attention": keras.layers.serialize(self.attention),
            "wiring": self.wiring,
            "cell": self.cell,
            "num_layers": self.num_layers,
            "readout_units": self.readout_units,
            "dropout": self.dropout,
            "layer_normalization": self.layer_normalization,
        }
