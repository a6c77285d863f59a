"""Search over any model that keeps the start/step contract."""

from zoo.decoding.beam import beam_search
from zoo.decoding.greedy import greedy_search
from zoo.decoding.sampling import sample

__all__ = ["beam_search", "greedy_search", "sample"]
