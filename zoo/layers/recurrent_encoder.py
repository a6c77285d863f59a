import keras
from keras import ops

from zoo.layers.registry import lookup

LAYERS = {"gru": keras.layers.GRU, "lstm": keras.layers.LSTM}


@keras.saving.register_keras_serializable(package="zoo")
class RecurrentEncoder(keras.layers.Layer):
    """Recurrent encoder: one annotation for every source position.

    h_i = [forward_i(x_1..x_i); backward_i(x_n..x_i)], layer upon layer

    embedded (batch, source, dim) -> annotations (batch, source, annotation units),
    with twice `units` when bidirectional. Positions that the mask leaves out change
    no annotation elsewhere; their own annotations are to be masked by the reader.

    Args:
        units: width of each direction of each layer.
        cell: `"gru"` or `"lstm"`.
        num_layers: layers on top of each other.
        bidirectional: whether a second recurrence reads each layer from the end.
        dropout: rate between layers and on the annotations.
        layer_normalization: whether the annotations are layer-normalised.

    Call arguments:
        embedded: (batch, source, dim).
        mask: bool (batch, source), True where there is a source position, or None.

    Example:

    ```python
    encoder = zoo.layers.RecurrentEncoder(units=64, num_layers=2)
    annotations = encoder(np.ones((2, 7, 32)))  # (2, 7, 128)
    ```

    Reference: Schuster and Paliwal 1997; Bahdanau et al. 2015, section 3.2.
    """

    def __init__(
        self,
        units,
        cell="gru",
        num_layers=1,
        bidirectional=True,
        dropout=0.0,
        layer_normalization=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = units
        self.cell = cell
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.layer_normalization = layer_normalization
        self.supports_masking = True
        self.recurrences = []
        for index in range(num_layers):
            recurrence = lookup(cell, LAYERS, "cell")(
                units,
                return_sequences=True,
                dtype=self.dtype_policy,
                name=f"recurrence_{index}",
            )
            if bidirectional:
                recurrence = keras.layers.Bidirectional(
                    recurrence, dtype=self.dtype_policy, name=f"recurrence_{index}"
                )
            self.recurrences.append(recurrence)
        self.dropout_layer = keras.layers.Dropout(dropout, dtype=self.dtype_policy)
        self.normalization = (
            keras.layers.LayerNormalization(
                dtype=self.dtype_policy, name="normalization"
            )
            if layer_normalization
            else None
        )

    @property
    def annotation_units(self):
        return self.units * (2 if self.bidirectional else 1)

    def build(self, embedded_shape):
        shape = tuple(embedded_shape)
        for recurrence in self.recurrences:
            recurrence.build(shape)
            shape = (*shape[:-1], self.annotation_units)
        if self.normalization:
            self.normalization.build(shape)
        self.built = True

    def call(self, embedded, mask=None, training=None):
        annotations = embedded
        for recurrence in self.recurrences:
            if recurrence is not self.recurrences[0]:
                annotations = self.dropout_layer(annotations, training=training)
            annotations = recurrence(annotations, mask=mask, training=training)
        return self._finish(annotations, training)

    def bounded(self, embedded, mask):
        """The same annotations from a loop as long as the longest real source.

        For inference where the source axis is padded to a fixed size: only real
        positions are visited, both directions in one loop, and the results are
        written into static buffers. This is the form that converts to built-in
        LiteRT operators. Annotations of masked positions are zeros before layer
        normalization.

        Args:
            embedded: (batch, source, dim).
            mask: bool (batch, source), True at the front, False behind.

        Returns:
            annotations (batch, source, annotation units).
        """
        annotations = embedded
        for recurrence in self.recurrences:
            annotations = self._bounded_layer(recurrence, annotations, mask)
        return self._finish(annotations, training=False)

    def _bounded_layer(self, recurrence, inputs, mask):
        if self.bidirectional:
            cells = [recurrence.forward_layer.cell, recurrence.backward_layer.cell]
        else:
            cells = [recurrence.cell]
        batch, source = ops.shape(inputs)[:2]
        length = ops.max(ops.sum(ops.cast(mask, "int32"), axis=1))
        dtype = self.compute_dtype
        states = [
            [ops.zeros((batch, self.units), dtype) for _ in self._state_sizes(cell)]
            for cell in cells
        ]
        buffers = [ops.zeros((batch, source, self.units), dtype) for _ in cells]
        mask = ops.cast(ops.expand_dims(mask, -1), dtype)

        def body(index, states, buffers):
            positions = [index, length - 1 - index]
            next_states, next_buffers = [], []
            for cell, state, buffer, position in zip(
                cells, states, buffers, positions, strict=False
            ):
                zero = ops.zeros_like(position)
                start = ops.stack([zero, position, zero])
                here = ops.slice(inputs, start, (batch, 1, inputs.shape[-1]))
                real = ops.squeeze(ops.slice(mask, start, (batch, 1, 1)), 1)
                output, new = cell(ops.squeeze(here, 1), state)
                next_states.append(
                    [old + real * (n - old) for n, old in zip(new, state, strict=True)]
                )
                next_buffers.append(
                    ops.slice_update(buffer, start, ops.expand_dims(real * output, 1))
                )
            return index + 1, next_states, next_buffers

        _, _, buffers = ops.while_loop(
            lambda index, *_: index < length,
            body,
            (ops.zeros((), "int32"), states, buffers),
        )
        return ops.concatenate(buffers, axis=-1)

    def _state_sizes(self, cell):
        sizes = cell.state_size
        return sizes if isinstance(sizes, (list, tuple)) else [sizes]

    def _finish(self, annotations, training):
        if self.normalization:
            annotations = self.normalization(annotations)
        return self.dropout_layer(annotations, training=training)

    def compute_output_shape(self, embedded_shape):
        return (*embedded_shape[:-1], self.annotation_units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "cell": self.cell,
            "num_layers": self.num_layers,
            "bidirectional": self.bidirectional,
            "dropout": self.dropout,
            "layer_normalization": self.layer_normalization,
        }
