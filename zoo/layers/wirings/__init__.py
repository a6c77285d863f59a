"""Wirings: where in a recurrent decoder's step the attention is asked.

A wiring owns the decoder's cells. It is called, once a target position, with the
projected word, the cells' states and a function `attend`, all in rows (one row a
hypothesis), and gives the output, the next states and what `attend` gave.
"""

from zoo.layers.registry import lookup
from zoo.layers.wirings.bahdanau import BahdanauWiring
from zoo.layers.wirings.conditional import ConditionalWiring

WIRINGS = {"bahdanau": BahdanauWiring, "conditional": ConditionalWiring}


def get(name):
    """The wiring class of that name; a ValueError lists the names there are."""
    return lookup(name, WIRINGS, "wiring")


__all__ = ["WIRINGS", "BahdanauWiring", "ConditionalWiring", "get"]
