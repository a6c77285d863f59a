import keras
import pytest
import tensorflow as tf

from zoo.text import SubwordTokenizer, train_tokenizer
from zoo.text.pieces import Pieces

SENTENCES = ["A dog runs.", "Ein Hund läuft über die Wiese.", "Two dogs run fast."]


@pytest.fixture(scope="module")
def proto():
    return train_tokenizer(SENTENCES, 50)


def test_special_pieces_have_their_ids(proto):
    tokenizer = SubwordTokenizer(proto=proto)
    assert tokenizer.vocabulary_size() == 50
    ids = [tokenizer.token_to_id(t) for t in ("<pad>", "<s>", "</s>", "<unk>")]
    assert ids == [0, 1, 2, 3]
    assert (tokenizer.pad_token_id, tokenizer.start_token_id) == (0, 1)
    assert tokenizer.end_token_id == 2


def test_text_survives_the_round_trip(proto):
    tokenizer = SubwordTokenizer(proto=proto)
    assert tokenizer.detokenize(tokenizer(SENTENCES)) == SENTENCES


def test_pieces_without_keras_give_the_same(proto):
    tokenizer, pieces = SubwordTokenizer(proto=proto), Pieces(proto)
    assert len(pieces) == 50
    for text in [*SENTENCES, "", "unknown ☃ here"]:
        ids = pieces.encode(text)
        assert ids == list(tokenizer(text))
        assert pieces.tokens(ids) == [tokenizer.id_to_token(i) for i in ids]
        assert pieces.decode(ids) == tokenizer.detokenize([ids])[0]
        assert pieces.source(text) == [*ids, 2]
        source = [*ids, 2, 0, 0]
        assert pieces.source_tokens(source) == [*pieces.tokens(ids), "</s>"]


def test_errors_say_what_to_do(proto):
    with pytest.raises(ValueError, match="smaller vocabulary_size"):
        train_tokenizer(["ab"], 1000)
    with pytest.raises(ValueError, match="SentencePiece model, got 7 bytes"):
        Pieces(b"no such")


def test_setting_a_seed_leaves_the_tokenizer_usable(proto):
    tokenizer = SubwordTokenizer(proto=proto)
    keras.utils.set_random_seed(1)
    rows = tf.data.Dataset.from_tensor_slices(SENTENCES).batch(3).map(tokenizer)
    found = next(iter(rows))
    assert found.to_list() == tokenizer(SENTENCES)
    assert tokenizer.detokenize(found) == SENTENCES
