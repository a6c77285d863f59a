"""How Marian is installed, trained and asked to translate."""

import pathlib
import re

import numpy as np


class Marian:
    """Marian's recurrent model: BiGRU, conditional GRU, additive attention.

    Its score is as wide as the annotations, twice the encoder's units, and cannot be
    set apart from them.

    Args:
        folder: path of the folder that is all Marian's.
        environment: path of the virtual environment that has it.
        corpus: `corpus.Corpus`.
        sizes: `zoo.evaluate.jobs.Sizes`.
        settings: `zoo.evaluate.jobs.TrainingSettings`.
        warm_up: updates in which the learning rate grows.
        threads: int.
    """

    name = environment_name = "marian"
    requirements = ("pymarian==1.12.42",)
    measuring = pathlib.Path(__file__).resolve().with_name("in_marian.py")
    words_a_second = 470  # on one core, for the time left
    update = re.compile(r"Up\. ([\d,]+)")
    speed = re.compile(r"([\d,.]+) words/s")

    def __init__(self, folder, environment, corpus, sizes, settings, warm_up, threads):
        self.folder = folder
        self.corpus = corpus
        self.sizes = sizes
        self.settings = settings
        self.warm_up = warm_up
        self.threads = threads
        self.vocabulary = folder / "vocabulary.txt"
        self.program = environment / "bin" / "pymarian"

    def prepare(self):
        """Writes the files that its commands name."""
        self.corpus.write_vocabulary(self.vocabulary, ["</s>", "<unk>"])

    def training_command(self, folder, updates, every):
        """The command that trains, or goes on training, in a folder.

        Args:
            folder: path of the run's folder, which exists.
            updates: optimizer steps.
            every: updates between two lines of the log.
        """
        sizes, settings = self.sizes, self.settings
        options = {
            "type": "s2s",
            "dim-emb": sizes.embedding_dim,
            "dim-rnn": sizes.decoder_units,
            "dropout-rnn": sizes.dropout,
            "train-sets": [self.corpus.train_sources, self.corpus.train_targets],
            "vocabs": [self.vocabulary, self.vocabulary],
            "model": folder / "model.npz",
            "max-length": 128,
            "mini-batch": settings.batch_size,
            "maxi-batch": 100,
            "cost-type": "ce-mean-words",
            "label-smoothing": settings.label_smoothing,
            "clip-norm": settings.clip_norm,
            "exponential-smoothing": round(1 - settings.average_momentum, 6),
            "learn-rate": settings.learning_rate,
            "lr-warmup": self.warm_up,
            "lr-decay-inv-sqrt": self.warm_up,
            "after": f"{updates}u",
            "disp-freq": f"{every}u",
            "save-freq": "500u",
            "workspace": 1024,
            "seed": 1,
            "cpu-threads": self.threads,
        }
        flags = ["--tied-embeddings-all", "--layer-normalization", "--overwrite"]
        # An even batch size, as the others have, not the next power of two.
        flags += ["--mini-batch-round-up=false"]
        return [str(self.program), *_arguments(options), *flags]

    def is_trained(self, folder, updates):
        """Whether training would complain that there is nothing left to do."""
        return False

    def finishing_commands(self, folder):
        """What follows on training: weights in 8 bits."""
        options = {
            "from": folder / "model.npz",
            "to": folder / "int8.bin",
            "gemm-type": "intgemm8",
        }
        return [[str(self.program), "convert", *_arguments(options)]]

    def parameters(self, folder, log):
        """The number of weights."""
        with np.load(folder / "model.npz") as arrays:
            names = [n for n in arrays.files if not n.startswith("special:")]
            return sum(arrays[name].size for name in names)

    def translations(self, folder):
        """What is measured of decoding: entries of the result, and arguments."""
        for artifact, file, batch_size in (
            ("float32", "model.npz", 32),
            ("int8", "int8.bin", 1),
        ):
            for beam_size in (1, 5):
                entries = {
                    "artifact": artifact,
                    "beam_size": beam_size,
                    "batch_size": batch_size,
                    "file_mb": (folder / file).stat().st_size / 1e6,
                }
                options = self._decoding(folder / file, beam_size, batch_size)
                arguments = {
                    "options": " ".join(options),
                    "sources": str(self.corpus.test_sources),
                }
                yield entries, arguments

    def start_up_command(self, folder):
        """The command that translates the first sentence, and what runs in it."""
        options = self._decoding(folder / "int8.bin", 5, 1)
        source = ["--input", str(self.corpus.first_source)]
        return [str(self.program), "decode", *options, *source], "int8"

    def _decoding(self, model, beam_size, batch_size):
        options = {
            "models": model,
            "vocabs": [self.vocabulary, self.vocabulary],
            "beam-size": beam_size,
            "normalize": 1,
            "mini-batch": batch_size,
            "maxi-batch": 100 if batch_size > 1 else 1,
            "maxi-batch-sort": "src" if batch_size > 1 else "none",
            "workspace": 512,
            "cpu-threads": self.threads,
        }
        return [*_arguments(options), "--quiet", "--quiet-translation"]


def _arguments(options):
    arguments = []
    for name, values in options.items():
        values = values if isinstance(values, list) else [values]
        arguments += [f"--{name}", *map(str, values)]
    return arguments
