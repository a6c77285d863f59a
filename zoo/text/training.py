"""Training a SentencePiece tokenizer from sentences in memory."""

import io

import sentencepiece

from zoo.text.special import END_ID, PAD, PAD_ID, START_ID, UNKNOWN_ID


def train_tokenizer(sentences, vocabulary_size, model_type="bpe", num_threads=1):
    """A SentencePiece model for these sentences, as bytes.

    Args:
        sentences: iterable of strings; for translation, of both languages.
        vocabulary_size: number of pieces, special pieces included.
        model_type: `"bpe"` or `"unigram"`.
        num_threads: threads to train with; the result does not depend on it for bpe.

    Returns:
        The serialised model, for `SubwordTokenizer(proto=...)`.

    Raises:
        ValueError: when the sentences do not hold that many distinct pieces.

    Reference: Sennrich et al. 2016 (byte-pair encoding); Kudo 2018 (unigram).
    """
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sentences),
            model_writer=model,
            model_type=model_type,
            vocab_size=vocabulary_size,
            character_coverage=1.0,
            pad_id=PAD_ID,
            bos_id=START_ID,
            eos_id=END_ID,
            unk_id=UNKNOWN_ID,
            pad_piece=PAD,
            num_threads=num_threads,
            minloglevel=2,
        )
    except RuntimeError as error:
        raise ValueError(
            f"SentencePiece could not find {vocabulary_size} pieces in these "
            "sentences: give more text or a smaller vocabulary_size. It said: "
            f"{error}"
        ) from error
    return model.getvalue()
