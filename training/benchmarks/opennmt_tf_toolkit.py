"""How OpenNMT-tf is installed, trained and asked to translate."""

import json
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent


class OpenNMT:
    """OpenNMT-tf's recurrent model: BiGRU, GRU with additive attention.

    Args:
        folder: path of the folder that is all OpenNMT-tf's.
        environment: path of the virtual environment that has it.
        corpus: `corpus.Corpus`.
        sizes: `zoo.evaluate.jobs.Sizes`; the models read the same.
        settings: `zoo.evaluate.jobs.TrainingSettings`.
        warm_up: updates in which the learning rate grows.
        threads: int.
    """

    name = environment_name = "opennmt-tf"
    # tensorflow-addons, which it stands on, ends with TensorFlow 2.13, and that with
    # Python 3.11.
    requirements = (
        "OpenNMT-tf==2.32.0",
        "tensorflow-cpu==2.13.1",
        "tensorflow-addons==0.21.0",
    )
    model = "own"  # of opennmt_tf_models.py
    measuring = HERE / "in_opennmt_tf.py"
    words_a_second = 1800  # on one core, for the time left
    update = re.compile(r"Step = (\d+)")
    speed = re.compile(r"(\d+) target\)")

    def __init__(self, folder, environment, corpus, sizes, settings, warm_up, threads):
        self.folder = folder
        self.corpus = corpus
        self.settings = settings
        self.warm_up = warm_up
        self.threads = threads
        self.vocabulary = folder / "vocabulary.txt"
        self.definition = folder / "definition.py"
        self.program = environment / "bin" / "onmt-main"

    def prepare(self):
        """Writes the files that its commands name."""
        special = ["<blank>", "<s>", "</s>"]
        self.corpus.write_vocabulary(self.vocabulary, special)
        lines = [
            "import sys",
            f"sys.path.append({str(HERE)!r})",
            f"from opennmt_tf_models import {self.model} as model",
        ]
        self.definition.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def training_command(self, folder, updates, every):
        """As `Marian.training_command`."""
        file = self._write(folder, self._configuration(folder, updates, every))
        return [*self._main(file), "--model", str(self.definition), "train"]

    def is_trained(self, folder, updates):
        """As `Marian.is_trained`."""
        return (folder / f"ckpt-{updates}.index").is_file()

    def finishing_commands(self, folder):
        """As `Marian.finishing_commands`."""
        return []

    def parameters(self, folder, log):
        """The number of weights, which training tells in its log."""
        return int(re.search(r"Number of model parameters: (\d+)", log)[1])

    def translations(self, folder):
        """As `Marian.translations`."""
        for beam_size in (1, 5):
            entries = {
                "artifact": "checkpoint",
                "beam_size": beam_size,
                "batch_size": 32,
            }
            arguments = {
                "configuration": self._configuration(folder),
                "sources": str(self.corpus.test_sources),
                "beam_size": beam_size,
                "batch_size": 32,
            }
            yield entries, arguments

    def start_up_command(self, folder):
        """As `Marian.start_up_command`."""
        configuration = self._configuration(folder)
        configuration["params"]["beam_width"] = 5
        file = self._write(folder, configuration)
        source = str(self.corpus.first_source)
        command = [*self._main(file), "infer", "--features_file", source]
        return command, "checkpoint"

    def _main(self, configuration):
        command = [self.program, "--config", configuration]
        for kind in ("intra", "inter"):
            command += [f"--{kind}_op_parallelism_threads", self.threads]
        return [str(part) for part in command]

    def _configuration(self, folder, updates=0, every=100):
        settings = self.settings
        return {
            "model_dir": str(folder),
            "data": {
                "source_vocabulary": str(self.vocabulary),
                "target_vocabulary": str(self.vocabulary),
                "train_features_file": str(self.corpus.train_sources),
                "train_labels_file": str(self.corpus.train_targets),
            },
            "params": {
                "optimizer": "Adam",
                "optimizer_params": {"global_clipnorm": settings.clip_norm},
                "learning_rate": settings.learning_rate,
                "decay_type": "InvSqrtDecay",
                "decay_params": {"warmup_steps": self.warm_up},
                "label_smoothing": settings.label_smoothing,
                "average_loss_in_time": True,
                "length_penalty": 1.0,
                "maximum_decoding_length": 128,
            },
            "train": {
                "batch_size": settings.batch_size,
                "batch_type": "examples",
                "length_bucket_width": 4,
                "sample_buffer_size": -1,
                "maximum_features_length": 128,
                "maximum_labels_length": 128,
                "moving_average_decay": settings.average_momentum,
                "max_step": updates,
                "save_summary_steps": every,
                "save_checkpoints_steps": 500,
                "keep_checkpoint_max": 2,
            },
            "infer": {"batch_size": 1},
        }

    def _write(self, folder, configuration):
        # JSON is YAML too.
        path = folder / "configuration.yml"
        path.write_text(json.dumps(configuration, indent=2), encoding="utf-8")
        return path


class TiedOpenNMT(OpenNMT):
    """OpenNMT-tf with a narrower decoder, so that it can tie all embeddings."""

    name = "opennmt-tf-tied"
    words_a_second = 2600
    model = "tied"
