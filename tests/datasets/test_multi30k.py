"""What TFDS's own test case does not reach: layouts, downloads, checksums."""

import functools
import gzip
import hashlib
import http.server
import shutil
import socket
import sys
import threading

import pytest
from tensorflow_datasets.core import registered
from tensorflow_datasets.core.download.download_manager import NonMatchingChecksumError

from zoo import catalog
from zoo.data.prepare import builder_module, prepare

FOLDER = catalog.resource("datasets", "multi30k")
RAW = FOLDER / "dummy_data" / "task1" / "raw"


@pytest.fixture(scope="module")
def multi30k():
    return builder_module("multi30k")


@pytest.fixture
def server(tmp_path):
    """Serves a copy of the dummy data; gives its folder and its URL."""
    folder = tmp_path / "served"
    shutil.copytree(RAW, folder)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            del arguments

    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def builder_at(tmp_path, multi30k):
    """A copy of the builder that downloads from another URL, with its checksums."""

    def load(url, checksums=None):
        folder = tmp_path / "datasets" / "multi30k"
        shutil.copytree(FOLDER, folder)
        for name in ("checksums.tsv", "multi30k_dataset_builder.py"):
            text = (folder / name).read_text().replace(multi30k.URL, url)
            (folder / name).write_text(text)
        if checksums is not None:
            lines = [
                f"{url}/{path.name}\t{path.stat().st_size}"
                f"\t{hashlib.sha256(path.read_bytes()).hexdigest()}\t{path.name}\n"
                for path in checksums
            ]
            (folder / "checksums.tsv").write_text("".join(lines))
        monkeypatch.setattr(catalog, "resource", tmp_path.joinpath)
        monkeypatch.delitem(sys.modules, "multi30k_dataset_builder")
        with registered.skip_registration():
            module = builder_module("multi30k")
        return module.Builder(data_dir=tmp_path / "records", config="en_de")

    with pytest.MonkeyPatch.context() as monkeypatch:
        yield load


def test_published_splits(multi30k):
    german = multi30k.published_files("en_de")
    assert list(german) == [
        "train",
        "validation",
        "test_2016_flickr",
        "test_2017_flickr",
        "test_2017_mscoco",
        "test_2018_flickr",
    ]
    assert german["validation"] == ("val.en.gz", "val.de.gz")
    assert set(multi30k.published_files("fr_en")) == set(german)
    czech = multi30k.published_files("cs_en")
    assert set(german) - set(czech) == {"test_2017_flickr", "test_2017_mscoco"}
    assert czech["train"] == ("train.cs.gz", "train.en.gz")


def test_checksums_are_recorded_for_train_validation_and_2016(multi30k):
    recorded = {url.rpartition("/") for url in multi30k.Builder.url_infos}
    assert {url for url, _, _ in recorded} == {multi30k.URL}
    assert {name for _, _, name in recorded} == {
        f"{stem}.{language}.gz"
        for stem in ("train", "val", "test_2016_flickr")
        for language in ("en", "de", "fr", "cs")
    }
    digests = [info.checksum for info in multi30k.Builder.url_infos.values()]
    assert len(set(digests)) == 12 and {len(digest) for digest in digests} == {64}
    assert multi30k.recorded_sha256("train.en.gz") in digests
    assert multi30k.recorded_sha256("test_2018_flickr.en.gz") is None


def test_one_sided_splits_are_left_out(multi30k, tmp_path, caplog):
    shutil.copytree(RAW, tmp_path / "raw")
    (tmp_path / "raw" / "val.de.gz").unlink()
    (tmp_path / "raw" / "train.en.gz").unlink()
    (tmp_path / "raw" / "train.de.gz").unlink()
    found = multi30k.local_files(tmp_path, "de_en")
    assert set(multi30k.published_files("de_en")) - set(found) == {
        "train",
        "validation",
    }
    assert [path.name for path in found["test_2016_flickr"]] == [
        "test_2016_flickr.de.gz",
        "test_2016_flickr.en.gz",
    ]
    (message,) = caplog.messages
    assert message.startswith("val.de.gz is not in")


def test_a_manual_folder_without_the_files(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "train.en.gz").write_bytes(gzip.compress(b"one\n"))
    with pytest.raises(FileNotFoundError, match="No split .*train.en.gz and train.de"):
        prepare("multi30k/en_de", data_dir=tmp_path / "records", manual_dir=folder)
    assert not list((tmp_path / "records").rglob("*.tfrecord*"))


def test_files_of_different_length(tmp_path):
    (tmp_path / "train.en.gz").write_bytes(gzip.compress(b"one\ntwo\n"))
    (tmp_path / "train.de.gz").write_bytes(gzip.compress(b"eins\n"))
    with pytest.raises(ValueError, match="train.en.gz has 2 lines and .* has 1:"):
        prepare("multi30k", data_dir=tmp_path / "records", manual_dir=tmp_path)
    assert not list((tmp_path / "records").rglob("*.tfrecord*"))


def test_downloads_and_says_what_it_could_not_verify(server, builder_at, caplog):
    folder, url = server
    verified = [path for path in folder.iterdir() if "201" not in path.name]
    builder = builder_at(url, checksums=verified)
    builder.download_and_prepare()
    assert {
        split: info.num_examples for split, info in builder.info.splits.items()
    } == {
        "train": 3,
        "validation": 2,
        "test_2016_flickr": 2,
        "test_2017_flickr": 1,
        "test_2017_mscoco": 1,
        "test_2018_flickr": 1,
    }
    warned = [message for message in caplog.messages if "was not verified" in message]
    assert len(warned) == 8
    path = folder / "test_2018_flickr.de.gz"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert any(f"{url}/{path.name}" in line and digest in line for line in warned)


def test_a_download_that_is_not_the_recorded_file_is_refused(server, builder_at):
    _, url = server
    builder = builder_at(url)  # The published checksums, which dummy data has not.
    with pytest.raises(NonMatchingChecksumError, match="wrong checksum"):
        builder.download_and_prepare()
    assert not builder.is_prepared()


def test_without_a_network_it_says_so_at_once(builder_at):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # Bound but not listening: nobody else answers.
        builder = builder_at(f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(ConnectionError, match="could not be reached.*manual-dir"):
            builder.download_and_prepare()


def test_dummy_data_is_not_of_the_corpus(multi30k):
    for path in RAW.iterdir():
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert digest != multi30k.recorded_sha256(path.name)
