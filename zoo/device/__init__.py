"""Runs exported files with numpy, ai-edge-litert and sentencepiece alone."""

from zoo.device.translator import Translator

__all__ = ["Translator"]
