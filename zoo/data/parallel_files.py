"""Parallel text in a user's own files: TSV, JSONL, or two line-aligned files.

Files are UTF-8, plain or gzip (`.gz`). Lines end at a line feed alone (a carriage
return before it is dropped), so that their count is that of `wc -l`.
"""

import gzip
import hashlib
import json
import pathlib
import re
import zlib

from zoo.data.parallel_text import ParallelText, SourceFile


def read_aligned(source_path, target_path, source_language=None, target_language=None):
    """Reads two files of which line n of one translates line n of the other.

    Languages that are not given are taken from two-letter suffixes: `train.en.gz`.
    """
    source_path, target_path = pathlib.Path(source_path), pathlib.Path(target_path)
    sources, source_file = read_lines(source_path)
    targets, target_file = read_lines(target_path)
    if len(sources) != len(targets):
        raise ValueError(
            f"{source_path} has {len(sources):,} lines and {target_path} has "
            f"{len(targets):,}. Expected line-aligned files: line n of one translates "
            "line n of the other."
        )
    return ParallelText(
        sources,
        targets,
        source_language or _language(source_path),
        target_language or _language(target_path),
        files=(source_file, target_file),
    )


def read_tsv(path, source_language=None, target_language=None):
    """Reads a file of tab-separated columns, which are never quoted.

    A first line that names the two languages, or `source` and `target`, is a header,
    which may stand over further columns. Without one, every line has two columns,
    source and target. An empty line is a blank pair.
    """
    lines, file = read_lines(path)
    fields = lines[0].split("\t") if lines else []
    header: dict[str | None, int] = {name: n for n, name in enumerate(fields)}
    for names in ((source_language, target_language), ("source", "target")):
        if set(names) <= set(header):
            first, columns, width = 1, [header[name] for name in names], len(fields)
            break
    else:
        first, columns, width = 0, [0, 1], 2
    pairs = []
    for number, line in enumerate(lines[first:], start=first + 1):
        fields = line.split("\t") if line else [""] * width
        if len(fields) != width:
            raise ValueError(
                f"{path}, line {number}: expected {width} columns separated by tabs, "
                f"found {len(fields)}. Without a header line, a file has the columns "
                "source and target alone."
            )
        pairs.append([fields[column] for column in columns])
    return _from_pairs(pairs, source_language, target_language, file)


def read_jsonl(path, source_language=None, target_language=None):
    """Reads a file with a JSON object on each line.

    The sentences stand under the two languages, or under `source` and `target`;
    where no language is given and the first object has two keys such as `en` and
    `de`, these are the source's and the target's. An empty line is a blank pair.
    """
    lines, file = read_lines(path)
    keys, pairs = None, []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            pairs.append(("", ""))
            continue
        try:
            values = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(
                f"{path}, line {number}: no valid JSON ({error}). Expected an object "
                'such as {"source": "...", "target": "..."} on each line.'
            ) from None
        if not isinstance(values, dict):
            raise ValueError(
                f"{path}, line {number}: expected an object, found {line[:60]!r}."
            )
        if keys is None:
            keys = _keys(values, source_language, target_language, path, number)
            if keys != ("source", "target"):
                source_language, target_language = keys
        pair = tuple(values.get(key) for key in keys)
        for key, sentence in zip(keys, pair, strict=True):
            if not isinstance(sentence, str):
                found = repr(sentence) if key in values else f"keys {list(values)}"
                raise ValueError(
                    f"{path}, line {number}: expected a string under {key!r}, found "
                    f"{found}."
                )
        pairs.append(pair)
    return _from_pairs(pairs, source_language, target_language, file)


def read_lines(path):
    """Reads a UTF-8 file, also through gzip, strictly.

    Returns:
        A list of its lines, and its `SourceFile`.
    """
    path = pathlib.Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}.")
    data = stored = path.read_bytes()
    if path.suffix == ".gz":
        try:
            data = gzip.decompress(stored)
        except (EOFError, OSError, zlib.error) as error:
            raise ValueError(
                f"{path} is damaged or no gzip file ({error}). Fetch it again, or "
                "drop .gz from its name if it is plain text."
            ) from None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path}, line {line}: the byte 0x{data[error.start]:02x} is no UTF-8. "
            "Convert the file first, e.g. `iconv -f LATIN1 -t UTF-8`."
        ) from None
    lines = text.removeprefix("\ufeff").removesuffix("\n").split("\n") if text else []
    if "\r" in text:
        lines = [line.removesuffix("\r") for line in lines]
    return lines, SourceFile(path, hashlib.sha256(stored).hexdigest())


def _from_pairs(pairs, source_language, target_language, file):
    return ParallelText(
        [source for source, _ in pairs],
        [target for _, target in pairs],
        source_language,
        target_language,
        files=(file,),
    )


def _keys(values, source_language, target_language, path, number):
    """Under which keys a file's objects hold source and target."""
    if source_language and source_language in values and target_language in values:
        return source_language, target_language
    if "source" in values and "target" in values:
        return "source", "target"
    if not source_language and len(values) == 2 and all(map(_is_language, values)):
        return tuple(values)
    expected = "'source' and 'target'"
    if source_language:
        expected = f"{source_language!r} and {target_language!r}, or {expected}"
    raise ValueError(
        f"{path}, line {number}: expected the keys {expected}, found {list(values)}. "
        "Say which are meant with source_language= and target_language=."
    )


def _language(path):
    """The language that a path's suffix names, or None."""
    suffix = path.name.removesuffix(".gz").rpartition(".")[2]
    return suffix if _is_language(suffix) else None


def _is_language(text):
    """Whether a text looks like `en` or `pt-BR`."""
    return re.fullmatch(r"[a-z]{2}([_-][A-Za-z]+)?", text) is not None
