import gzip
import subprocess
import sys

import pytest
import tensorflow_datasets as tfds

from zoo.data.prepare import builder_module, list_datasets, prepare

SPLITS = {
    "train": [
        ("a kite", "ein Drachen"),
        ("a tower", "ein Turm"),
        ("a cup", "eine Tasse"),
    ],
    "val": [("a river", "ein Fluss")],
}


@pytest.fixture
def raw(tmp_path):
    """A folder of files laid out as Multi30k is published, with two splits."""
    folder = tmp_path / "multi30k" / "task1" / "raw"
    folder.mkdir(parents=True)
    for stem, pairs in SPLITS.items():
        for language, sentences in zip(
            ("en", "de"), zip(*pairs, strict=True), strict=True
        ):
            text = "".join(f"{sentence}\n" for sentence in sentences)
            (folder / f"{stem}.{language}.gz").write_bytes(gzip.compress(text.encode()))
    return folder


def read(builder, split):
    dataset = builder.as_dataset(split=split, as_supervised=True)
    return [tuple(side.decode() for side in pair) for pair in tfds.as_numpy(dataset)]


def test_every_folder_with_a_builder_is_listed_and_loads():
    assert "multi30k" in list_datasets()
    for name in list_datasets():
        assert builder_module(name).Builder.name == name
        assert builder_module(name) is builder_module(name)


def test_loading_a_builder_leaves_tensorflow_alone():
    code = (
        "import sys; from zoo.data.prepare import builder_module; "
        "from zoo.data.sources import read_parallel_text; "
        "assert 'tensorflow_datasets' not in sys.modules; builder_module('multi30k'); "
        "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_prepares_from_a_folder_at_any_level(raw, tmp_path, level):
    folder = [raw, *raw.parents][level]
    builder = prepare("multi30k", data_dir=tmp_path / "records", manual_dir=folder)
    assert builder.builder_config.name == "en_de"
    assert set(builder.info.splits) == {"train", "validation"}
    assert read(builder, "train") == SPLITS["train"]
    assert read(builder, "validation") == SPLITS["val"]


def test_reverse_pair_and_loading_by_name_alone(raw, tmp_path):
    prepare("multi30k/de_en", data_dir=tmp_path / "records", manual_dir=raw)
    builder = tfds.builder("multi30k/de_en", data_dir=tmp_path / "records")
    assert builder.info.supervised_keys == ("de", "en")
    assert read(builder, "train") == [(de, en) for en, de in SPLITS["train"]]


def test_records_stay_unless_overwritten(raw, tmp_path):
    def prepared(**options):
        builder = prepare(
            "multi30k", data_dir=tmp_path / "records", manual_dir=raw, **options
        )
        return read(builder, "validation")

    assert prepared() == SPLITS["val"]
    (raw / "val.de.gz").write_bytes(gzip.compress(b"ein Strom\n"))
    assert prepared() == SPLITS["val"]
    assert prepared(overwrite=True) == [("a river", "ein Strom")]


def test_unknown_names():
    with pytest.raises(
        ValueError, match="no dataset 'multi3k'. Did you mean 'multi30k'"
    ):
        prepare("multi3k")
    with pytest.raises(ValueError, match="no config 'en_dd'.* 'en_de'"):
        prepare("multi30k", config="en_dd")
    with pytest.raises(ValueError, match="says config 'en_de' and config= .*'en_fr'"):
        prepare("multi30k/en_de", config="en_fr")


def test_a_manual_folder_that_is_missing_or_empty(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(FileNotFoundError, match="does not exist or is empty"):
            prepare("multi30k", data_dir=tmp_path, manual_dir=folder)
    assert list(tmp_path.iterdir()) == []
