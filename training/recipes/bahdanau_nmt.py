"""bahdanau_nmt: a recurrent translator with additive attention, English to German.

Paper     Bahdanau et al. 2015 (attention), in the conditional-GRU wiring of Sennrich
          et al. 2017; the data and the convention of the score are those of LIUM-CVC
          (Caglayan et al. 2017), whose one recurrent text-only model has 38.1.
Command   zoo train bahdanau_nmt --data multi30k/en_de --out runs/bahdanau_nmt
          (--data-dir FOLDER where the corpus lies on disk)
Cost      see the card: it holds the time and the machine of the run that was shipped.
Score     see the card, saved_models/bahdanau_nmt/README.md; repeated by
          zoo evaluate bahdanau_nmt --data multi30k/en_de --split test_2016_flickr

Trained on the 29,000 pairs of the training split alone; the epoch is chosen by BLEU on
the validation split. Regularised by R-Drop (Liang et al. 2021): every batch is read
twice under dropout, and the two readings are asked to agree.
"""

import dataclasses
import json
from pathlib import Path

import keras

import zoo.files
from zoo.card import Card, Corpus
from zoo.data import TranslationBatches, read_parallel_text
from zoo.evaluate import metrics
from zoo.evaluate.machine import describe_machine
from zoo.models import (
    RecurrentTranslator,
    RecurrentTranslatorBackbone,
    RecurrentTranslatorPreprocessor,
)
from zoo.models.compilation import compiled
from zoo.models.half_precision import save_half
from zoo.text import SubwordTokenizer, train_tokenizer
from zoo.train.loop import TrainingRun
from zoo.train.losses import ConsistentCrossentropy, SmoothedCrossentropy
from zoo.train.reproducibility import configure


@dataclasses.dataclass(frozen=True)
class Settings:
    """Every number of the recipe."""

    seed: int = 1
    # Text
    vocabulary_size: int = 4000
    max_length: int = 128
    # Model
    embedding_dim: int = 256
    encoder_units: int = 256
    decoder_units: int = 256
    num_encoder_layers: int = 1
    num_decoder_layers: int = 1
    wiring: str = "conditional"
    embedding_dropout: float = 0.3
    dropout: float = 0.35
    # Training
    epochs: int = 28
    batch_size: int = 48
    learning_rate: float = 1.5e-3
    warmup_steps: int = 800
    final_learning_rate: float = 0.01  # as a share of learning_rate
    clip_norm: float = 1.0
    label_smoothing: float = 0.1
    consistency: float = 2.0  # R-Drop's alpha; 0: one dropout pass, no R-Drop
    average_momentum: float = 0.998
    patience: int = 8


# Of the search in the `.tflite` file.
DEVICE_BEAM_SIZE = 4

# Written for the card, to show what the model cannot do: its answers go in there.
PROBES = {
    "Names it has not seen": "Marie Curie and Albert Einstein met in Brussels.",
    "Larger numbers": "Seventeen of the 243 runners finished in 1987.",
    "Questions": "Could you tell me where the train station is?",
    "Abstract matter": "The committee postponed its decision on interest rates.",
    "Negation and subordinate clauses": (
        "The man who did not want to swim said that the water was too cold."
    ),
}


def build(settings, tokenizer):
    """The untrained model."""
    backbone = RecurrentTranslatorBackbone(
        vocabulary_size=tokenizer.vocabulary_size(),
        embedding_dim=settings.embedding_dim,
        encoder_units=settings.encoder_units,
        decoder_units=settings.decoder_units,
        num_encoder_layers=settings.num_encoder_layers,
        num_decoder_layers=settings.num_decoder_layers,
        wiring=settings.wiring,
        embedding_dropout=settings.embedding_dropout,
        dropout=settings.dropout,
    )
    preprocessor = RecurrentTranslatorPreprocessor(
        tokenizer, settings.max_length, settings.max_length
    )
    return RecurrentTranslator(backbone, preprocessor)


