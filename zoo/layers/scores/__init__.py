"""Alignment scores: how well a query and each annotation match.

A score projects the annotations once (`prepare`) and is then asked for every query
(`call`). All scores share one constructor, `Score(units, **kwargs)`.
"""

from zoo.layers.registry import lookup
from zoo.layers.scores.additive import AdditiveScore
from zoo.layers.scores.dot import DotScore
from zoo.layers.scores.general import GeneralScore
from zoo.layers.scores.scaled_dot import ScaledDotScore

SCORES = {
    "additive": AdditiveScore,
    "dot": DotScore,
    "general": GeneralScore,
    "scaled_dot": ScaledDotScore,
}


def get(name):
    """The score class of that name; a ValueError lists the names there are."""
    return lookup(name, SCORES, "score")


__all__ = [
    "SCORES",
    "AdditiveScore",
    "DotScore",
    "GeneralScore",
    "ScaledDotScore",
    "get",
]
