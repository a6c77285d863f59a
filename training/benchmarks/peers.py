"""The zoo beside Marian and OpenNMT-tf: same sizes, same pieces, same machine.

Installs each toolkit into an environment of its own, trains the same translator with
each on the same pieces, and measures training, decoding, start-up and memory of all,
one after the other, on one core each. What is done is kept in the folder of --work:
started again with the same options, an interrupted run goes on where it was.

    python training/benchmarks/peers.py --data multi30k/en_de \\
        --split test_2016_flickr --work FOLDER --json speeds.json
"""

import argparse
import contextlib
import dataclasses
import datetime
import functools
import json
import pathlib
import shutil
import signal
import sys

from bars import compare
from corpus import Corpus
from marian_toolkit import Marian
from opennmt_tf_toolkit import OpenNMT, TiedOpenNMT
from stages import Stage, last_line, run_command, run_stages, say, updates_left

from zoo.data import read_parallel_text
from zoo.evaluate import benchmark, processes, speeds
from zoo.evaluate.jobs import PARTS, Sizes, TrainingSettings
from zoo.evaluate.machine import describe_machine
from zoo.evaluate.measurement import PROGRAM, spread
from zoo.files import replacing
from zoo.markdown import table

TOOLKITS = {toolkit.name: toolkit for toolkit in (Marian, OpenNMT, TiedOpenNMT)}
WARM_UP = 800  # updates in which the learning rate grows, in training to the end
ZOO_WORDS_A_SECOND = 2500  # on one core, for the time left


