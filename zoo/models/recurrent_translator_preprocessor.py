import keras
import keras_hub
import tensorflow as tf

from zoo.models.recurrent_translator_backbone import RecurrentTranslatorBackbone
from zoo.text import SubwordTokenizer, pack
from zoo.text.source_rows import source_rows


@keras.saving.register_keras_serializable(package="zoo")
class RecurrentTranslatorPreprocessor(keras_hub.models.Seq2SeqLMPreprocessor):
    """Raw strings to padded ids, each batch as wide as its longest sentence.

    sources (batch), targets (batch) -> encoder_token_ids, encoder_padding_mask
    (batch, source), decoder_token_ids, decoder_padding_mask (batch, target); labels
    (batch, target), the decoder's tokens one position on; weights (batch, target),
    zero on padding.

    The source ends with `</s>`; the target starts with `<s>` and its labels end with
    `</s>`.

    Args:
        tokenizer: a `SubwordTokenizer`.
        encoder_sequence_length: longest source in ids, the end included. In training
            longer ones are cut; `translate` refuses them unless told to cut.
        decoder_sequence_length: longest target in ids, the end included.

    Call arguments:
        x: source strings with the targets in `y`, or a dict with `"encoder_text"`
            and `"decoder_text"`, as KerasHub's preprocessors take it. Ids that
            are packed already, as `zoo.data.TranslationBatches` gives them, pass.
        y: target strings, or None.
        sample_weight: one weight a sentence, or None.

    Example:

    ```python
    preprocessor = zoo.RecurrentTranslatorPreprocessor(tokenizer)
    x, y, sample_weight = preprocessor(["A dog.", "Two cats."], ["Ein Hund.", "..."])
    ```
    """

    backbone_cls = RecurrentTranslatorBackbone
    tokenizer_cls = SubwordTokenizer

    def __init__(
        self,
        tokenizer,
        encoder_sequence_length=128,
        decoder_sequence_length=128,
        **kwargs,
    ):
        super().__init__(
            tokenizer,
            encoder_sequence_length=encoder_sequence_length,
            decoder_sequence_length=decoder_sequence_length,
            **kwargs,
        )

    def build(self, input_shape):
        self.built = True

    def get_config(self):
        return {
            **super().get_config(),
            "encoder_sequence_length": self.encoder_sequence_length,
            "decoder_sequence_length": self.decoder_sequence_length,
        }

    def call(self, x, y=None, sample_weight=None):
        if isinstance(x, dict) and "encoder_token_ids" in x:
            return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
        if isinstance(x, dict):
            sources, targets = x["encoder_text"], x["decoder_text"]
        elif y is None:
            raise ValueError(
                "Expected pairs of a source and a target string, got sources alone. "
                "Pass fit(sources, targets), a dataset of (source, target), or a dict "
                'with "encoder_text" and "decoder_text".'
            )
        else:
            sources, targets = x, y
        encoder_ids, encoder_mask = self.pack_sources(sources)
        ids, mask = pack(
            self._rows(targets),
            start=self.tokenizer.start_token_id,
            end=self.tokenizer.end_token_id,
            longest=self.decoder_sequence_length + 1,
        )
        x = {
            "encoder_token_ids": encoder_ids,
            "encoder_padding_mask": encoder_mask,
            "decoder_token_ids": ids[:, :-1],
            "decoder_padding_mask": mask[:, :-1],
        }
        weights = tf.cast(mask[:, 1:], "float32")
        if sample_weight is not None:
            weights *= tf.cast(sample_weight, "float32")[:, tf.newaxis]
        return keras.utils.pack_x_y_sample_weight(x, ids[:, 1:], weights)

    def generate_preprocess(self, x, *, sequence_length=None):
        """Sources, and the starts of the targets if given, for `generate`.

        The decoder's ids are padded to `sequence_length`, by default
        `decoder_sequence_length`: room for what is generated.
        """
        if isinstance(x, dict):
            sources, prompts = x["encoder_text"], x["decoder_text"]
        else:
            sources, prompts = x, self._empty_decoder_text(x)
        ids, mask = self.pack_sources(sources)
        length = sequence_length or self.decoder_sequence_length
        prompt_ids, prompt_mask = pack(
            self._rows(prompts),
            start=self.tokenizer.start_token_id,
            longest=length,
            width=length,
        )
        return {
            "encoder_token_ids": ids,
            "encoder_padding_mask": mask,
            "decoder_token_ids": prompt_ids,
            "decoder_padding_mask": prompt_mask,
        }

    def source_rows(self, texts, truncate=False):
        """Each text as a list of ids, the end included; blank ones as the end alone.

        Raises:
            TypeError: when a text is no string.
            ValueError: when a text is longer than `encoder_sequence_length` and
                `truncate` is off.
        """
        return source_rows(
            texts, self.tokenizer, self.encoder_sequence_length, truncate
        )

    def pack_rows(self, rows):
        """Rows of ids as ids and mask (batch, source), a multiple of 16 wide."""
        width = max(len(row) for row in rows)
        return pack(rows, width=-(-width // 16) * 16)

    def pack_sources(self, sources):
        """Source strings as ids and mask (batch, source), the end included."""
        return pack(
            self._rows(sources),
            end=self.tokenizer.end_token_id,
            longest=self.encoder_sequence_length,
        )

    def _rows(self, texts):
        rows = self.tokenizer(texts)
        if isinstance(rows, tf.Tensor) and rows.shape.rank == 1:
            return tf.RaggedTensor.from_tensor(rows[tf.newaxis])
        if not tf.is_tensor(rows) and not (rows and hasattr(rows[0], "__len__")):
            return [rows]
        return rows
