"""Recurrent cells that are fed inputs already projected.

A decoder knows most of its inputs for all positions at once, so their projections to
the gates are made in one product outside the recurrence; the cell adds what recurs.
Each cell states how many `gates` its input holds for every unit.
"""

from zoo.layers.cells.gru import ProjectedGRUCell
from zoo.layers.cells.lstm import ProjectedLSTMCell
from zoo.layers.registry import lookup

CELLS = {"gru": ProjectedGRUCell, "lstm": ProjectedLSTMCell}


def get(name):
    """The cell class of that name; a ValueError lists the names there are."""
    return lookup(name, CELLS, "cell")


__all__ = ["CELLS", "ProjectedGRUCell", "ProjectedLSTMCell", "get"]
