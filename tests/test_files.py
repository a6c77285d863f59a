import os

import pytest

from zoo.files import replacing, sha256


def test_file_is_moved_into_place(tmp_path):
    path = tmp_path / "model.weights.h5"
    with replacing(path) as temporary:
        assert temporary.name.endswith(".weights.h5")
        temporary.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == [path.name]


def test_failure_leaves_what_was_there(tmp_path):
    path = tmp_path / "scores.json"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError):
        with replacing(path, overwrite=True) as temporary:
            temporary.write_text("half")
            _ = 1 / 0
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == [path.name]


def test_failure_leaves_no_half_folder(tmp_path):
    with pytest.raises(ZeroDivisionError):
        with replacing(tmp_path / "export") as temporary:
            temporary.mkdir()
            (temporary / "variables").write_text("half")
            _ = 1 / 0
    assert os.listdir(tmp_path) == []


def test_folder_takes_the_place_of_a_folder(tmp_path):
    path = tmp_path / "export"
    path.mkdir()
    (path / "old").write_text("")
    with replacing(path, overwrite=True) as temporary:
        temporary.mkdir()
        (temporary / "new").write_text("")
    assert os.listdir(path) == ["new"]
    assert os.listdir(tmp_path) == ["export"]


def test_existing_path_is_refused(tmp_path):
    path = tmp_path / "out.tflite"
    path.write_text("old")
    with pytest.raises(FileExistsError, match=r"out\.tflite exists already.*--force"):
        with replacing(path):
            pass
    assert path.read_text() == "old"


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere, where out.png should go"):
        with replacing(tmp_path / "nowhere" / "out.png"):
            pass


def test_sha256(tmp_path):
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    # FIPS 180-2, appendix B.1.
    assert sha256(path) == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
