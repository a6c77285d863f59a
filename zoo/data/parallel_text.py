"""Sentence pairs and where they came from."""

import dataclasses
import pathlib


@dataclasses.dataclass(frozen=True)
class SourceFile:
    """A file that was read, and the SHA-256 of its bytes as stored."""

    path: pathlib.Path
    sha256: str


@dataclasses.dataclass(frozen=True)
class ParallelText:
    """Sentence pairs in the order of their files, and where they came from.

    Args:
        sources: list of strings.
        targets: list of strings. `targets[n]` translates `sources[n]`.
        source_language, target_language: strings such as `"en"`; None when
            neither the data nor the caller says.
        name: string. The data as it was asked for, e.g. `"multi30k/en_de"`.
        split: string.
        files: tuple of `SourceFile`. What was read.
        licence: string. The data's own terms; empty when unknown.
        citation: string. What the data's authors ask to cite.
        blank_pairs: int. Pairs left out because a side of them was blank.
    """

    sources: list[str]
    targets: list[str]
    source_language: str | None = None
    target_language: str | None = None
    name: str = ""
    split: str = ""
    files: tuple[SourceFile, ...] = ()
    licence: str = ""
    citation: str = ""
    blank_pairs: int = 0

    def __len__(self):
        return len(self.sources)

    def without_blank(self):
        """This text without the pairs of which a side holds nothing but spaces."""
        kept = [
            (source, target)
            for source, target in zip(self.sources, self.targets, strict=True)
            if source.strip() and target.strip()
        ]
        return dataclasses.replace(
            self,
            sources=[source for source, _ in kept],
            targets=[target for _, target in kept],
            blank_pairs=self.blank_pairs + len(self) - len(kept),
        )

    def describe(self):
        """JSON-ready: name, size, licence, citation and the SHA-256 of each file.

        The keys are the fields of `zoo.card.Corpus`. Files go by their names alone,
        with as many folders as it takes to tell them apart, so that a card does not
        tell where on somebody's machine they lay.
        """
        return {
            "name": self.name,
            "splits": {self.split: len(self)},
            "licence": self.licence,
            "citation": self.citation,
            "files": dict(
                zip(
                    _short_names([file.path for file in self.files]),
                    [file.sha256 for file in self.files],
                    strict=True,
                )
            ),
        }


def _short_names(paths):
    """The shortest tails of distinct paths that differ from each other."""
    longest = max((len(path.parts) for path in paths), default=0)
    for length in range(1, longest + 1):
        names = ["/".join(path.parts[-length:]) for path in paths]
        if len(set(names)) == len(names):
            return names
    return [str(path) for path in paths]
