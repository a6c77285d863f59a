"""Alignments: how scores become weights over the source.

An alignment is called with scores (batch, beam, source), the source mask and its own
state of the previous target position, and gives weights and its next state. All share
one constructor, `Alignment(**kwargs)`.
"""

from zoo.layers.alignments.soft import SoftAlignment
from zoo.layers.registry import lookup

ALIGNMENTS = {"soft": SoftAlignment}


def get(name):
    """The alignment class of that name; a ValueError lists the names there are."""
    return lookup(name, ALIGNMENTS, "alignment")


__all__ = ["ALIGNMENTS", "SoftAlignment", "get"]
