"""What is known and measured of one set of weights: JSON in, JSON and Markdown out."""

import dataclasses
import json
import pathlib

from zoo.files import replacing, sha256
from zoo.markdown import bullets, section, table

CARD_FILE = "card.json"
README_FILE = "README.md"

ARTIFACTS = {
    "keras": "Keras",
    "saved_model": "SavedModel",
    "litert_float": "LiteRT, float",
    "litert_int8": "LiteRT, int8",
}
METRICS = {
    "bleu_literature": "BLEU, literature",
    "bleu": "BLEU, cased",
    "chrf": "chrF",
}


@dataclasses.dataclass
class Corpus:
    """One corpus a model was trained or measured on.

    Args:
        name: string. As `zoo train --data` takes it, e.g. `"multi30k/en_de"`.
        splits: dict. Number of examples of each split.
        licence: string. The corpus's own terms.
        citation: string. The papers to cite.
        files: dict. SHA-256 of each file that was read.
    """

    name: str
    splits: dict[str, int] = dataclasses.field(default_factory=dict)
    licence: str = ""
    citation: str = ""
    files: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class RecordedScore:
    """One measurement of the weights as shipped, and the command that repeats it."""

    split: str
    metric: str
    value: float
    artifact: str
    beam_size: int
    length_penalty: float
    signature: str
    command: str

    def __post_init__(self):
        if self.artifact not in ARTIFACTS:
            raise ValueError(
                f"The artifact of a score is one of {', '.join(ARTIFACTS)}. Received: "
                f"{self.artifact!r}"
            )


@dataclasses.dataclass
class RecordedFile:
    """Size and SHA-256 of one file of a model's folder."""

    bytes: int
    sha256: str


