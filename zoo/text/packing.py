import numpy as np
import tensorflow as tf

from zoo.text.special import PAD_ID


def pack(rows, start=None, end=None, longest=None, width=None):
    """Rows of ids as one padded batch, as wide as its longest row.

    ids (batch, ragged) -> ids (batch, length) int32 and mask (batch, length) bool.

    Args:
        rows: a ragged tensor (inside `tf.data`), or a list of lists.
        start: id put before each row, or None.
        end: id put after each row, or None; a row that is cut keeps it.
        longest: rows are cut to this length, special ids included; None: never.
        width: pad to this length and no less, or None for the longest row's.

    Returns:
        ids and mask: tensors for a ragged tensor, NumPy arrays for lists.
    """
    room = None
    if longest is not None:
        room = longest - (start is not None) - (end is not None)
    if isinstance(rows, (tf.RaggedTensor, tf.Tensor)):
        return _pack_ragged(rows, start, end, room, width)
    rows = [
        [
            *([] if start is None else [start]),
            *(row if room is None else row[:room]),
            *([] if end is None else [end]),
        ]
        for row in rows
    ]
    lengths = np.array([len(row) for row in rows], "int32")
    size = max(lengths.max(initial=0), width or 0)
    mask = np.arange(size) < lengths[:, None]
    ids = np.full(mask.shape, PAD_ID, "int32")
    ids[mask] = np.concatenate([np.array(row, "int32") for row in rows] or [[]])
    return ids, mask


def _pack_ragged(rows, start, end, room, width):
    rows = rows if room is None else rows[:, :room]
    column = tf.fill([rows.nrows()], 0)[:, tf.newaxis]
    pieces = [rows]
    if start is not None:
        pieces.insert(0, column + start)
    if end is not None:
        pieces.append(column + end)
    rows = tf.cast(tf.concat(pieces, axis=1), tf.int32)
    lengths = rows.row_lengths()
    ids = rows.to_tensor(PAD_ID)
    if width is not None:
        size = tf.maximum(tf.shape(ids)[1], width)
        ids = tf.pad(
            ids, [[0, 0], [0, size - tf.shape(ids)[1]]], constant_values=PAD_ID
        )
    return ids, tf.sequence_mask(lengths, tf.shape(ids)[1])
