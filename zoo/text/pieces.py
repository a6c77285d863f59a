"""Subword pieces without Keras or TensorFlow, for exported models."""

import sentencepiece

from zoo.text.special import END, END_ID, PAD_ID, START_ID


class Pieces:
    """Text to ids and back with a SentencePiece model alone.

    Gives what `SubwordTokenizer` gives for the same model.

    Args:
        model: the serialised SentencePiece model, bytes.

    Raises:
        ValueError: when the bytes are no SentencePiece model with the zoo's special
            pieces.
    """

    def __init__(self, model):
        try:
            self._processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        except RuntimeError as error:
            raise ValueError(
                f"Expected a serialised SentencePiece model, got {len(model)} bytes "
                f"that are none ({error}). Save the model again, or download it again."
            ) from error
        ids = (
            self._processor.pad_id(),
            self._processor.bos_id(),
            self._processor.eos_id(),
        )
        if ids != (PAD_ID, START_ID, END_ID):
            raise ValueError(
                "Expected a tokenizer with <pad>, <s>, </s> at ids 0, 1, 2, got "
                f"{ids}. Train it with zoo.text.train_tokenizer."
            )

    def __len__(self):
        return self._processor.vocab_size()

    def encode(self, text):
        """The ids of the text's pieces; no start, no end."""
        return self._processor.encode(text, out_type=int)

    def tokens(self, ids):
        """The pieces with these ids, as strings."""
        return [self._processor.id_to_piece(int(index)) for index in ids]

    def decode(self, ids):
        """The text of these ids; special pieces other than unknown say nothing."""
        return self._processor.decode([int(i) for i in ids if int(i) > END_ID])

    def source(self, text):
        """The ids that an encoder reads for a text: its pieces and the end."""
        return [*self.encode(text), END_ID]

    def source_tokens(self, ids):
        """The pieces that an encoder read, the end included, padding left out."""
        ids = [int(index) for index in ids]
        length = ids.index(END_ID) if END_ID in ids else len(ids)
        return [*self.tokens(ids[:length]), END]