def train(
    out,
    data="multi30k/en_de",
    data_dir=None,
    settings=None,
    threads=None,
    deterministic=False,
):
    """Trains, or goes on training, in the folder `out`; the model is in `out/model`.

    Args:
        out: folder for checkpoints, logs and the model.
        data: parallel text, as `zoo.data.read_parallel_text` takes it.
        data_dir: folder where a named corpus lies.
        settings: `Settings`, by default those of the shipped model.
        threads: of TensorFlow.
        deterministic: same bits every time, see `zoo.train.reproducibility`.

    Returns:
        The model with its best weights, and the history.
    """
    settings = settings or Settings()
    out = Path(out)
    train_text = read_parallel_text(data, "train", data=data_dir)
    valid_text = read_parallel_text(data, "validation", data=data_dir)
    out.mkdir(parents=True, exist_ok=True)
    _same_settings(out / "settings.json", settings)
    configure(settings.seed, threads, deterministic)
    tokenizer = SubwordTokenizer(
        proto=train_tokenizer(
            [*train_text.sources, *train_text.targets], settings.vocabulary_size
        )
    )
    batches = TranslationBatches(
        tokenizer,
        train_text.sources,
        train_text.targets,
        batch_size=settings.batch_size,
        max_length=settings.max_length,
        repeated=settings.consistency > 0,
        seed=settings.seed,
    )
    valid_batches = TranslationBatches(
        tokenizer, valid_text.sources, valid_text.targets, batch_size=128
    ).in_order()

    model = build(settings, tokenizer)
    steps = settings.epochs * batches.steps
    warmup = min(settings.warmup_steps, steps // 2)
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        warmup_target=settings.learning_rate,
        warmup_steps=warmup,
        decay_steps=steps - warmup,
        alpha=settings.final_learning_rate,
    )
    smoothed = SmoothedCrossentropy(settings.label_smoothing)
    model.compile(
        optimizer=keras.optimizers.Adam(
            schedule,
            global_clipnorm=settings.clip_norm,
            use_ema=True,
            ema_momentum=settings.average_momentum,
        ),
        loss=ConsistentCrossentropy(settings.label_smoothing, settings.consistency)
        if settings.consistency
        else smoothed,
    )

    logits = compiled(model, model)

    def validate(model):
        loss = keras.metrics.Mean()
        for x, labels, weights in valid_batches:
            loss.update_state(
                smoothed(labels, logits(x), weights), keras.ops.sum(weights)
            )
        found = model.translate(valid_text.sources, beam_size=1, truncate=True)
        written = [hypotheses[0].text for hypotheses in found]
        return {
            "validation_loss": float(loss.result()),
            "bleu": metrics.bleu(written, valid_text.targets).value,
        }

    run = TrainingRun(
        model,
        batches,
        validate,
        out,
        epochs=settings.epochs,
        patience=settings.patience,
    )
    history = run()
    with zoo.files.replacing(out / "model", overwrite=True) as folder:
        folder.mkdir()
        save_half(model, folder)
        # What is shipped, and so what the card is about, are the rounded weights.
        model = RecurrentTranslator.from_preset(str(folder))
        card = _card(settings, model, train_text, valid_text, run.progress, threads)
        model.export(
            folder / f"{card.name}.tflite",
            format="litert",
            beam_size=DEVICE_BEAM_SIZE,
            quantize="int8",
            card=card,
        )
        card.record_files(folder)
        card.write(folder)
    return model, history


def _same_settings(path, settings):
    """Notes the settings of a fresh folder, and refuses to mix two runs."""
    now = dataclasses.asdict(settings)
    if not path.exists():
        with zoo.files.replacing(path) as temporary:
            temporary.write_text(json.dumps(now, indent=2) + "\n", encoding="utf-8")
        return
    before = json.loads(path.read_text(encoding="utf-8"))
    if before != now:
        differing = [name for name in now if before.get(name) != now[name]]
        raise ValueError(
            f"{path.parent} holds a run with other settings: "
            + ", ".join(f"{n} {before.get(n)} there, {now[n]} now" for n in differing)
            + ". Name another folder, or go on with the settings there."
        )


def _card(settings, model, train_text, valid_text, progress, threads):
    machine = describe_machine()
    trained, chosen = train_text.describe(), valid_text.describe()
    corpus = Corpus(**trained)
    corpus.splits |= chosen["splits"]
    corpus.files |= chosen["files"]
    source, target = train_text.source_language, train_text.target_language
    return Card(
        name="bahdanau_nmt",
        task="translation",
        languages=[language for language in (source, target) if language],
        description=(
            "A recurrent translator with additive attention: a bidirectional GRU "
            "annotates the source, a conditional GRU writes the target."
        ),
        architecture=(
            f"{settings.num_encoder_layers}-layer bidirectional GRU encoder "
            f"({settings.encoder_units} a direction), {settings.num_decoder_layers}-"
            f"layer GRU decoder ({settings.decoder_units}) in {settings.wiring} "
            f"wiring, additive attention, one embedding ({settings.embedding_dim}) for "
            f"source, target and logits, {settings.vocabulary_size} BPE pieces for "
            "both languages"
        ),
        parameters=model.count_params(),
        maximum_source_length=settings.max_length,
        maximum_target_length=settings.max_length,
        data=[corpus],
        licence="non-commercial: research and education, as the data",
        terms=(
            "The weights are made from Multi30k, whose sentences describe photographs "
            "of Flickr30k and may be used for research and education, not "
            "commercially. The code is Apache-2.0."
        ),
        recipe="training/recipes/bahdanau_nmt.py",
        seed=settings.seed,
        training_hours=progress["seconds"] / 3600,
        training_machine=f"{machine['cpu']}, {threads or machine['cores']} of "
        f"{machine['cores']} cores, float32",
        known_failures=[
            f"{matter}: “{text}” became “{model.translate(text)[0].text}”"
            for matter, text in PROBES.items()
        ],
        limits=[
            "It knows one kind of sentence: one-line descriptions of everyday "
            "photographs. News, speech, questions and long sentences are out of its "
            "range.",
            "Names, numbers and rare words are often replaced by common ones.",
            "Text is expected in English, one sentence at a time.",
        ],
    )