class Comparison:
    """All stages of the comparison, and what they share.

    Args:
        options: what the command line says.
        train, test: `zoo.data.ParallelText`.
    """

    def __init__(self, options, train, test):
        self.options = options
        self.train = train
        self.test = test
        self.work = options.work
        self.settings = TrainingSettings()
        self.sizes = Sizes()
        self.corpus = Corpus(
            self.folder("pieces"), train, test, self.sizes.vocabulary_size
        )
        self.updates = options.epochs * -(-len(train) // self.settings.batch_size)
        self.toolkits = [
            TOOLKITS[name](
                self.folder(name),
                self._environment(TOOLKITS[name]),
                self.corpus,
                self.sizes,
                self.settings,
                min(WARM_UP, self.updates // 2),
                options.threads,
            )
            for name in options.peers
        ]

    def stages(self):
        """The list of `Stage`, in order: what is measured comes last, in one row."""
        options = self.options
        words = 16 * len(self.train) * options.epochs
        timed = 16 * self.settings.batch_size * options.steps * (options.repeats + 1)
        passes = (options.repeats + 1) * len(self.test) / 1000

        stages = [Stage("pieces", 1, self.corpus.write)]
        installed = {toolkit.environment_name: toolkit for toolkit in self.toolkits}
        for name, toolkit in installed.items():
            run = functools.partial(self.install, toolkit)
            stages.append(Stage(f"{name}.install", 3, run))
        minutes = words / ZOO_WORDS_A_SECOND / 60
        stages.append(Stage("zoo.train", minutes, self.train_zoo))
        for toolkit in self.toolkits:
            minutes = words / toolkit.words_a_second / 60
            stages.append(self._stage(minutes, self.train_toolkit, toolkit))
        minutes = {
            "training": 1 + timed / ZOO_WORDS_A_SECOND / 60,
            "keras": 1 + passes,
            "saved_model": 2 + passes,
            "litert": 3 + passes,
            "start_up": 2,
        }
        for part in PARTS:
            run = functools.partial(self.measure_zoo, part)
            stages.append(Stage(f"zoo.measure_{part}", minutes[part], run))
        for toolkit in self.toolkits:
            minutes = 1 + timed / toolkit.words_a_second / 60
            stages += [
                self._stage(minutes, self.measure_training, toolkit),
                self._stage(2 + 4 * passes, self.measure_translation, toolkit),
                self._stage(2, self.measure_start_up, toolkit),
            ]
        return stages

    def _stage(self, minutes, method, toolkit):
        name = f"{toolkit.name}.{method.__name__.removesuffix('_toolkit')}"
        return Stage(name, minutes, functools.partial(method, toolkit))

    def install(self, toolkit):
        """An environment of its own; the versions that were installed."""
        python = _python(self.options.python)
        place = self._environment(toolkit)
        log = self._log(toolkit.environment_name, "install")
        self._run([python, "-m", "venv", "--clear", str(place)], log)
        pip = [str(place / "bin" / "python"), "-m", "pip"]
        no_check = "--disable-pip-version-check"
        self._run([*pip, "install", no_check, *toolkit.requirements], log)
        _, listed = self._run([*pip, "list", no_check, "--format", "freeze"], log)
        return dict(line.split("==") for line in listed.splitlines() if "==" in line)

    def train_zoo(self):
        """The recipe of bahdanau_nmt at the sizes of the comparison."""
        settings, sizes = self.settings, self.sizes
        changed = {
            "vocabulary_size": sizes.vocabulary_size,
            "embedding_dim": sizes.embedding_dim,
            "encoder_units": sizes.encoder_units,
            "decoder_units": sizes.decoder_units,
            "num_encoder_layers": 1,
            "num_decoder_layers": 1,
            "embedding_dropout": sizes.embedding_dropout,
            "dropout": sizes.dropout,
            "epochs": self.options.epochs,
            "patience": self.options.epochs,
            "warmup_steps": WARM_UP,
            **dataclasses.asdict(settings),
        }
        command = [sys.executable, "-m", "zoo.cli", "train", "bahdanau_nmt"]
        command += ["--data", self.options.data, "--out", str(self.work / "zoo")]
        command += ["--threads", str(self.options.threads)]
        if self.options.data_dir:
            command += ["--data-dir", self.options.data_dir]
        for name, value in changed.items():
            command += ["--set", f"{name}={value}"]
        self._run(command, self._log("zoo", "train"), last_line)
        tokenizer = self.work / "zoo/model/assets/tokenizer/vocabulary.spm"
        if tokenizer.read_bytes() != self.corpus.model.read_bytes():
            raise RuntimeError(
                f"{tokenizer} is not {self.corpus.model}: the toolkits would not be "
                "compared on the same pieces."
            )
        return {}

    def train_toolkit(self, toolkit):
        """A toolkit's model, trained to the end."""
        folder, every = self.folder(toolkit.name, "model"), 50
        log = self._log(toolkit.name, "train")
        toolkit.prepare()
        if not toolkit.is_trained(folder, self.updates):
            command = toolkit.training_command(folder, self.updates, every)
            left = updates_left(toolkit.update, every, self.updates)
            self._run(command, log, left)
        for command in toolkit.finishing_commands(folder):
            self._run(command, log)
        return {}

    def measure_zoo(self, part):
        """One part of `zoo.evaluate.benchmark`."""
        found = benchmark.benchmark(
            self.work / "zoo" / "model",
            test=self.test,
            train=self.train,
            parts=[part],
            settings=self.settings,
            repeats=self.options.repeats,
            steps=self.options.steps,
            threads=self.options.threads,
            report=lambda line: say(f"    {line}"),
        )
        return found["measurements"]

    def measure_training(self, toolkit):
        """Target tokens a second by the toolkit's own log, once it runs steadily."""
        repeats, steps = self.options.repeats, self.options.steps
        folder = self.folder(toolkit.name, "speed")
        shutil.rmtree(folder)
        folder.mkdir()
        # The first stretch of steps is the warm-up.
        updates = (repeats + 1) * steps
        usage, log = self._run(
            toolkit.training_command(folder, updates, steps),
            self._log(toolkit.name, "speed"),
            updates_left(toolkit.update, steps, updates),
        )
        values = [float(v.replace(",", "")) for v in toolkit.speed.findall(log)]
        if len(values) != repeats + 1:
            raise RuntimeError(
                f"Expected {repeats + 1} speeds in the log of {toolkit.name}, found "
                f"{len(values)}."
            )
        found = {
            "system": toolkit.name,
            "measurement": "training",
            "artifact": "float32",
            "parameters": toolkit.parameters(folder, log),
            "settings": dataclasses.asdict(self.settings),
            "steps": steps,
            "target_tokens_per_second": spread(values[1:]),
            **usage,
        }
        shutil.rmtree(folder)
        _warn(found)
        return [found]

    def measure_translation(self, toolkit):
        """Speeds and scores of decoding."""
        python = str(self._environment(toolkit) / "bin" / "python")
        results = []
        for entries, arguments in toolkit.translations(toolkit.folder / "model"):
            say(f"    {entries['artifact']}, beam {entries['beam_size']}")
            found = processes.measure(
                [python, str(toolkit.measuring)],
                "translation",
                threads=self.options.threads,
                repeats=self.options.repeats,
                **arguments,
            )
            _warn(found)
            written = self.corpus.text(found.pop("translations"))
            results.append(
                {
                    "system": toolkit.name,
                    "measurement": "translation",
                    **entries,
                    **found,
                    "scores": benchmark.scores(written, self.test),
                }
            )
        return results

    def measure_start_up(self, toolkit):
        """Time from the command's start to the first translation."""
        command, artifact = toolkit.start_up_command(toolkit.folder / "model")
        found = processes.measure(
            PROGRAM,
            "start_up",
            threads=self.options.threads,
            command=command,
            text="",
            repeats=self.options.repeats,
        )
        _warn(found)
        (found["translation"],) = self.corpus.text([found["translation"]])
        entries = {"measurement": "start_up", "artifact": artifact}
        return [{"system": toolkit.name, **entries, **found}]

    def report(self, results):
        """Everything that was measured, JSON-ready."""
        measurements = [
            measurement
            for stage in self.stages()
            if ".measure_" in stage.name
            for measurement in results[stage.name]
        ]
        return {
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "machine": describe_machine(),
            "threads": self.options.threads,
            "toolkits": {
                toolkit.name: {
                    "requirements": toolkit.requirements,
                    "packages": results[f"{toolkit.environment_name}.install"],
                }
                for toolkit in self.toolkits
            },
            "sizes": dataclasses.asdict(self.sizes),
            "training": {
                **dataclasses.asdict(self.settings),
                **results["pieces"],
                "epochs": self.options.epochs,
            },
            "test": {"name": self.test.name, "split": self.test.split},
            "ratios": compare(measurements),
            "measurements": measurements,
        }

    def folder(self, *parts):
        """A folder of the comparison's work, which is made."""
        folder = self.work.joinpath(*parts)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _environment(self, toolkit):
        return self.folder("environments") / toolkit.environment_name

    def _run(self, command, log, describe=None):
        return run_command(command, log, self.options.threads, describe)

    def _log(self, name, what):
        return self.folder("logs") / f"{name}.{what}.log"


def _warn(found):
    warning = benchmark.warning(found)
    if warning:
        say(f"    {warning}")


def main():
    options = _options()
    processes.bind(options.threads)
    # So that what runs at the moment ends too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("peers: terminated"))
    train, test = (
        read_parallel_text(options.data, split, data=options.data_dir)
        for split in ("train", options.split)
    )
    limit = options.limit
    test = dataclasses.replace(
        test, sources=test.sources[:limit], targets=test.targets[:limit]
    )
    options.work.mkdir(parents=True, exist_ok=True)
    _same_options(options)
    comparison = Comparison(options, train, test)
    with contextlib.ExitStack() as stack:
        place = options.json
        if place is not None:
            place = stack.enter_context(replacing(place, overwrite=options.force))
        results = run_stages(comparison.stages(), comparison.folder("results"))
        found = comparison.report(results)
        if place is not None:
            text = json.dumps(found, indent=2, ensure_ascii=False)
            place.write_text(f"{text}\n", encoding="utf-8")
    measured = speeds.rows(found["measurements"])
    print(table(speeds.HEADER, measured, numbers=["MEDIAN", "BLEU", "MB"]))
    print()
    for name, ratio in found["ratios"].items():
        print(f"{ratio:8.3f}  {name}")


def _options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, help="as for `zoo train`")
    parser.add_argument("--data-dir", help="where a named dataset lies")
    parser.add_argument("--split", default="test", help="what is translated")
    parser.add_argument("--limit", type=int, help="sentences to translate")
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path, help="where results go")
    parser.add_argument("--force", action="store_true", help="replace that file")
    parser.add_argument(
        "--peers", default=",".join(TOOLKITS), help="default: %(default)s"
    )
    parser.add_argument("--epochs", type=int, default=6, help="default: %(default)s")
    parser.add_argument("--repeats", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--steps", type=int, default=50, help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--python", help="a Python 3.11 for the toolkits")
    options = parser.parse_args()
    options.peers = options.peers.split(",")
    unknown = set(options.peers) - set(TOOLKITS)
    if unknown:
        parser.error(f"expected some of {', '.join(TOOLKITS)}: {', '.join(unknown)}")
    options.work = options.work.expanduser().resolve()
    if " " in str(options.work):
        parser.error("Marian reads no path with spaces: name another --work")
    return options


def _same_options(options):
    """Notes what a run was asked for, and refuses to mix two."""
    names = ("data", "split", "limit", "epochs", "repeats", "steps", "threads")
    asked = {name: getattr(options, name) for name in names}
    path = options.work / "options.json"
    if not path.exists():
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(asked, indent=2), encoding="utf-8")
    before = json.loads(path.read_text("utf-8"))
    differing = [name for name in names if before.get(name) != asked[name]]
    if differing:
        raise ValueError(
            f"{options.work} holds a run with other options: "
            + ", ".join(f"{n} {before.get(n)} there, {asked[n]} now" for n in differing)
            + ". Name another folder, or go on with the options there."
        )


def _python(wanted):
    """A Python 3.11, the last that the toolkits have all been built for."""
    if wanted:
        return wanted
    if sys.version_info[:2] == (3, 11):
        return sys.executable
    found = shutil.which("python3.11")
    if found is None:
        raise SystemExit(
            "The toolkits need Python 3.11, and there is no python3.11 on the path. "
            "Install it, or say where it is: --python"
        )
    return found


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError, RuntimeError) as error:
        sys.exit(f"peers: {error}")
