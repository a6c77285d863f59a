"""Whatever can translate, as functions from texts to translations.

Each knows what it is for a card (`artifact`), how it searches (`beam_size`,
`length_penalty`), and refuses what it cannot read before time is spent (`check`).
"""

import dataclasses
import typing


@dataclasses.dataclass
class KerasRunner:
    """A Keras task.

    Args:
        model: a `zoo.RecurrentTranslator`, or another task that translates as it.
        beam_size: int.
        length_penalty: float.
        truncate: bool. Whether sources that are too long are cut, not refused.
    """

    model: typing.Any
    beam_size: int = 5
    length_penalty: float = 1.0
    truncate: bool = False
    artifact: typing.ClassVar[str] = "keras"

    def check(self, texts):
        self.model.preprocessor.source_rows(texts, self.truncate)

    def __call__(self, texts):
        results = self.model.translate(
            texts,
            beam_size=self.beam_size,
            length_penalty=self.length_penalty,
            truncate=self.truncate,
            batch_size=len(texts),
        )
        return [hypotheses[0].text for hypotheses in results]


class DeviceRunner:
    """A `.tflite` file, with the length penalty it was exported with.

    Args:
        translator: a `zoo.device.Translator`.
        beam_size: int, at most the file's, which is the default.
        truncate: bool. Whether sources that are too long are cut, not refused.
    """

    def __init__(self, translator, beam_size=None, truncate=False):
        self.translator = translator
        self.truncate = truncate
        self.beam_size = beam_size or translator.interface["beam_size"]
        self.length_penalty = translator.interface["length_penalty"]
        quantized = translator.interface["quantize"] == "int8"
        self.artifact = "litert_int8" if quantized else "litert_float"

    def check(self, texts):
        _check(texts, self.translator, self.truncate)

    def __call__(self, texts):
        results = self.translator.translate(
            texts, beam_size=self.beam_size, truncate=self.truncate
        )
        return [hypotheses[0].text for hypotheses in results]


class SavedModelRunner:
    """A SavedModel, with the search it was exported with.

    Args:
        translator: a `zoo.export.saved_translator.SavedTranslator`.
    """

    artifact = "saved_model"
    truncate = False

    def __init__(self, translator):
        self.translator = translator
        self.beam_size = translator.interface["beam_size"]
        self.length_penalty = translator.interface["length_penalty"]

    def check(self, texts):
        _check(texts, self.translator, self.truncate)

    def __call__(self, texts):
        results = self.translator.translate(texts, batch_size=len(texts))
        return [hypotheses[0].text for hypotheses in results]


def _check(texts, exported, truncate):
    from zoo.text.source_rows import source_rows

    source_rows(
        texts,
        lambda texts: [exported.pieces.encode(text) for text in texts],
        exported.interface["max_source_length"],
        truncate,
    )
