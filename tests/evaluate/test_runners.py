from typing import Any

import pytest

from zoo import export
from zoo.device import Translator
from zoo.evaluate.runners import DeviceRunner, KerasRunner, SavedModelRunner
from zoo.export.saved_translator import SavedTranslator

TEXTS = ["A dog.", "", "Two women sit."]
LONG = "A dog runs on the beach. " * 10


@pytest.fixture(scope="module")
def saved_model(tiny_translator, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved") / "tiny"
    export.write(
        tiny_translator,
        folder,
        format="tf_saved_model",
        beam_size=2,
        length_penalty=0.5,
        max_target_length=12,
        parity_texts=["A dog."],
    )
    return SavedTranslator(folder)


def test_keras(tiny_translator):
    run = KerasRunner(tiny_translator, beam_size=2, length_penalty=0.5)
    expected = tiny_translator.translate(TEXTS, beam_size=2, length_penalty=0.5)
    assert run(TEXTS) == [hypotheses[0].text for hypotheses in expected]
    assert run.artifact == "keras"


def test_device(tiny_file):
    translator: Any = Translator(tiny_file)
    run = DeviceRunner(translator)
    expected = translator.translate(TEXTS)
    assert run(TEXTS) == [hypotheses[0].text for hypotheses in expected]
    assert (run.artifact, run.beam_size) == ("litert_float", 3)
    assert run.length_penalty == 1.0
    run = DeviceRunner(translator, beam_size=1)
    expected = translator.translate(TEXTS, beam_size=1)
    assert run(TEXTS) == [hypotheses[0].text for hypotheses in expected]


def test_saved_model(saved_model, tiny_translator):
    run = SavedModelRunner(saved_model)
    expected = tiny_translator.translate(
        TEXTS, beam_size=2, length_penalty=0.5, max_length=12
    )
    assert run(TEXTS) == [hypotheses[0].text for hypotheses in expected]
    assert (run.artifact, run.beam_size) == ("saved_model", 2)
    assert run.length_penalty == 0.5


def test_too_long(tiny_translator, tiny_file, saved_model):
    translator = Translator(tiny_file)
    for run in (
        KerasRunner(tiny_translator),
        DeviceRunner(translator),
        SavedModelRunner(saved_model),
    ):
        run.check(TEXTS)
        with pytest.raises(ValueError, match="Text 1 has .* at most 24"):
            run.check(["A dog.", LONG])
    KerasRunner(tiny_translator, truncate=True).check([LONG])
    DeviceRunner(translator, truncate=True).check([LONG])
