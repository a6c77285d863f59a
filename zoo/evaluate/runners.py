"""Whatever can translate, as a function from texts to translations."""

import dataclasses
import typing


@dataclasses.dataclass
class KerasRunner:
    """A Keras task, e.g. a `zoo.RecurrentTranslator`.

    Args:
        model: the task.
        beam_size: int.
        length_penalty: float.
        truncate: bool. Whether sources that are too long are cut, not refused.
    """

    model: typing.Any
    beam_size: int = 5
    length_penalty: float = 1.0
    truncate: bool = False
    artifact: typing.ClassVar[str] = "keras"

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
    """A `.tflite` file, whose search is as it was exported.

    Args:
        translator: a `zoo.device.Translator`.
        truncate: bool. Whether sources that are too long are cut, not refused.
    """

    def __init__(self, translator, truncate=False):
        self.translator = translator
        self.truncate = truncate
        interface = translator.interface
        self.beam_size = interface["beam_size"]
        self.length_penalty = interface["length_penalty"]
        quantized = interface["quantize"] == "int8"
        self.artifact = "litert_int8" if quantized else "litert_float"

    def __call__(self, texts):
        results = self.translator.translate(texts, truncate=self.truncate)
        return [hypotheses[0].text for hypotheses in results]
