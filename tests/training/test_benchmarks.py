import importlib
import pathlib
import re
import sys

import pytest

from zoo import catalog
from zoo.data import ParallelText
from zoo.evaluate.jobs import Sizes, TrainingSettings
from zoo.text.special import END, PAD, START, UNKNOWN

TEXT = ParallelText(
    ["A dog runs.", "A man rides a bicycle.", "A dog."],
    ["Ein Hund läuft.", "Ein Mann fährt ein Fahrrad.", "Ein Hund."],
)


@pytest.fixture(scope="module")
def scripts():
    """The scripts of the comparison, imported as they import each other."""
    folder = str(catalog.resource("training", "benchmarks"))
    sys.path.insert(0, folder)
    names = ("bars", "corpus", "marian_toolkit", "opennmt_tf_toolkit", "stages")
    modules = {name: importlib.import_module(name) for name in names}
    sys.path.remove(folder)
    return modules


@pytest.fixture
def corpus(scripts, tmp_path):
    corpus = scripts["corpus"].Corpus(tmp_path, TEXT, TEXT, 40)
    corpus.written = corpus.write()
    return corpus


def test_all_are_given_the_same_pieces(corpus, tmp_path):
    lines = corpus.train_targets.read_text("utf-8").splitlines()
    assert corpus.text(lines) == TEXT.targets
    assert corpus.first_source.read_text("utf-8") == (
        corpus.test_sources.read_text("utf-8").splitlines()[0] + "\n"
    )
    assert corpus.written == {
        "sentences": 3,
        "target_tokens": sum(len(line.split(" ")) + 1 for line in lines),
    }
    path = tmp_path / "vocabulary.txt"
    corpus.write_vocabulary(path, ["</s>", "<unk>"])
    names = path.read_text("utf-8").splitlines()
    assert names[:2] == ["</s>", "<unk>"]
    assert len(names) == 40 - 4 + 2
    assert not {PAD, START, END, UNKNOWN} & set(names[2:])
    assert set(" ".join(lines).split()) <= set(names)


@pytest.mark.parametrize(
    ("toolkit", "log", "updates", "speeds"),
    [
        (
            "marian_toolkit.Marian",
            "Ep. 1 : Up. 50 : Sen. 3,200 : Cost 9.30 * 51,976 @ 768 after 51,976 : "
            "Time 26.13s : 1,052.17 words/s : gNorm 2.64\nEp. 1 : Up. 1,000 : Sen. "
            "6,400 : Cost 9.2 * 51,976 @ 768 after 103,952 : Time 20s : 998.50 words/s",
            ["50", "1,000"],
            ["1,052.17", "998.50"],
        ),
        (
            "opennmt_tf_toolkit.OpenNMT",
            "INFO:tensorflow:Step = 50 ; steps/s = 3.28, tokens/s = 4780 (2283 source,"
            " 2497 target) ; Learning rate = 0.001000 ; Loss = 93.8\nINFO:tensorflow:"
            "Step = 100 ; steps/s = 2.19, tokens/s = 4511 (2107 source, 2404 target) ;",
            ["50", "100"],
            ["2497", "2404"],
        ),
    ],
)
def test_logs_are_read(scripts, toolkit, log, updates, speeds):
    module, name = toolkit.split(".")
    toolkit = getattr(scripts[module], name)
    assert toolkit.update.findall(log) == updates
    assert toolkit.speed.findall(log) == speeds


@pytest.mark.parametrize(
    "name",
    [
        "marian_toolkit.Marian",
        "opennmt_tf_toolkit.OpenNMT",
        "opennmt_tf_toolkit.TiedOpenNMT",
    ],
)
def test_toolkits_train_at_the_sizes_of_the_comparison(scripts, corpus, tmp_path, name):
    module, name = name.split(".")
    sizes, settings = Sizes(), TrainingSettings()
    arguments = (tmp_path, tmp_path / "venv", corpus, sizes, settings, 800, 1)
    toolkit = getattr(scripts[module], name)(*arguments)
    toolkit.prepare()
    command = toolkit.training_command(tmp_path, updates=120, every=20)
    words = " ".join(command)
    for path in tmp_path.glob("*.yml"):
        words += path.read_text("utf-8")
    for value in (
        *(corpus.train_sources, corpus.train_targets, toolkit.vocabulary),
        *(settings.batch_size, settings.learning_rate, settings.label_smoothing),
        *(120, 20, 800),
    ):
        assert str(value) in words, value
    assert all("==" in requirement for requirement in toolkit.requirements)
    assert toolkit.measuring.is_file()


