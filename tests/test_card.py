import json

import pytest

from zoo.card import Card, Corpus
from zoo.catalog import folder, list_models
from zoo.evaluate.metrics import Score


@pytest.fixture
def model_folder(tmp_path):
    path = tmp_path / "tiny_nmt"
    (path / "assets" / "tokenizer").mkdir(parents=True)
    (path / "model.weights.h5").write_bytes(bytes(range(256)))
    (path / "assets" / "tokenizer" / "vocabulary.spm").write_bytes(b"pieces")
    return path


@pytest.fixture
def card():
    return Card(
        name="tiny_nmt",
        task="translation",
        languages=["en", "de"],
        description="A translator of two words.",
        architecture="One GRU | one attention",
        parameters=12345,
        maximum_source_length=80,
        maximum_target_length=96,
        data=[
            Corpus(
                name="multi30k/en_de",
                splits={"train": 29000},
                licence="non-commercial",
                citation="Elliott et al. 2016.",
                files={"train.en.gz": "ab" * 32},
            )
        ],
        licence="CC-BY-NC-4.0",
        terms="Research only.",
        recipe="training/recipes/tiny_nmt.py",
        seed=7,
        training_hours=0.45,
        training_machine="two cores",
        limits=["Sentences of one clause."],
        known_failures=["Says Hund for cat."],
    )


def record(card, value=38.123, **changes):
    metric = changes.pop("metric", "bleu")
    settings = {
        "split": "multi30k/en_de:test_2016_flickr",
        "artifact": "keras",
        "beam_size": 5,
        "length_penalty": 1.0,
        "command": "zoo evaluate tiny_nmt",
    }
    card.record_score(Score(metric, value, "sig|a:b"), **{**settings, **changes})


def edit(model_folder, **changes):
    path = model_folder / "card.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_round_trip(card, model_folder):
    card.record_files(model_folder)
    record(card)
    card.write(model_folder)
    assert Card.read(model_folder) == card
    assert (model_folder / "README.md").read_text("utf-8") == card.to_markdown()


def test_recorded_files_are_those_of_the_model(card, model_folder):
    card.write(model_folder)
    card.record_files(model_folder)
    assert list(card.files) == ["assets/tokenizer/vocabulary.spm", "model.weights.h5"]
    assert card.files["model.weights.h5"].bytes == 256
    card.verify(model_folder)


def test_markdown_says_everything(card, model_folder):
    card.record_files(model_folder)
    record(card)
    text = card.to_markdown()
    for part in (
        "# tiny_nmt",
        "en → de",
        "One GRU \\| one attention",
        "12,345",
        "80 pieces",
        "96 pieces",
        "0.45 h",
        "CC-BY-NC-4.0",
        "Research only.",
        "train 29,000",
        "Cite: Elliott et al. 2016.\n",
        "ab" * 32,
        "| 38.12 |",
        "sig|a:b",
        "zoo evaluate tiny_nmt",
        "Sentences of one clause.",
        "Says Hund for cat.",
        card.files["model.weights.h5"].sha256,
    ):
        assert part in text


def test_markdown_of_an_unmeasured_card_has_no_empty_sections():
    text = Card(name="mine", task="translation").to_markdown()
    assert "##" not in text
    assert "None" not in text


def test_score_replaces_its_predecessor_alone(card):
    record(card, 30.0)
    record(card, 31.0, beam_size=1)
    record(card, 32.0, artifact="litert_int8")
    record(card, 33.0, metric="chrf")
    record(card, 34.0, split="multi30k/en_de:validation")
    record(card, 38.126)
    assert sorted(score.value for score in card.scores) == [31, 32, 33, 34, 38.13]


def test_scores_stand_in_the_same_order_however_recorded(card):
    other = Card(name="tiny_nmt", task="translation")
    settings = [("litert_int8", 5), ("keras", 5), ("saved_model", 5), ("keras", 1)]
    for artifact, beam_size in settings:
        record(card, artifact=artifact, beam_size=beam_size)
    for artifact, beam_size in reversed(settings):
        record(other, artifact=artifact, beam_size=beam_size)
    assert card.scores == other.scores
    assert [score.artifact for score in card.scores] == [
        "keras",
        "keras",
        "saved_model",
        "litert_int8",
    ]


