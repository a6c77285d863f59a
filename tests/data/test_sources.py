import gzip
import json
import logging
import subprocess
import sys

import pytest
import tensorflow_datasets as tfds

from zoo import catalog
from zoo.data.prepare import builder_module, prepare
from zoo.data.sources import read_parallel_text

RAW = catalog.resource("datasets", "multi30k", "dummy_data", "task1", "raw")


def dummy(name):
    return gzip.decompress((RAW / f"{name}.gz").read_bytes()).decode().splitlines()


@pytest.fixture
def corpora(tmp_path):
    """A folder that holds the dummy data as `multi30k/task1/raw`."""
    raw = tmp_path / "corpora" / "multi30k" / "task1" / "raw"
    raw.mkdir(parents=True)
    for path in RAW.iterdir():
        (raw / path.name).write_bytes(path.read_bytes())
    return tmp_path / "corpora"


@pytest.fixture
def write(tmp_path):
    def write(name, *lines):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return write


class TestPublishedFiles:
    @pytest.mark.parametrize("below", ["", "multi30k", "multi30k/task1", RAW])
    def test_any_folder_above_the_files(self, corpora, below):
        text = read_parallel_text("multi30k/en_de", data=corpora / below)
        assert text.sources == dummy("train.en") and text.targets == dummy("train.de")
        assert (text.source_language, text.target_language) == ("en", "de")

    def test_split_and_reverse(self, corpora):
        text = read_parallel_text("multi30k/cs_en", "validation", data=corpora)
        assert text.sources == dummy("val.cs") and text.targets == dummy("val.en")
        assert text.name == "multi30k/cs_en" and text.split == "validation"

    def test_pair_from_the_languages(self, corpora):
        text = read_parallel_text(
            "multi30k", source_language="fr", target_language="en", data=corpora
        )
        assert text.name == "multi30k/fr_en" and text.sources == dummy("train.fr")
        with pytest.raises(ValueError, match="is the pair en_fr;.* say fr_en"):
            read_parallel_text(
                "multi30k/en_fr",
                source_language="fr",
                target_language="en",
                data=corpora,
            )

    def test_terms_and_checksums_are_told(self, corpora):
        described = read_parallel_text("multi30k/en_de", data=corpora).describe()
        assert "non-commercial" in described["licence"]
        assert "Elliott et al. 2016" in described["citation"]
        assert described["splits"] == {"train": 3}
        assert list(described["files"]) == ["train.en.gz", "train.de.gz"]

    def test_files_that_are_not_the_published_ones_are_reported(self, corpora, caplog):
        with caplog.at_level(logging.WARNING, "zoo"):
            read_parallel_text("multi30k/en_de", data=corpora)
            read_parallel_text("multi30k/en_de", "test_2018_flickr", data=corpora)
        recorded = builder_module("multi30k").recorded_sha256("train.de.gz")
        assert len(caplog.messages) == 2  # Nothing is recorded for test_2018_flickr.
        assert "train.de.gz is not the published file" in caplog.messages[1]
        assert recorded in caplog.messages[1]

    def test_without_tensorflow(self, corpora):
        code = (
            "import sys; from zoo.data.sources import read_parallel_text; "
            f"text = read_parallel_text('multi30k/en_de', data={str(corpora)!r}); "
            "assert len(text) == 3 and 'tensorflow' not in sys.modules"
        )
        subprocess.run([sys.executable, "-c", code], check=True)

    def test_unknown_split_names_those_there(self, corpora):
        with pytest.raises(ValueError, match="no split 'test', but train, validation,"):
            read_parallel_text("multi30k/en_de", "test", data=corpora)
        (corpora / "multi30k" / "task1" / "raw" / "val.de.gz").unlink()
        with pytest.raises(ValueError, match="val.en.gz and val.de.gz are not both"):
            read_parallel_text("multi30k/en_de", "validation", data=corpora)

    @pytest.mark.parametrize("spec", ["multi30k", "multi30k/en_xx", "multi30k/de_fr"])
    def test_unknown_pair(self, corpora, spec):
        with pytest.raises(
            ValueError, match="names no pair .*multi30k/en_de, multi30k"
        ):
            read_parallel_text(spec, data=corpora)

    def test_nothing_there(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="zoo data prepare multi30k/en_de"):
            read_parallel_text("multi30k/en_de", data=tmp_path)


