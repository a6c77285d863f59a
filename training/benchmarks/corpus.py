"""The pieces that all toolkits are given."""

import pathlib

import sentencepiece

from zoo.text import train_tokenizer


class Corpus:
    """Training and test text in one set of joint pieces, a sentence a line.

    Args:
        folder: path of the folder of its files.
        train, test: `zoo.data.ParallelText`.
        vocabulary_size: int. Pieces, special ones included.
    """

    def __init__(self, folder, train, test, vocabulary_size):
        self.train = train
        self.test = test
        self.vocabulary_size = vocabulary_size
        self.model = pathlib.Path(folder, "pieces.model")
        self.train_sources = self.model.with_name("train.source")
        self.train_targets = self.model.with_name("train.target")
        self.test_sources = self.model.with_name("test.source")
        self.first_source = self.model.with_name("first.source")

    def write(self):
        """Finds the pieces and writes the files.

        Returns:
            A dict of the numbers of target tokens and sentences to train on.
        """
        text = [*self.train.sources, *self.train.targets]
        self.model.write_bytes(train_tokenizer(text, self.vocabulary_size))
        pieces = self._pieces()
        for path, lines in (
            (self.train_sources, self.train.sources),
            (self.train_targets, self.train.targets),
            (self.test_sources, self.test.sources),
            (self.first_source, self.test.sources[:1]),
        ):
            encoded = [" ".join(pieces.encode(line, out_type=str)) for line in lines]
            path.write_text("".join(f"{line}\n" for line in encoded), "utf-8")
        targets = self.train_targets.read_text("utf-8").splitlines()
        return {
            "sentences": len(targets),
            "target_tokens": sum(len(line.split(" ")) + 1 for line in targets),
        }

    def write_vocabulary(self, path, special):
        """Writes the pieces, one a line, after a toolkit's own special ones."""
        pieces = self._pieces()
        # The first four are the zoo's special ones.
        names = [pieces.id_to_piece(i) for i in range(4, pieces.get_piece_size())]
        text = "".join(f"{name}\n" for name in [*special, *names])
        path.write_text(text, encoding="utf-8")

    def text(self, lines):
        """Lines of pieces as text."""
        pieces = self._pieces()
        return [pieces.decode(line.split()) for line in lines]

    def _pieces(self):
        return sentencepiece.SentencePieceProcessor(model_file=str(self.model))
