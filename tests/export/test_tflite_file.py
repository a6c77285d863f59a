import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from zoo.export.tflite_file import (
    add_metadata,
    check_operators,
    operator_code,
    operator_names,
    parse,
    serialize,
)


@pytest.fixture
def file(lively_tflite):
    return parse(lively_tflite.read_bytes())


def _run(content):
    token_ids = np.array([[5, 9, 17, 2, *[0] * 28]], np.int32)
    interpreter = Interpreter(model_content=content)
    return interpreter.get_signature_runner("translate")(token_ids=token_ids)


def test_a_file_survives_being_taken_apart(lively_tflite, file):
    expected, found = _run(lively_tflite.read_bytes()), _run(serialize(file))
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values)


def test_buffers_are_aligned(file):
    content = serialize(file)
    data = [bytes(b.data) for b in file.buffers if b.data is not None]
    large = [values for values in data if len(values) >= 1024 and any(values)]
    assert len(large) > 10
    assert all(content.index(values) % 16 == 0 for values in large)


def test_metadata_is_added_to_what_is_there(file):
    before = [entry.name for entry in file.metadata]
    add_metadata(file, {"one": b"1", "two": b"22"})
    again = parse(serialize(file))
    assert [entry.name for entry in again.metadata] == [*before, b"one", b"two"]
    assert bytes(again.buffers[again.metadata[-1].buffer].data) == b"22"


def test_operator_codes_are_found_or_added(file):
    count = len(file.operatorCodes)
    while_code = operator_code(file, "WHILE", 1)
    assert while_code < count == len(file.operatorCodes)
    assert operator_code(file, "EMBEDDING_LOOKUP", 4) == count
    assert operator_code(file, "EMBEDDING_LOOKUP", 1) == count
    assert file.operatorCodes[count].version == 4
    assert "EMBEDDING_LOOKUP" in operator_names(file)[0]


def test_custom_operators_are_refused(file):
    check_operators(file)
    for name in (b"FlexErf", b"Mine"):
        file.operatorCodes.append(
            schema.OperatorCodeT(
                deprecatedBuiltinCode=schema.BuiltinOperator.CUSTOM,
                builtinCode=schema.BuiltinOperator.CUSTOM,
                customCode=name,
            )
        )
    with pytest.raises(ValueError, match="alone, got FlexErf, Mine"):
        check_operators(file)
