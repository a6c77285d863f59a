import json

import pytest

import zoo as library
from zoo.cli.errors import ExitCode
from zoo.device import Translator

LONG = "A dog runs on the beach. " * 60


@pytest.fixture
def expected(tiny_file):
    translator = Translator(tiny_file)
    return lambda text, **options: translator.translate(text, **options)


def test_one_line_for_each_text(zoo, tiny_file, expected):
    result = zoo("translate", "A dog.", "Two women", "--model", tiny_file)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        expected("A dog.")[0].text,
        expected("Two women")[0].text,
    ]


@pytest.mark.parametrize(
    ("lines", "texts"),
    [
        (b"A dog.\n\nTwo women\n", ["A dog.", "", "Two women"]),
        (b"A dog.\r\n   \r\nTwo women", ["A dog.", "   ", "Two women"]),
        (b"\xef\xbb\xbfA dog.\n", ["A dog."]),
        ("Ein\u2028Hund\n".encode(), ["Ein\u2028Hund"]),
        (b"", []),
    ],
)
def test_standard_input_line_by_line(zoo, tiny_file, expected, lines, texts):
    result = zoo("translate", "--model", tiny_file, input=lines)
    assert result.exit_code == 0
    assert result.stdout.split("\n")[:-1] == [expected(text)[0].text for text in texts]


def test_invalid_utf8_names_the_line(zoo, tiny_file):
    result = zoo("translate", "--model", tiny_file, input=b"A dog.\nEin M\xe4dchen\n")
    assert result.exit_code == ExitCode.INPUT
    assert "Line 2 of standard input: the byte 0xe4 is no UTF-8" in result.stderr
    assert len(result.stdout.splitlines()) == 1


def test_argument_that_is_no_text(zoo, tiny_file):
    result = zoo("translate", "--model", tiny_file, "M\udce4dchen")
    assert result.exit_code == ExitCode.INPUT
    assert "Text 1 is no UTF-8" in result.stderr


def test_verbose(zoo, tiny_file, expected):
    result = zoo("translate", "-v", "--model", tiny_file, "A dog.")
    best = expected("A dog.")[0]
    source, translation, score = result.stdout.splitlines()
    assert source.split(maxsplit=1) == ["source", "A dog."]
    assert translation.split() == ["translation", best.text]
    assert score.split()[:2] == ["score", f"{best.score:.4f}"]
    assert f"{best.log_probability:.4f} over {len(best.tokens)} pieces" in score


def test_json(zoo, tiny_file, expected):
    result = zoo(
        *("translate", "--json", "--n-best", 2, "--model", tiny_file),
        input="A dog.\n\n",
    )
    found, blank = map(json.loads, result.stdout.splitlines())
    assert found["source"] == "A dog."
    wanted = [h.to_dict() for h in expected("A dog.", n_best=2)]
    for values in wanted:
        del values["alignment"]
    assert found["hypotheses"] == wanted
    assert [h["text"] for h in blank["hypotheses"]] == [""]


def test_json_with_alignments(zoo, tiny_file):
    result = zoo("translate", "--json", "--alignments", "-m", tiny_file, "A dog.")
    (found,) = json.loads(result.stdout)["hypotheses"]
    assert len(found["alignment"]) == len(found["tokens"])
    assert sum(found["alignment"][0]) == pytest.approx(1, abs=1e-3)


def test_n_best_lines(zoo, tiny_file, expected):
    result = zoo(
        *("translate", "--n-best", 2, "--model", tiny_file), input="A dog.\n\n"
    )
    best = expected("A dog.", n_best=2)
    assert result.stdout == "".join(
        [f"1\t{h.score:.4f}\t{h.text}\n" for h in best] + ["2\t0.0000\t\n"]
    )


def test_too_long_is_refused_and_cut_on_demand(zoo, tiny_file, expected):
    result = zoo("translate", "--model", tiny_file, input=f"A dog.\n{LONG}\n")
    assert result.exit_code == ExitCode.INPUT
    assert result.stderr.startswith("zoo: Line 2 has ")
    assert "at most 24" in result.stderr and "--truncate" in result.stderr
    assert len(result.stdout.splitlines()) == 1
    result = zoo("translate", "--truncate", "--model", tiny_file, LONG)
    assert result.stdout.strip() == expected(LONG, truncate=True)[0].text


