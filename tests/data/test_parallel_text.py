import json
import pathlib

from zoo.card import Corpus
from zoo.data.parallel_text import ParallelText, SourceFile


def text(*paths):
    return ParallelText(
        ["one", " ", "three", ""],
        ["eins", "zwei", "", "\t"],
        name="numbers",
        split="train",
        files=tuple(SourceFile(pathlib.Path(path), f"sha of {path}") for path in paths),
        licence="CC0",
    )


def test_pairs_with_a_blank_side_are_left_out_and_counted():
    whole = text()
    kept = whole.without_blank()
    assert (kept.sources, kept.targets, kept.blank_pairs) == (["one"], ["eins"], 3)
    assert len(whole) == 4 and len(kept) == 1
    assert kept.without_blank() == kept


def test_description_fits_a_card_and_names_no_folder_of_the_machine():
    described = text("/home/somebody/train.en", "/home/somebody/train.de").describe()
    assert Corpus(**json.loads(json.dumps(described))) == Corpus(
        name="numbers",
        splits={"train": 4},
        licence="CC0",
        citation="",
        files={
            "train.en": "sha of /home/somebody/train.en",
            "train.de": "sha of /home/somebody/train.de",
        },
    )


def test_files_of_one_name_are_told_apart_by_their_folders():
    described = text("/data/en/train.txt", "/data/de/train.txt").describe()
    assert list(described["files"]) == ["en/train.txt", "de/train.txt"]
