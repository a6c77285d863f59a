import keras
import keras_hub
import tensorflow as tf

from zoo.text.special import END, PAD, START


@keras.saving.register_keras_serializable(package="zoo")
class SubwordTokenizer(keras_hub.tokenizers.SentencePieceTokenizer):
    """SentencePiece tokenizer with the special pieces of the zoo.

    Strings -> ids of subword pieces, and back. `<pad>` is 0, `<s>` 1, `</s>` 2 and
    `<unk>` 3, as `zoo.text.train_tokenizer` lays them out; source and target language
    share the pieces.

    Args:
        proto: path of a SentencePiece model, its bytes, or its base64 string.

    Example:

    ```python
    model = zoo.text.train_tokenizer(sentences, vocabulary_size=4000)
    tokenizer = zoo.SubwordTokenizer(proto=model)
    tokenizer.detokenize(tokenizer("A dog runs."))
    ```

    Reference: Kudo and Richardson 2018; byte-pair encoding, Sennrich et al. 2016.
    """

    def __init__(self, proto=None, **kwargs):
        self._add_special_token(START, "start_token")
        self._add_special_token(END, "end_token")
        self._add_special_token(PAD, "pad_token")
        super().__init__(proto=proto, **kwargs)

    def tokenize(self, inputs):
        self._renew()
        return super().tokenize(inputs)

    def detokenize(self, inputs):
        self._renew()
        return super().detokenize(inputs)

    def _renew(self):
        """Makes the TensorFlow op's resource anew before it goes into a graph.

        Setting TensorFlow's seed clears its kernel cache, and with it the resource
        that TensorFlow Text's tokenizer had there.
        """
        if self.proto is not None and not tf.executing_eagerly():
            with tf.init_scope():
                self.set_proto(self.proto)
