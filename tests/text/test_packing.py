import numpy as np
import pytest
import tensorflow as tf

from zoo.text import pack

ROWS = [[5, 6, 7], [], [8]]


@pytest.mark.parametrize("kind", ["lists", "ragged"])
@pytest.mark.parametrize(
    "options, expected",
    [
        ({}, [[5, 6, 7], [0, 0, 0], [8, 0, 0]]),
        ({"start": 1, "end": 2}, [[1, 5, 6, 7, 2], [1, 2, 0, 0, 0], [1, 8, 2, 0, 0]]),
        ({"end": 2, "longest": 3}, [[5, 6, 2], [2, 0, 0], [8, 2, 0]]),
        ({"width": 4}, [[5, 6, 7, 0], [0, 0, 0, 0], [8, 0, 0, 0]]),
    ],
)
def test_rows_are_framed_cut_and_padded(kind, options, expected):
    rows = ROWS if kind == "lists" else tf.ragged.constant(ROWS, dtype=tf.int32)
    ids, mask = pack(rows, **options)
    np.testing.assert_array_equal(ids, expected)
    np.testing.assert_array_equal(mask, np.array(expected) != 0)
    assert ids.dtype == "int32" and mask.dtype == bool