def test_plot(zoo, tiny_file, tmp_path):
    picture = tmp_path / "alignment.png"
    arguments = ("translate", "A dog.", "--model", tiny_file, "--plot", picture)
    assert zoo(*arguments).exit_code == 0
    assert picture.read_bytes()[:4] == b"\x89PNG"
    picture.write_bytes(b"mine")
    result = zoo(*arguments)
    assert result.exit_code == ExitCode.OUTPUT
    assert "exists already" in result.stderr and "--force" in result.stderr
    assert picture.read_bytes() == b"mine" and not result.stdout
    assert zoo(*arguments, "--force").exit_code == 0
    assert picture.read_bytes()[:4] == b"\x89PNG"
    assert list(tmp_path.iterdir()) == [picture]


def test_nothing_half_drawn_for_a_blank_text(zoo, tiny_file, tmp_path):
    result = zoo(
        "translate", " ", "--model", tiny_file, "--plot", tmp_path / "alignment.png"
    )
    assert result.exit_code == ExitCode.INPUT
    assert "empty" in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--alignments", "A dog."], "goes with --json"),
        (["--plot", "a.png"], "exactly one TEXT"),
        (["--plot", "a.png", "A dog.", "A cat."], "exactly one TEXT"),
        (["--beam-size", "2", "--n-best", "3", "A"], "a beam of 2 holds no 3"),
        (["--beam-size", "4", "A"], "a beam of 3 at most, not 4"),
        (["--n-best", "4", "A"], "a beam of 3 at most, not 4"),
        (["--length-penalty", "0.5", "A"], "length penalty 1, not 0.5"),
        (["--backend", "keras", "A"], "is a LiteRT file"),
        (["--backend", "tpu", "A"], "'auto', 'litert', 'keras'"),
    ],
)
def test_wrong_options(zoo, tiny_file, arguments, message):
    result = zoo("translate", "--model", tiny_file, *arguments)
    assert result.exit_code == ExitCode.USAGE
    assert message in " ".join(result.stderr.split())
    assert not result.stdout


def test_smaller_beam_than_the_file_was_written_with(zoo, tiny_file, expected):
    result = zoo("translate", "--beam-size", 1, "--model", tiny_file, "A dog.")
    assert result.stdout.strip() == expected("A dog.", beam_size=1)[0].text


def test_name_runs_its_file(zoo, shipped, expected):
    result = zoo("translate", "--model", "tiny_nmt", "A dog.")
    assert result.stdout.strip() == expected("A dog.")[0].text
    assert not result.stderr


def test_keras_where_the_file_cannot_search_so(zoo, shipped):
    result = zoo(
        *("translate", "--model", "tiny_nmt", "--beam-size", 4, "--json"),
        *("--length-penalty", 0.5, "--n-best", 4, "A dog."),
    )
    assert "loading the Keras model instead" in result.stderr
    found = json.loads(result.stdout)["hypotheses"]
    wanted = library.load(shipped).translate(
        "A dog.", beam_size=4, n_best=4, length_penalty=0.5
    )
    assert [h["text"] for h in found] == [h.text for h in wanted]


def test_keras_by_name(zoo, tiny_preset):
    result = zoo("translate", "--model", tiny_preset, "--backend", "keras", "A dog.")
    assert result.exit_code == 0 and result.stdout.strip()


def test_litert_by_name_without_a_file(zoo, tiny_preset):
    result = zoo("translate", "--model", tiny_preset, "--backend", "litert", "A dog.")
    assert result.exit_code == ExitCode.MODEL
    assert "has no .tflite file" in result.stderr and "zoo export" in result.stderr


def test_unknown_model(zoo, shipped):
    result = zoo("translate", "--model", "tiny_mnt", "A dog.")
    assert result.exit_code == ExitCode.MODEL
    assert "Did you mean 'tiny_nmt'" in result.stderr


def test_damaged_file(zoo, shipped):
    file = shipped / "tiny_nmt.tflite"
    file.write_bytes(file.read_bytes()[:-1])
    result = zoo("translate", "--model", "tiny_nmt", "A dog.")
    assert result.exit_code == ExitCode.MODEL
    assert "tiny_nmt.tflite is damaged" in result.stderr


@pytest.mark.parametrize("content", [None, b"not a model"])
def test_file_that_is_not_ours(zoo, tmp_path, content):
    file = tmp_path / "other.tflite"
    if content is not None:
        file.write_bytes(content)
    result = zoo("translate", "--model", file, "A dog.")
    assert result.exit_code == ExitCode.MODEL
    assert "other.tflite" in result.stderr