def test_stages_are_done_once(scripts, tmp_path, capsys):
    stages = scripts["stages"]
    done = []

    def stage(name, minutes, fail=False):
        def run():
            if fail:
                raise RuntimeError("interrupted")
            done.append(name)
            return {"name": name}

        return stages.Stage(name, minutes, run)

    with pytest.raises(RuntimeError, match="interrupted"):
        stages.run_stages(
            [stage("a", 30), stage("b", 60, fail=True), stage("c", 10)], tmp_path
        )
    assert "[1/3] a: about 100 min left" in capsys.readouterr().err
    results = stages.run_stages(
        [stage("a", 30), stage("b", 60), stage("c", 10)], tmp_path
    )
    assert done == ["a", "b", "c"]
    assert results == {name: {"name": name} for name in "abc"}
    said = capsys.readouterr().err
    assert "[1/3] a: done before" in said
    assert "[2/3] b: about 70 min left" in said


def test_a_command_has_its_log(scripts, tmp_path, capsys):
    run = scripts["stages"].run_command
    log = tmp_path / "run.log"
    code = (
        "import time\nfor n in range(3): print('update', n, flush=True); time.sleep(.4)"
    )
    usage, text = run([sys.executable, "-c", code], log, 1, lambda t, s: t[-9:], 0.3)
    assert text.split() == ["update", "0", "update", "1", "update", "2"]
    assert usage["peak_memory_mb"] > 1
    assert usage["cpu_share"] < 0.9
    assert "update 1" in capsys.readouterr().err
    # A second run adds to the log and sees its own part of it.
    _, again = run([sys.executable, "-c", "print('more')"], log, 1)
    assert again == "more\n"
    assert log.read_text() == text + again
    with pytest.raises(RuntimeError, match="exit code 3(.|\n)*no pieces"):
        run([sys.executable, "-c", "print('no pieces'); exit(3)"], log, 1)


def test_time_left_in_training(scripts):
    left = scripts["stages"].updates_left(re.compile(r"Up\. ([\d,]+)"), 50, 1200)
    assert left("", 30) is None
    # Went on from update 1,000: a hundred updates in a minute, as many to go.
    assert left("Up. 1,050 Up. 1,100", 60) == "update 1,100 of 1,200, 1 min left"


def measured(system, kind, name, median, **entries):
    spread = {"median": median, "min": median, "max": median}
    return {"system": system, "measurement": kind, name: spread, **entries}


def test_ratios(scripts):
    speed = "output_tokens_per_second"
    ours, theirs = {"artifact": "litert_int8"}, {"artifact": "int8", "batch_size": 1}
    ratios = scripts["bars"].compare(
        [
            measured("attention-zoo", "training", "target_tokens_per_second", 1500.0),
            measured("opennmt-tf", "training", "target_tokens_per_second", 1200.0),
            measured("marian", "training", "target_tokens_per_second", 500.0),
            measured("attention-zoo", "translation", speed, 8e3, beam_size=1, **ours),
            measured("marian", "translation", speed, 1e3, beam_size=1, **theirs),
            measured("marian", "translation", speed, 9e9, beam_size=5, **theirs),
        ]
    )
    assert ratios == {
        "training, target tokens/s: zoo / opennmt-tf": 1.25,
        "training, target tokens/s: zoo / marian": 3.0,
        "beam 1, one sentence, seconds a token: LiteRT / marian int8": 0.125,
    }


def test_readme_names_every_script():
    folder = pathlib.Path(catalog.resource("training", "benchmarks"))
    readme = (folder / "README.md").read_text("utf-8")
    for path in folder.glob("*.py"):
        assert f"`{path.name}`" in readme, path.name
