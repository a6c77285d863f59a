import os
import pathlib
import subprocess
import sys

import pytest
import typer

import zoo as library
from zoo import cli
from zoo.cli.errors import ExitCode, Refusal, describe, exit_code, refusing

ROOT = pathlib.Path(__file__).parents[2]
COMMANDS = ["list", "show", "translate", "data", "train", "evaluate", "export", "plot"]


def python(code, **options):
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        **options,
    )


def command(*arguments):
    return [sys.executable, "-m", "zoo.cli", *map(str, arguments)]


def test_help_names_every_command_and_exit_code(zoo):
    result = zoo("--help")
    assert result.exit_code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in result.stdout
    for code in ExitCode:
        assert f"\n    {code:d}  " in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(zoo, name):
    result = zoo(name, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.stdout


def test_version(zoo):
    assert zoo("--version").stdout == f"{library.__version__}\n"


def test_unknown_command_teaches_the_near_ones(zoo):
    result = zoo("translat")
    assert result.exit_code == ExitCode.USAGE
    assert "'translate'" in result.stderr


def test_help_needs_nothing_heavy():
    code = (
        "import sys; from zoo.cli import main\n"
        "try: main()\n"
        "except SystemExit: print(*sys.modules)"
    )
    loaded = set(python(code).stdout.split())
    assert "zoo.cli.translate" in loaded
    heavy = {"numpy", "tensorflow", "keras", "matplotlib", "rich", "zoo.device"}
    assert not loaded & heavy


def test_translating_needs_no_tensorflow(tiny_file):
    code = (
        "import sys; from zoo.cli import app\n"
        f"try: app(['translate', 'A dog.', '--model', {str(tiny_file)!r}])\n"
        "except SystemExit as end: print(end.code, *sys.modules)"
    )
    run = python(code)
    translation, ended = run.stdout.splitlines()
    status, *loaded = ended.split()
    assert translation and status == "0"
    assert "ai_edge_litert.interpreter" in loaded
    heavy = {"tensorflow", "keras", "keras_hub", "matplotlib", "rich", "zoo.data"}
    assert not set(loaded) & heavy
    assert not run.stderr


def test_a_reader_that_leaves_is_no_error(tiny_file):
    run = subprocess.Popen(
        command("translate", "--model", tiny_file),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert run.stdin and run.stdout and run.stderr
    run.stdin.write(b"A dog.\n")
    run.stdin.flush()
    # The first line comes while the input is still open.
    assert run.stdout.readline().strip()
    run.stdout.close()
    run.stdin.write(b"A dog.\n" * 3)
    run.stdin.close()
    assert run.wait() == ExitCode.FAILURE
    assert run.stderr.read() == b""
    run.stderr.close()


def test_output_is_utf8_whatever_the_locale(tiny_file):
    run = subprocess.run(
        command("translate", "--json", "--model", tiny_file, "Füße"),
        cwd=ROOT,
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )
    assert run.returncode == 0
    assert '"source": "Füße"' in run.stdout.decode("utf-8")


@pytest.fixture
def failing(monkeypatch, zoo):
    """Runs a command that raises what it is given."""

    def run(error, **options):
        @app.command()
        def fail():
            raise error

        return zoo("fail", **options)

    app = typer.Typer(cls=cli._Commands, rich_markup_mode=None)
    app.command("other")(lambda: None)
    monkeypatch.setattr(cli, "app", app)
    return run


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (Refusal(ExitCode.MODEL, "no such model"), 4, "zoo: no such model\n"),
        (FileExistsError("a.png exists already."), 5, "zoo: a.png exists already.\n"),
        (ImportError("No module named 'x'"), 1, "zoo: No module named 'x'\n"),
        (ValueError("odd"), 1, "zoo: odd\n"),
        (KeyError("units"), 1, "zoo: KeyError: 'units'\nThis should not happen"),
    ],
)
def test_errors_are_one_message(failing, error, code, message):
    result = failing(error)
    assert result.exit_code == code
    assert result.stderr.startswith(message)
    assert "Traceback" not in result.stderr


def test_traceback_on_demand(failing):
    result = failing(KeyError("units"), env={"ZOO_TRACEBACK": "1"})
    assert result.exit_code == ExitCode.FAILURE
    assert "Traceback" in result.stderr
    assert "zoo: KeyError" in result.stderr


def test_refusing_leaves_other_errors_alone():
    with pytest.raises(Refusal, match="too long") as refusal:
        with refusing(ExitCode.INPUT):
            raise ValueError("too long")
    assert exit_code(refusal.value) == ExitCode.INPUT
    assert describe(refusal.value) == "too long"
    with pytest.raises(KeyError):
        with refusing(ExitCode.INPUT):
            raise KeyError("units")
