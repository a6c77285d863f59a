import keras
import keras_hub
from keras import ops

from zoo import decoding
from zoo.hypothesis import Hypothesis
from zoo.models.compilation import compiled
from zoo.models.recurrent_translator_backbone import RecurrentTranslatorBackbone
from zoo.models.recurrent_translator_preprocessor import (
    RecurrentTranslatorPreprocessor,
)
from zoo.text.pieces import Pieces


@keras.saving.register_keras_serializable(package="zoo")
class RecurrentTranslator(keras_hub.models.Seq2SeqLM):
    """Recurrent encoder-decoder with attention, from raw strings to raw strings.

    p(y_t | y_1..y_{t-1}, x) = softmax(E o_t), with o_t the backbone's readout and E
    its embedding.

    A KerasHub task: `fit` takes raw strings, `generate` gives them, and
    `from_preset`, `save_to_preset` and `keras_hub.upload_preset` work as there.
    `translate` is beam search, with scores and alignments.

    Args:
        backbone: a `RecurrentTranslatorBackbone`.
        preprocessor: a `RecurrentTranslatorPreprocessor`, or None to work on ids.

    Example:

    ```python
    model = zoo.load("bahdanau_nmt")
    model.generate("A dog runs on the beach.")
    best = model.translate(["A dog runs on the beach."], return_alignments=True)[0][0]
    zoo.plot_alignment(best, "alignment.png")

    model.compile(optimizer=keras.optimizers.Adam(1e-4))
    model.fit(english, german, batch_size=32)
    ```

    Reference: Bahdanau et al. 2015; Sennrich et al. 2017.
    """

    backbone_cls = RecurrentTranslatorBackbone
    preprocessor_cls = RecurrentTranslatorPreprocessor

    def __init__(self, backbone, preprocessor=None, **kwargs):
        # Layers
        self.backbone = backbone
        self.preprocessor = preprocessor
        self._searches = {}

        # Graph
        inputs = backbone.input
        readout = backbone(inputs)["decoder_sequence_output"]
        outputs = backbone.token_embedding(readout, reverse=True)
        super().__init__(inputs=inputs, outputs=outputs, **kwargs)

    def compile(
        self,
        optimizer="auto",
        loss="auto",
        *,
        weighted_metrics="auto",
        sampler="greedy",
        jit_compile="auto",
        **kwargs,
    ):
        """Configures training and `generate`.

        As `keras_hub.models.Seq2SeqLM.compile`, with the zoo's defaults: Adam with
        clipped gradients, label smoothing 0.1, greedy generation, and no XLA on
        TensorFlow (on a CPU it makes a recurrent model slower).
        """
        if optimizer == "auto":
            optimizer = keras.optimizers.Adam(5e-4, clipnorm=1.0)
        if loss == "auto":
            loss = None  # compute_loss has the default
        if weighted_metrics == "auto":
            weighted_metrics = []
        if jit_compile == "auto" and keras.config.backend() == "tensorflow":
            jit_compile = False
        super().compile(
            optimizer=optimizer,
            loss=loss,
            weighted_metrics=weighted_metrics,
            sampler=sampler,
            jit_compile=jit_compile,
            **kwargs,
        )

    def get_compile_config(self):
        sampler = keras_hub.samplers.serialize(self.sampler)
        return {**super().get_compile_config(), "sampler": sampler}

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        if self.loss is not None:
            return super().compute_loss(x, y, y_pred, sample_weight, training)
        from zoo.train.losses import SmoothedCrossentropy

        return SmoothedCrossentropy(0.1)(y, y_pred, sample_weight)

    def fit(self, x=None, y=None, batch_size=None, shuffle=True, **kwargs):
        """Trains on pairs of raw strings, or on a dataset of them.

        As `keras.Model.fit`, and like it, but unlike KerasHub's tasks, it shuffles
        pairs given as lists anew every epoch. A dataset keeps its own order.

        Args:
            x: list of source strings with the targets in `y`, a dict of
                `"encoder_text"` and `"decoder_text"`, or a batched `tf.data.Dataset`
                of (source, target) strings or of `zoo.data.TranslationBatches`.
            y: list of target strings, or None.
            batch_size: pairs a batch for lists, 32 by default.
            shuffle: whether lists are shuffled.
            **kwargs: see `keras.Model.fit`.
        """
        if (
            shuffle
            and isinstance(x, list | tuple | dict)
            and not kwargs.get("validation_split")
        ):
            import tensorflow as tf

            weights = kwargs.pop("sample_weight", None)
            pairs = keras.utils.pack_x_y_sample_weight(x, y, weights)
            pairs = tf.data.Dataset.from_tensor_slices(
                pairs if isinstance(pairs, tuple) else (pairs,)
            )
            count = int(pairs.cardinality())
            x, y = pairs.shuffle(count).batch(batch_size or 32), None
            batch_size = None
        return super().fit(x, y, batch_size=batch_size, shuffle=False, **kwargs)

    def start(self, inputs, bounded=False):
        """Reads a source once: the first half of the decoding contract.

        Args:
            inputs: dict of `encoder_token_ids` and `encoder_padding_mask`, (batch,
                source).
            bounded: whether the encoder runs only as far as the longest real source,
                in the form that exports: see `RecurrentEncoder.bounded`.

        Returns:
            memory, fixed for the source, and the state of one hypothesis.
        """
        return self.backbone.start(inputs, bounded)

    def step(self, tokens, state, memory):
        """Writes one position: the second half of the decoding contract.

        Args:
            tokens: (batch, beam), the tokens before this position.
            state: of the hypotheses, leaves (batch, beam, units).
            memory: from `start`, the same for all hypotheses.

        Returns:
            logits (batch, beam, vocabulary), the next state, and the alignment
            (batch, beam, source).
        """
        readout, state, alignment = self.backbone.step(tokens, state, memory)
        return self.backbone.token_embedding(readout, reverse=True), state, alignment

    def output_limits(self, inputs, max_length):
        """Each sentence's longest output (batch,): twice its source's length, and 10.

        Args:
            inputs: as `start` takes them.
            max_length: size of the target axis, which no limit exceeds.
        """
        mask = inputs["encoder_padding_mask"]
        lengths = ops.sum(ops.cast(mask, "int32"), axis=1)
        return ops.minimum(2 * lengths + 10, max_length)

    def search(
        self,
        inputs,
        *,
        max_length,
        beam_size=5,
        n_best=1,
        length_penalty=1.0,
        coverage_penalty=0.0,
        return_alignments=False,
        bounded=False,
    ):
        """Decodes ids to ids: `zoo.decoding` over `start` and `step`.

        A sentence's output is cut off at its `output_limits`.

        Args:
            inputs: dict of `encoder_token_ids` and `encoder_padding_mask`, (batch,
                source).
            max_length: size of the target axis.
            bounded: as in `start`.

        Returns:
            The dict of `zoo.decoding.beam_search`.
        """
        memory, state = self.start(inputs, bounded)
        options = self._search_options(inputs, max_length, return_alignments)
        if beam_size == n_best == 1 and not coverage_penalty:
            found = decoding.greedy_search(self.step, state, memory, **options)
            lengths = ops.cast(found["lengths"], "float32")
            found["scores"] /= ((5 + lengths) / 6) ** length_penalty
            return found
        return decoding.beam_search(
            self.step,
            state,
            memory,
            beam_size=beam_size,
            n_best=n_best,
            length_penalty=length_penalty,
            coverage_penalty=coverage_penalty,
            source_mask=inputs["encoder_padding_mask"],
            **options,
        )

    def _search_options(self, inputs, max_length, return_alignments):
        tokenizer = self._tokenizer()
        return {
            "start_token_id": tokenizer.start_token_id,
            "end_token_id": tokenizer.end_token_id,
            "pad_token_id": tokenizer.pad_token_id,
            "max_length": max_length,
            "limits": self.output_limits(inputs, max_length),
            "return_alignments": return_alignments,
        }

    def translate(
        self,
        texts,
        beam_size=5,
        n_best=1,
        length_penalty=1.0,
        coverage_penalty=0.0,
        max_length=None,
        truncate=False,
        return_alignments=False,
        batch_size=32,
    ):
        """Translates with beam search.

        A text's result does not depend on the other texts. Blank texts give one
        empty hypothesis.

        Args:
            texts: a list of strings, or one string.
            beam_size: hypotheses kept at every position; 1 is greedy search.
            n_best: how many of them to return.
            length_penalty: alpha of GNMT's length penalty; 0 compares plain
                log-probabilities, larger values favour longer outputs.
            coverage_penalty: beta of GNMT's coverage penalty.
            max_length: longest output in pieces, by default the preprocessor's
                `decoder_sequence_length`.
            truncate: cut sources longer than the preprocessor's
                `encoder_sequence_length` instead of refusing them.
            return_alignments: whether hypotheses bear their alignment.
            batch_size: texts decoded at once.

        Returns:
            For each text a list of `n_best` `zoo.Hypothesis`, best first; for one
            string, its list.

        Raises:
            TypeError: when a text is no string.
            ValueError: when a text is too long and `truncate` is off.

        Reference: Wu et al. 2016, section 7 (length and coverage penalty).
        """
        settings = {
            "beam_size": beam_size,
            "n_best": n_best,
            "length_penalty": length_penalty,
            "coverage_penalty": coverage_penalty,
            "max_length": max_length or self.preprocessor.decoder_sequence_length,
            "return_alignments": return_alignments,
        }

        def search(inputs):
            return self.search(inputs, **settings)

        key = ("search", *settings.values())
        return self._decode(texts, key, search, truncate, batch_size)

    def sample(
        self,
        texts,
        num_samples=1,
        temperature=1.0,
        top_k=None,
        top_p=None,
        seed=0,
        max_length=None,
        truncate=False,
        return_alignments=False,
        batch_size=32,
    ):
        """Draws outputs from the model's distribution.

        Args:
            texts: a list of strings, or one string.
            num_samples: outputs for each text.
            temperature: the logits are divided by it.
            top_k: draw from the k most probable pieces only.
            top_p: draw from the smallest set of pieces with this probability only.
            seed: the same seed, texts and batch size give the same outputs.
            max_length, truncate, return_alignments, batch_size: as in `translate`.

        Returns:
            As `translate`, with `num_samples` hypotheses a text, in no order.

        Reference: Fan et al. 2018 (top-k); Holtzman et al. 2020 (top-p).
        """
        length = max_length or self.preprocessor.decoder_sequence_length
        settings = {
            "num_samples": num_samples,
            "temperature": temperature,
            "top_k": top_k,
            "top_p": top_p,
            "seed": seed,
        }

        def search(inputs):
            memory, state = self.start(inputs)
            options = self._search_options(inputs, length, return_alignments)
            return decoding.sample(self.step, state, memory, **settings, **options)

        key = ("sample", length, return_alignments, *settings.values())
        return self._decode(texts, key, search, truncate, batch_size)

    def _decode(self, texts, key, search, truncate, batch_size):
        if isinstance(texts, str):
            return self._decode([texts], key, search, truncate, batch_size)[0]
        rows = self.preprocessor.source_rows(texts, truncate)
        results = [[Hypothesis.blank()] for _ in rows]
        full = [index for index, row in enumerate(rows) if len(row) > 1]
        full.sort(key=lambda index: len(rows[index]))
        pieces = Pieces(self._tokenizer().proto)
        if key not in self._searches:
            self._searches[key] = compiled(search, self)
        for first in range(0, len(full), batch_size):
            chosen = full[first : first + batch_size]
            ids, mask = self.preprocessor.pack_rows([rows[index] for index in chosen])
            found = self._searches[key](
                {
                    "encoder_token_ids": ops.convert_to_tensor(ids),
                    "encoder_padding_mask": ops.convert_to_tensor(mask),
                }
            )
            found = {name: ops.convert_to_numpy(x) for name, x in found.items()}
            for place, index in enumerate(chosen):
                one = {name: values[place] for name, values in found.items()}
                results[index] = Hypothesis.from_search(one, rows[index], pieces)
        return results

    def _tokenizer(self):
        if self.preprocessor is None:
            raise ValueError(
                "This model has no preprocessor, so it does not know its special "
                "tokens. Set model.preprocessor to a RecurrentTranslatorPreprocessor."
            )
        return self.preprocessor.tokenizer

    def generate_step(self, inputs, stop_token_ids=None):
        """Generates for one batch of ids with the compiled sampler.

        Called by `generate`. Prompts of any length are read from the first position
        on: the sampler keeps their tokens.
        """
        memory, state = self.start(inputs)
        tokens, mask = inputs["decoder_token_ids"], inputs["decoder_padding_mask"]

        def next_logits(prompt, cache, index):
            memory, state = cache
            before = ops.slice(prompt, [0, index - 1], [ops.shape(prompt)[0], 1])
            logits, state, _ = self.step(before, state, memory)
            return ops.squeeze(logits, 1), None, (memory, state)

        tokens = self.sampler(
            next=next_logits,
            prompt=tokens,
            cache=(memory, state),
            index=1,
            mask=mask,
            stop_token_ids=stop_token_ids,
            model=self,
        )
        positions = ops.cast(ops.ones_like(tokens), "bool")
        if stop_token_ids is not None:
            ends = ops.zeros_like(tokens)
            for stop in stop_token_ids:
                ends = ops.maximum(ends, ops.cast(tokens == stop, ends.dtype))
            # A stop inside the prompt ends nothing.
            ends = ends * ops.cast(ops.logical_not(mask), ends.dtype)
            positions = ops.cumsum(ends, axis=-1) - ends == 0
        return {"decoder_token_ids": tokens, "decoder_padding_mask": positions}

    def export(self, filepath, format="tf_saved_model", **kwargs):
        """Writes the model for use without this project.

        Args:
            filepath: the folder (SavedModel) or file (LiteRT) to write.
            format: `"tf_saved_model"`: strings in, strings out, with TensorFlow and
                TensorFlow Text alone; `"litert"`: one `.tflite` file with beam
                search inside, from built-in operators alone.
            **kwargs: see `zoo.export.saved_model` and `zoo.export.litert`.
        """
        from zoo import export

        return export.write(self, filepath, format=format, **kwargs)