@dataclasses.dataclass
class Card:
    """The card of one set of weights.

    `card.json` is written by training and evaluation, never by hand, and the
    model's README is made from it.

    Args:
        name: string. The model's name in the catalogue.
        task: string. What the model does, e.g. `"translation"`.
        languages: list of strings. Source language first.
        description: string. The model in one or two sentences.
        architecture: string. Layers and sizes in prose.
        parameters: int. Number of weights.
        maximum_source_length, maximum_target_length: int. In pieces, the end
            token counted.
        data: list of `Corpus`.
        licence: string. The licence of the weights.
        terms: string. What their use is bound to, where the data binds it.
        recipe: string. The file under `training/recipes`.
        seed: int.
        training_hours: float. Wall time of the run that made the weights.
        training_machine: string. Where that run took place.
        scores: list of `RecordedScore`, kept by `record_score`.
        files: dict of `RecordedFile`, kept by `record_files`.
        limits: list of strings. What the model is not for.
        known_failures: list of strings. What it gets wrong, by example.
    """

    name: str
    task: str
    languages: list[str] = dataclasses.field(default_factory=list)
    description: str = ""
    architecture: str = ""
    parameters: int = 0
    maximum_source_length: int | None = None
    maximum_target_length: int | None = None
    data: list[Corpus] = dataclasses.field(default_factory=list)
    licence: str = ""
    terms: str = ""
    recipe: str = ""
    seed: int | None = None
    training_hours: float | None = None
    training_machine: str = ""
    scores: list[RecordedScore] = dataclasses.field(default_factory=list)
    files: dict[str, RecordedFile] = dataclasses.field(default_factory=dict)
    limits: list[str] = dataclasses.field(default_factory=list)
    known_failures: list[str] = dataclasses.field(default_factory=list)

    @classmethod
    def from_dict(cls, values, origin=CARD_FILE):
        """The card held by `json.loads`'s result; `origin` names it in errors."""
        values = {"data": [], "scores": [], "files": {}, **_fields(cls, values, origin)}
        for name, kind in (("data", list), ("scores", list), ("files", dict)):
            if not isinstance(values[name], kind):
                raise ValueError(
                    f"{origin}: expected {name!r} to hold a {kind.__name__}. Received: "
                    f"{values[name]!r:.100}"
                )
        for name, kind in (("data", Corpus), ("scores", RecordedScore)):
            values[name] = [
                kind(**_fields(kind, item, f"{origin}, {name}[{i}]"))
                for i, item in enumerate(values[name])
            ]
        values["files"] = {
            file: RecordedFile(
                **_fields(RecordedFile, item, f"{origin}, files[{file}]")
            )
            for file, item in values["files"].items()
        }
        return cls(**values)

    def to_dict(self):
        """The card as JSON-ready values."""
        return dataclasses.asdict(self)

    @classmethod
    def read(cls, folder):
        """The card in a model's folder."""
        path = pathlib.Path(folder, CARD_FILE)
        try:
            text = path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            raise FileNotFoundError(
                f"{folder} has no {CARD_FILE}. Expected a model's folder with its "
                "card, as `zoo train` and `zoo evaluate` write it."
            ) from None
        except UnicodeDecodeError as error:
            raise ValueError(f"{path} is no UTF-8 text: {error}.") from None
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueError(
                f"{path} is no valid JSON: {error}. Restore it from its release, or "
                "write it anew with `zoo evaluate`."
            ) from None
        return cls.from_dict(values, origin=str(path))

    def write(self, folder):
        """Writes `card.json` and the README made from it, each whole or not at all."""
        texts = {
            CARD_FILE: json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n",
            README_FILE: self.to_markdown(),
        }
        for name, text in texts.items():
            with replacing(pathlib.Path(folder, name), overwrite=True) as temporary:
                temporary.write_text(text, encoding="utf-8")

    def record_files(self, folder):
        """Notes size and SHA-256 of every file in `folder`, save card and README."""
        folder = pathlib.Path(folder)
        self.files = {
            path.relative_to(folder).as_posix(): RecordedFile(
                bytes=path.stat().st_size, sha256=sha256(path)
            )
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path not in (folder / CARD_FILE, folder / README_FILE)
        }

    def record_score(
        self,
        score,
        *,
        split,
        artifact,
        beam_size,
        length_penalty,
        command,
    ):
        """Notes a measurement in the place of an earlier one of the same thing.

        Args:
            score: `zoo.evaluate.metrics.Score`, or anything with `metric`,
                `value` and `signature`.
            split: string. Corpus and split, e.g.
                `"multi30k/en_de:test_2016_flickr"`.
            artifact: string. One of `"keras"`, `"saved_model"`,
                `"litert_float"`, `"litert_int8"`.
            beam_size: int.
            length_penalty: float.
            command: string. The shell command that repeats the measurement.
        """
        new = RecordedScore(
            split=split,
            metric=score.metric,
            value=round(float(score.value), 2),
            artifact=artifact,
            beam_size=beam_size,
            length_penalty=length_penalty,
            signature=score.signature,
            command=command,
        )

        def measured(entry):
            return entry.split, entry.metric, entry.artifact, entry.beam_size

        kept = [entry for entry in self.scores if measured(entry) != measured(new)]
        order = list(ARTIFACTS)
        self.scores = sorted(
            [*kept, new],
            key=lambda entry: (
                entry.split,
                order.index(entry.artifact),
                entry.beam_size,
                entry.metric,
            ),
        )

    def verify(self, folder, *names):
        """Checks files of `folder` against the card: all it lists, or `names`."""
        folder = pathlib.Path(folder)
        mend = (
            f"Restore it from the release of {self.name} that the card belongs to, or "
            f"install attention-zoo again."
        )
        for name in names or self.files:
            if name not in self.files:
                raise ValueError(
                    f"{folder / CARD_FILE} lists no file {name!r}. It lists: "
                    f"{', '.join(self.files) or 'none'}."
                )
            path, expected = folder / name, self.files[name]
            if not path.is_file():
                raise FileNotFoundError(
                    f"{path} is missing; the card lists it with {expected.bytes:,} "
                    f"bytes. {mend}"
                )
            size = path.stat().st_size
            if size != expected.bytes:
                raise ValueError(
                    f"{path} is damaged: {size:,} bytes, where the card says "
                    f"{expected.bytes:,}. {mend}"
                )
            digest = sha256(path)
            if digest != expected.sha256:
                raise ValueError(
                    f"{path} is damaged: its SHA-256 is {digest}, where the card says "
                    f"{expected.sha256}. {mend}"
                )

    def to_markdown(self):
        """The README of the model's folder."""
        sections = [
            f"# {self.name}",
            self.description,
            table(("", ""), self._facts()),
            section("Scores", self._scores()),
            section("Terms", self.terms),
            section("Data", bullets(_corpus(corpus) for corpus in self.data)),
            section("Limits", bullets(self.limits)),
            section("Known failures", bullets(self.known_failures)),
            section(
                "Files",
                table(
                    ("File", "Bytes", "SHA-256"),
                    [
                        (f"`{name}`", f"{file.bytes:,}", f"`{file.sha256}`")
                        for name, file in self.files.items()
                    ],
                ),
            ),
            f"Made from `{CARD_FILE}`; edit neither by hand.",
        ]
        return "\n\n".join(part for part in sections if part) + "\n"

    def _facts(self):
        hours = self.training_hours
        facts = {
            "Task": self.task,
            "Languages": " → ".join(self.languages),
            "Architecture": self.architecture,
            "Parameters": f"{self.parameters:,}" if self.parameters else "",
            "Longest source": _pieces(self.maximum_source_length),
            "Longest target": _pieces(self.maximum_target_length),
            "Recipe": self.recipe and f"`{self.recipe}`",
            "Seed": "" if self.seed is None else str(self.seed),
            "Training time": "" if hours is None else f"{hours:.3g} h",
            "Training machine": self.training_machine,
            "Licence of the weights": self.licence,
        }
        return [(name, value) for name, value in facts.items() if value]

    def _scores(self):
        if not self.scores:
            return ""
        scores = table(
            ("Split", "Weights run by", "Beam", "Length penalty", "Metric", "Score"),
            [
                (
                    entry.split,
                    ARTIFACTS[entry.artifact],
                    str(entry.beam_size),
                    f"{entry.length_penalty:g}",
                    METRICS.get(entry.metric, entry.metric),
                    f"{entry.value:.2f}",
                )
                for entry in self.scores
            ],
        )
        signatures = {
            f"{METRICS.get(entry.metric, entry.metric)}: `{entry.signature}`": None
            for entry in self.scores
        }
        commands = {entry.command: None for entry in self.scores}
        return "\n\n".join(
            [
                "Measured on the weights as shipped.",
                scores,
                bullets(signatures),
                "```sh\n" + "\n".join(commands) + "\n```",
            ]
        )