class TestRecords:
    def test_same_text_as_from_the_files(self, corpora, tmp_path):
        records = tmp_path / "records"
        prepare("multi30k/en_de", data_dir=records, manual_dir=corpora)
        for split in ("train", "test_2017_mscoco"):
            text = read_parallel_text("multi30k/en_de", split, data=records)
            raw = read_parallel_text("multi30k/en_de", split, data=corpora)
            assert (text.sources, text.targets) == (raw.sources, raw.targets)
            assert (text.name, text.licence) == (raw.name, raw.licence)
        (name,) = text.describe()["files"]
        assert name.startswith("multi30k-test_2017_mscoco.tfrecord")
        with pytest.raises(ValueError, match="Unknown split 'test'"):
            read_parallel_text("multi30k/en_de", "test", data=records)

    def test_default_folder_of_tfds(self, corpora, tmp_path, monkeypatch):
        prepare("multi30k/en_de", data_dir=tmp_path / "records", manual_dir=corpora)
        monkeypatch.setattr(
            "tensorflow_datasets.core.constants.DATA_DIR", str(tmp_path / "records")
        )
        assert read_parallel_text("multi30k/en_de").sources == dummy("train.en")

    def test_sets_of_tfds_by_name(self, corpora, tmp_path):
        prepare("multi30k/de_en", data_dir=tmp_path / "records", manual_dir=corpora)
        spec = "tfds:multi30k/de_en"
        text = read_parallel_text(spec, "train[1:]", data=tmp_path / "records")
        assert text.sources == dummy("train.de")[1:]
        assert text.name == spec and "@inproceedings" in text.citation
        text = read_parallel_text(
            spec,
            "validation",
            source_language="en",
            target_language="de",
            data=tmp_path / "records",
        )
        assert text.sources == dummy("val.en") and text.source_language == "en"
        with pytest.raises(ValueError, match="has the languages de, en. Choose"):
            read_parallel_text(
                spec,
                source_language="en",
                target_language="fr",
                data=tmp_path / "records",
            )

    def test_set_that_is_no_translation(self, tmp_path):
        with pytest.raises(ValueError, match="'tfds:mnist' is no translation set"):
            read_parallel_text("tfds:mnist", data=tmp_path)
        assert not list(tmp_path.iterdir())

    def test_unknown_set(self, tmp_path):
        with tfds.testing.disable_gcs_access():
            with pytest.raises(
                ValueError, match="TFDS has no dataset 'wmt14_trans.*wmt"
            ):
                read_parallel_text("tfds:wmt14_translat/de-en", data=tmp_path)


class TestFiles:
    def test_formats(self, write):
        expected = (["one", "two"], ["eins", "zwei"])
        pairs = list(zip(*expected, strict=True))
        tsv = write("a.tsv", *("\t".join(pair) for pair in pairs))
        jsonl = write("a.jsonl", *(json.dumps({"en": s, "de": t}) for s, t in pairs))
        en, de = write("a.en", *expected[0]), write("a.de", *expected[1])
        packed = tsv.with_name("b.tsv.gz")
        packed.write_bytes(gzip.compress(tsv.read_bytes()))
        for spec in (
            tsv,
            str(tsv),
            packed,
            jsonl,
            f"{en},{de}",
            f"{en}, {de}",
            (en, de),
        ):
            text = read_parallel_text(spec, "test")
            assert (text.sources, text.targets) == expected
            assert text.split == "test"
        assert text.name == "a.en,a.de" and text.source_language == "en"

    def test_blank_pairs(self, write):
        spec = write("a.en", "one", " ", "three"), write("a.de", "eins", "zwei", "")
        text = read_parallel_text(spec)
        assert (text.sources, text.targets) == (["one"], ["eins"])
        assert text.blank_pairs == 2
        text = read_parallel_text(spec, keep_blank=True)
        assert (len(text), text.blank_pairs) == (3, 0)

    def test_no_text(self, write):
        with pytest.raises(
            ValueError, match="holds no sentence pairs but 1 blank ones"
        ):
            read_parallel_text(write("a.tsv", ""))
        with pytest.raises(ValueError, match="holds no sentence pairs."):
            read_parallel_text(write("b.tsv"))

    @pytest.mark.parametrize("name", ["val", "valid", "dev", "validation"])
    def test_folder(self, write, name):
        folder = write("mine/train.tsv", "one\teins").parent
        write(f"mine/{name}.en", "two")
        write(f"mine/{name}.de", "zwei")
        write("mine/train.notes.en", "not a split")
        assert read_parallel_text(folder).sources == ["one"]
        with pytest.raises(ValueError, match=rf"{name}.de and .*: which is the source"):
            read_parallel_text(folder, "validation")
        text = read_parallel_text(
            str(folder), "validation", source_language="de", target_language="en"
        )
        assert (text.sources, text.targets) == (["zwei"], ["two"])

    def test_folder_without_the_split_or_with_two_of_it(self, write):
        folder = write("mine/train.tsv", "one\teins").parent
        with pytest.raises(ValueError, match="split 'test'. .*found train.tsv"):
            read_parallel_text(folder, "test")
        write("mine/train.jsonl", '{"source": "one", "target": "eins"}')
        with pytest.raises(
            ValueError, match="no one set of files for the split 'train"
        ):
            read_parallel_text(folder)

    def test_unusable_specs(self, write, tmp_path):
        with pytest.raises(ValueError, match="neither a file.*Did you mean 'multi30k'"):
            read_parallel_text("multi30/en_de")
        with pytest.raises(ValueError, match="text.txt has no suffix that tells"):
            read_parallel_text(write("text.txt", "one"))
        with pytest.raises(FileNotFoundError, match="There is no file .*gone.tsv"):
            read_parallel_text(tmp_path / "gone.tsv")
        with pytest.raises(ValueError, match="is no named dataset, so that data="):
            read_parallel_text("a.tsv", data=tmp_path)
        for spec in (None, 3, "", ("a", "b", "c")):
            with pytest.raises(TypeError, match="or a pair of paths. Received"):
                read_parallel_text(spec)
        with pytest.raises(ValueError, match="source_language and target_language, or"):
            read_parallel_text("a.tsv", source_language="en")
