import json

import pytest

from zoo.device import bundle
from zoo.device.bundle import read_bundle
from zoo.export.tflite_file import add_metadata, parse, serialize


def test_a_text_file():
    with pytest.raises(ValueError, match="notes.txt is no .tflite file"):
        read_bundle(b"Notes on attention", "notes.txt")


def test_an_empty_file():
    with pytest.raises(ValueError, match="empty.tflite is no .tflite file"):
        read_bundle(b"", "empty.tflite")


def test_somebody_elses_file(lively_tflite):
    file = parse(lively_tflite.read_bytes())
    file.metadata = file.metadata[:1]
    with pytest.raises(ValueError, match="of the zoo's: it has no zoo.interface"):
        read_bundle(serialize(file), "other.tflite")
    file.metadata = None
    with pytest.raises(ValueError, match="not one of the zoo's"):
        read_bundle(serialize(file), "other.tflite")


def test_a_form_of_another_release(lively_tflite):
    file = parse(lively_tflite.read_bytes())
    file.metadata = [e for e in file.metadata if e.name != b"zoo.interface"]
    add_metadata(file, {bundle.INTERFACE: json.dumps({"form": 2}).encode()})
    with pytest.raises(ValueError, match="has form 2, this release .* reads form 1"):
        read_bundle(serialize(file), "new.tflite")


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_truncated_file(lively_tflite, share):
    content = lively_tflite.read_bytes()
    with pytest.raises(ValueError, match="cut.tflite is damaged"):
        read_bundle(content[: int(share * len(content))], "cut.tflite")


def test_the_last_bytes_are_missed(lively_tflite):
    content = lively_tflite.read_bytes()
    with pytest.raises(ValueError, match="is damaged: it ends before"):
        read_bundle(content[:-4], "cut.tflite")
