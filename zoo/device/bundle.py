"""What a `.tflite` file of the zoo says of itself, read without any runtime."""

import json
import struct

# Names of the metadata entries. The numbers at the end are those of their form.
TOKENIZER, CARD, INTERFACE = "zoo.tokenizer", "zoo.card", "zoo.interface"
FORM = 1


def read_bundle(content, origin):
    """The zoo's metadata entries of a `.tflite` file.

    Args:
        content: the file, bytes-like.
        origin: the file's name, for errors.

    Returns:
        The interface (a dict, see `zoo.export.litert`), the card (a dict), and the
        serialised SentencePiece model.

    Raises:
        ValueError: when the file was not written by the zoo, or is damaged.
    """
    if bytes(content[4:8]) != b"TFL3":
        raise ValueError(
            f"{origin} is no .tflite file. Expected one that "
            'model.export(path, format="litert") wrote.'
        )
    try:
        entries = _metadata(content)
    except (struct.error, IndexError):
        raise ValueError(
            f"{origin} is damaged: it ends before its contents do. Copy or download "
            "it again."
        ) from None
    missing = [name for name in (INTERFACE, CARD, TOKENIZER) if name not in entries]
    if missing:
        raise ValueError(
            f"{origin} is a .tflite file, but not one of the zoo's: it has no "
            f'{missing[0]} entry. Write it with model.export(path, format="litert").'
        )
    interface = json.loads(entries[INTERFACE])
    if interface["form"] != FORM:
        raise ValueError(
            f"{origin} has form {interface['form']}, this release of attention-zoo "
            f"reads form {FORM}. Export the model again, or install the release that "
            "wrote it."
        )
    return interface, json.loads(entries[CARD]), entries[TOKENIZER]


# A flatbuffer is tables of offsets: see https://flatbuffers.dev/internals. The numbers
# of the fields are those of Model, Metadata and Buffer in LiteRT's schema.fbs.
_MODEL_OPERATORS, _MODEL_BUFFERS, _MODEL_METADATA = 1, 4, 6
_METADATA_NAME, _METADATA_BUFFER = 0, 1
_BUFFER_DATA = 0


def _metadata(content):
    content = memoryview(content)
    model = _follow(content, 0)
    # They stand at the end of the file, and a runtime would read beyond it.
    for operator in _table_vector(content, _field(content, model, _MODEL_OPERATORS)):
        _, size = _layout(content, operator)
        if operator + size > len(content):
            raise IndexError
    buffers = _table_vector(content, _field(content, model, _MODEL_BUFFERS))
    entries = {}
    for entry in _table_vector(content, _field(content, model, _MODEL_METADATA)):
        name = _byte_vector(content, _field(content, entry, _METADATA_NAME)).decode()
        place = _field(content, entry, _METADATA_BUFFER)
        index = _unsigned(content, place) if place else 0
        entries[name] = _byte_vector(
            content, _field(content, buffers[index], _BUFFER_DATA)
        )
    return entries


def _unsigned(content, place):
    return struct.unpack_from("<I", content, place)[0]


def _follow(content, place):
    return place + _unsigned(content, place)


def _field(content, table, number):
    """Where a table's field stands, or 0 where it is left out."""
    layout, _ = _layout(content, table)
    (size,) = struct.unpack_from("<H", content, layout)
    entry = 4 + 2 * number
    if entry >= size:
        return 0
    (offset,) = struct.unpack_from("<H", content, layout + entry)
    return table + offset if offset else 0


def _layout(content, table):
    """Where the layout of a table's fields stands, and the table's size."""
    layout = table - struct.unpack_from("<i", content, table)[0]
    return layout, struct.unpack_from("<H", content, layout + 2)[0]


def _table_vector(content, place):
    if not place:
        return []
    vector = _follow(content, place)
    return [
        _follow(content, vector + 4 + 4 * index)
        for index in range(_unsigned(content, vector))
    ]


def _byte_vector(content, place):
    if not place:
        return b""
    vector = _follow(content, place)
    size = _unsigned(content, vector)
    if vector + 4 + size > len(content):
        raise IndexError
    return bytes(content[vector + 4 : vector + 4 + size])
