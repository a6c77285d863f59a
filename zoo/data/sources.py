"""Parallel text by name or by path."""

import dataclasses
import logging
import os
import pathlib

from zoo.data.parallel_files import read_aligned, read_jsonl, read_tsv
from zoo.data.parallel_text import ParallelText, SourceFile
from zoo.data.prepare import builder_module, did_you_mean, list_datasets, prepare
from zoo.files import sha256

# What people call the split that is "validation" here.
_STEMS = {"validation": ("validation", "val", "valid", "dev")}
_READERS = {".tsv": read_tsv, ".jsonl": read_jsonl}
_FORMS = (
    "'multi30k/en_de', 'tfds:NAME/CONFIG', a .tsv or .jsonl file, two line-aligned "
    "files 'train.en,train.de', or a folder with train, validation and test files"
)


def read_parallel_text(
    spec,
    split="train",
    *,
    source_language=None,
    target_language=None,
    data=None,
    keep_blank=False,
):
    """Reads sentence pairs into memory.

    `spec` is one of:

    - `"multi30k/en_de"`: a dataset of `zoo.data.prepare.list_datasets()` with its
      config. `data` is a folder that holds its published files (for Multi30k the raw
      folder or one above it) or prepared records; without it, TFDS's own folder is
      used and the dataset is downloaded into it if need be.
    - `"tfds:ted_hrlr_translate/pt_to_en"`: any translation set of TFDS, which is
      downloaded and prepared in `data`, or in TFDS's own folder, if need be.
    - a path to a `.tsv` or a `.jsonl` file, or two line-aligned files
      (`"train.en,train.de"`, or a pair of paths), all also as `.gz`. Such a file is
      read whatever the split.
    - a folder with such files named by their split: `train.tsv`, or `train.en` and
      `train.de`. `validation` is also found as `val`, `valid` or `dev`.

    Args:
        spec: string, path, or pair of paths.
        split: string, e.g. `"train"`, `"validation"`, `"test_2016_flickr"`.
        source_language, target_language: strings such as `"en"`, both or neither.
            Needed where the data holds languages without saying which is the source.
        data: string or path. Where a named dataset lies.
        keep_blank: bool. Whether pairs with a blank side stay, as evaluation needs
            to keep the line count. Training leaves them out (False).

    Returns:
        A `ParallelText`.

    Example:

    ```python
    text = zoo.data.read_parallel_text("multi30k/en_de", "validation", data="corpora")
    text.sources[0], text.targets[0], text.describe()
    ```
    """
    if (source_language is None) != (target_language is None):
        raise ValueError(
            "Expected source_language and target_language, or neither. Received: "
            f"{source_language!r} and {target_language!r}."
        )
    languages = (source_language, target_language)
    if isinstance(spec, str) and spec.partition("/")[0] in list_datasets():
        text = _read_dataset(spec, split, languages, data)
    elif isinstance(spec, str) and spec.startswith("tfds:"):
        text = _read_tfds(spec, split, languages, data)
    elif data is not None:
        raise ValueError(
            f"{spec!r} is no named dataset, so that data={os.fspath(data)!r} has no "
            f"meaning for it. Expected {_FORMS}."
        )
    else:
        text = _read_files(_paths(spec), split, languages)
    text = dataclasses.replace(text, split=split)
    if not keep_blank:
        text = text.without_blank()
    if not text:
        raise ValueError(
            f"{spec!r}, split {split!r}, holds no sentence pairs"
            + (f" but {text.blank_pairs:,} blank ones." if text.blank_pairs else ".")
        )
    return text


def _paths(spec):
    """The one or two paths that a spec names."""
    if isinstance(spec, str) and spec.count(",") == 1 and not os.path.exists(spec):
        spec = [part.strip() for part in spec.split(",")]
    if isinstance(spec, str | os.PathLike):
        spec = [spec]
    try:
        paths = [pathlib.Path(path).expanduser() for path in spec]
    except TypeError:
        paths = []
    if len(paths) not in (1, 2) or "" in spec:
        raise TypeError(f"Expected {_FORMS}, or a pair of paths. Received: {spec!r}.")
    return paths


def _read_files(paths, split, languages):
    path = paths[0]
    reader = _READERS.get(_suffix(path))
    if len(paths) == 2:
        text = read_aligned(*paths, *languages)
    elif path.is_dir():
        text = _read_folder(path, split, languages)
    elif reader:
        text = reader(path, *languages)
    elif path.is_file():
        raise ValueError(
            f"{path} has no suffix that tells its format. Expected {_FORMS}."
        )
    else:
        names = list_datasets()
        raise ValueError(
            f"'{path}' is neither a file, a folder nor a dataset."
            f"{did_you_mean(path.parts[0], names)} Expected {_FORMS}. "
            f"Datasets: {', '.join(names)}."
        )
    return dataclasses.replace(text, name=",".join(path.name for path in paths))


def _suffix(path):
    return pathlib.Path(path.name.removesuffix(".gz")).suffix