def test_unknown_artifact(card):
    with pytest.raises(ValueError, match="one of keras, .*Received: 'onnx'"):
        record(card, artifact="onnx")


def test_missing_card(tmp_path):
    with pytest.raises(FileNotFoundError, match="has no card.json"):
        Card.read(tmp_path)


def test_malformed_json(card, model_folder):
    card.write(model_folder)
    (model_folder / "card.json").write_text('{"name": "tiny')
    with pytest.raises(ValueError, match=r"card\.json is no valid JSON"):
        Card.read(model_folder)


def test_card_in_another_encoding(model_folder):
    (model_folder / "card.json").write_bytes('{"name": "ä"}'.encode("latin-1"))
    with pytest.raises(ValueError, match=r"card\.json is no UTF-8 text"):
        Card.read(model_folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"licens": ""}, "unknown field 'licens'. A Card has: name"),
        ({"data": [{"name": "x", "size": 1}]}, r"data\[0\]: unknown field 'size'"),
        ({"data": [{"splits": {}}]}, r"data\[0\]: the field 'name' is missing"),
        ({"scores": [38.1]}, r"scores\[0\]: expected an object"),
        ({"scores": 38.1}, "expected 'scores' to hold a list"),
        ({"files": {"a.h5": {"bytes": 1}}}, r"files\[a.h5\]: the field 'sha256'"),
    ],
)
def test_malformed_fields(card, model_folder, changes, message):
    card.write(model_folder)
    edit(model_folder, **changes)
    with pytest.raises(ValueError, match=rf"card\.json.*{message}"):
        Card.read(model_folder)


def test_verify_finds_a_truncated_file(card, model_folder):
    card.record_files(model_folder)
    (model_folder / "model.weights.h5").write_bytes(bytes(range(255)))
    with pytest.raises(
        ValueError, match="weights.h5 is damaged: 255 bytes, where the card says 256"
    ):
        card.verify(model_folder)


def test_verify_finds_a_flipped_bit(card, model_folder):
    card.record_files(model_folder)
    (model_folder / "model.weights.h5").write_bytes(bytes([1, *range(1, 256)]))
    with pytest.raises(ValueError, match="weights.h5 is damaged: its SHA-256"):
        card.verify(model_folder)


def test_verify_finds_a_missing_file(card, model_folder):
    card.record_files(model_folder)
    (model_folder / "model.weights.h5").unlink()
    with pytest.raises(FileNotFoundError, match="weights.h5 is missing"):
        card.verify(model_folder)


def test_verify_of_one_file_reads_no_other(card, model_folder):
    card.record_files(model_folder)
    (model_folder / "model.weights.h5").unlink()
    card.verify(model_folder, "assets/tokenizer/vocabulary.spm")
    with pytest.raises(ValueError, match="lists no file 'x.tflite'"):
        card.verify(model_folder, "x.tflite")


def test_failed_write_leaves_the_card_as_it_was(card, model_folder):
    card.write(model_folder)
    before = (model_folder / "card.json").read_bytes()
    card.seed = object()
    with pytest.raises(TypeError):
        card.write(model_folder)
    assert (model_folder / "card.json").read_bytes() == before


@pytest.mark.parametrize("name", list_models())
def test_shipped_card(name):
    path = folder(name)
    card = Card.read(path)
    assert card.name == name
    assert (path / "README.md").read_text("utf-8") == card.to_markdown()
    for field in (
        "languages description architecture parameters maximum_source_length "
        "maximum_target_length data licence terms recipe training_hours "
        "training_machine scores files limits known_failures"
    ).split():
        assert getattr(card, field), f"the card of {name} says nothing of {field}"
    assert card.seed is not None
    assert all(corpus.licence and corpus.files for corpus in card.data)
    card.verify(path)
    listed = dict(card.files)
    card.record_files(path)
    assert card.files == listed
