import pytest

from zoo.card import Card

SENTENCES = [
    ("A man rides a bicycle.", "Ein Mann fährt ein Fahrrad."),
    ("A dog runs on the beach.", "Ein Hund läuft am Strand."),
    ("Two women sit on a bench.", "Zwei Frauen sitzen auf einer Bank."),
    ("A child plays in the snow.", "Ein Kind spielt im Schnee."),
]


@pytest.fixture(scope="session")
def tiny_translator():
    """An untrained translator of a few thousand weights, for sources of 24 pieces."""
    import keras

    from zoo import models, text

    keras.utils.set_random_seed(7)
    tokenizer = text.SubwordTokenizer(
        proto=text.train_tokenizer([s for pair in SENTENCES for s in pair], 60)
    )
    backbone = models.RecurrentTranslatorBackbone(
        tokenizer.vocabulary_size(), embedding_dim=8, encoder_units=8, decoder_units=8
    )
    return models.RecurrentTranslator(
        backbone, models.RecurrentTranslatorPreprocessor(tokenizer, 24, 20)
    )


@pytest.fixture(scope="session")
def tiny_preset(tiny_translator, tmp_path_factory):
    """The folder of `tiny_translator`, with its card. Copy it before you change it."""
    folder = tmp_path_factory.mktemp("presets") / "tiny_nmt"
    tiny_translator.save_to_preset(str(folder))
    card = Card(
        name="tiny_nmt",
        task="translation",
        languages=["en", "de"],
        parameters=tiny_translator.count_params(),
    )
    card.record_files(folder)
    card.write(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_file(tiny_translator, tmp_path_factory):
    """`tiny_translator` as a `.tflite` file: beam 3, 24 and 12 pieces at most."""
    from zoo import export

    path = tmp_path_factory.mktemp("files") / "tiny_nmt.tflite"
    export.write(
        tiny_translator,
        path,
        format="litert",
        beam_size=3,
        max_source_length=24,
        max_target_length=12,
        parity_texts=["A dog."],
    )
    return path


@pytest.fixture(scope="session")
def lively_translator():
    """An untrained translator whose outputs differ from text to text, and often end."""
    import keras
    import numpy as np

    from zoo import models, text

    keras.utils.set_random_seed(7)
    tokenizer = text.SubwordTokenizer(
        proto=text.train_tokenizer([s for pair in SENTENCES for s in pair], 60)
    )
    backbone = models.RecurrentTranslatorBackbone(
        tokenizer.vocabulary_size(),
        embedding_dim=32,
        encoder_units=32,
        decoder_units=32,
    )
    generator = np.random.default_rng(3)
    for weight in backbone.weights:
        weight.assign(generator.normal("gamma" in weight.path, 0.4, weight.shape))
    return models.RecurrentTranslator(
        backbone, models.RecurrentTranslatorPreprocessor(tokenizer, 32, 24)
    )


@pytest.fixture(scope="session")
def lively_tflite(lively_translator, tmp_path_factory):
    """`lively_translator` as a float `.tflite` file with a beam of 4, all returned."""
    path = tmp_path_factory.mktemp("exports") / "lively.tflite"
    card = Card(name="lively", task="translation", languages=["en", "de"])
    lively_translator.export(path, format="litert", beam_size=4, card=card)
    return path