def _read_folder(folder, split, languages):
    stems = _STEMS.get(split, (split,))
    there = sorted(
        path
        for path in folder.iterdir()
        if path.is_file()
        and path.name.removesuffix(".gz").removesuffix(_suffix(path)) in stems
    )
    choices = [(path,) for path in there if _suffix(path) in _READERS]
    aligned = [path for path in there if _suffix(path) not in ("", *_READERS)]
    if languages[0] is not None:
        aligned = [
            path
            for language in languages
            for path in aligned
            if _suffix(path) == f".{language}"
        ]
    elif len(aligned) == 2 and not choices:
        raise ValueError(
            f"{aligned[0]} and {aligned[1]}: which is the source? Say so with "
            "source_language= and target_language=, or name the two files, source "
            "first."
        )
    if len(aligned) == 2:
        choices.append(tuple(aligned))
    if len(choices) == 1:
        return _read_files(choices[0], split, languages)
    found = ", ".join(path.name for path in sorted(folder.iterdir())) or "nothing"
    source, target = languages if languages[0] else ("en", "de")
    raise ValueError(
        f"{folder} has no one set of files for the split {split!r}. Expected one of "
        f"{stems[0]}.tsv, {stems[0]}.jsonl, or {stems[0]}.{source} with "
        f"{stems[0]}.{target}; found {found}."
    )


def _read_dataset(spec, split, languages, data):
    name, _, pair = spec.partition("/")
    module = builder_module(name)
    if not pair and languages[0] is not None:
        pair = "_".join(languages)
    configs = list(module.Builder.builder_configs)
    if pair not in configs:
        raise ValueError(
            f"{spec!r} names no pair of languages of {name}. Expected one of "
            f"{', '.join(f'{name}/{config}' for config in configs)}."
        )
    if languages[0] is not None and pair != "_".join(languages):
        raise ValueError(
            f"{spec!r} is the pair {pair}; source_language= and target_language= say "
            f"{'_'.join(languages)}. Give one of them."
        )
    if data is None:
        builder = prepare(name, config=pair)
        text = _read_records(builder, split, pair.split("_"))
    else:
        data = pathlib.Path(data).expanduser()
        text = _read_published(module, pair, split, data)
    return dataclasses.replace(
        text,
        name=f"{name}/{pair}",
        licence=module.LICENSE,
        citation=module.CITATION,
    )


def _read_published(module, pair, split, data):
    """Reads a dataset's own files in `data` or, without them, records there."""
    published = module.published_files(pair)
    found = module.local_files(data, pair)
    if not found:
        builder = module.Builder(data_dir=data, config=pair)
        if builder.data_path.exists() and builder.is_prepared():
            return _read_records(builder, split, pair.split("_"))
        name = f"{builder.name}/{pair}"
        raise FileNotFoundError(
            f"{data} holds neither the files of {name} "
            f"({', '.join(published['train'])}, ...) nor records of it. Name the "
            f"folder with those files, or make records: zoo data prepare {name} "
            f"--data-dir {data}"
        )
    if split not in found:
        reason = (
            f"{' and '.join(published[split])} are not both there"
            if split in published
            else f"published are {', '.join(published)}"
        )
        raise ValueError(
            f"{data} has no split {split!r}, but {', '.join(found)}: {reason}."
        )
    text = read_aligned(*found[split], *pair.split("_"))
    for file in text.files:
        recorded = module.recorded_sha256(file.path.name)
        if recorded and recorded != file.sha256:
            logging.getLogger(__name__).warning(
                "%s is not the published file: its SHA-256 is %s, not %s.",
                file.path,
                file.sha256,
                recorded,
            )
    return text


def _read_tfds(spec, split, languages, data):
    import tensorflow_datasets as tfds

    name = spec.removeprefix("tfds:")
    try:
        builder = tfds.builder(name, data_dir=data)
    except tfds.core.DatasetNotFoundError:
        names = tfds.list_builders(with_community_datasets=False)
        near = did_you_mean(name.partition("/")[0], names)
        raise ValueError(
            f"TFDS has no dataset {name!r}.{near} Its translation sets: "
            "https://www.tensorflow.org/datasets/catalog/overview#translation"
        ) from None
    features = builder.info.features
    if not isinstance(features, tfds.features.Translation):
        raise ValueError(
            f"{spec!r} is no translation set: its features are a "
            f"{type(features).__name__}, not a Translation."
        )
    languages = languages if languages[0] else builder.info.supervised_keys
    if not languages or not set(languages) <= set(features.languages):
        raise ValueError(
            f"{spec!r} has the languages {', '.join(features.languages)}. Choose "
            "source_language= and target_language= among them. Received: "
            f"{languages}."
        )
    builder.download_and_prepare()
    text = _read_records(builder, split, languages)
    return dataclasses.replace(
        text,
        name=spec,
        licence=builder.info.redistribution_info.license,
        citation=builder.info.citation,
    )


def _read_records(builder, split, languages):
    import tensorflow_datasets as tfds

    # One file after the other, so that the pairs come in the order of the records.
    dataset = builder.as_dataset(
        split=split,
        batch_size=1024,
        read_config=tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False),
    )
    sides = ([], [])
    for batch in tfds.as_numpy(dataset):
        for side, language in zip(sides, languages, strict=True):
            side.extend(sentence.decode("utf-8") for sentence in batch[language])
    paths = [pathlib.Path(path) for path in builder.info.splits[split].filepaths]
    return ParallelText(
        *sides,
        *languages,
        files=tuple(SourceFile(path, sha256(path)) for path in paths),
    )