def _fields(kind, values, origin):
    """`values`, once it is sure that they are fields of the dataclass `kind`."""
    if not isinstance(values, dict):
        raise ValueError(
            f"{origin}: expected an object with the fields of a {kind.__name__}. "
            f"Received: {values!r:.100}"
        )
    fields = dataclasses.fields(kind)
    known = [field.name for field in fields]
    unknown = [name for name in values if name not in known]
    if unknown:
        raise ValueError(
            f"{origin}: unknown field {unknown[0]!r}. A {kind.__name__} has: "
            f"{', '.join(known)}."
        )
    missing = [
        field.name
        for field in fields
        if field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
        and field.name not in values
    ]
    if missing:
        raise ValueError(f"{origin}: the field {missing[0]!r} is missing.")
    return dict(values)


def _corpus(corpus):
    parts = [f"**{corpus.name}**"]
    if corpus.splits:
        splits = (f"{name} {count:,}" for name, count in corpus.splits.items())
        parts.append(", ".join(splits))
    if corpus.licence:
        parts.append(f"Licence: {corpus.licence}")
    if corpus.citation:
        parts.append(f"Cite: {corpus.citation}")
    files = "".join(
        f"\n  - `{name}` SHA-256 `{digest}`" for name, digest in corpus.files.items()
    )
    return ". ".join(part.rstrip(".") for part in parts) + "." + files


def _pieces(length):
    return "" if length is None else f"{length} pieces"
