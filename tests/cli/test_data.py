import pytest

from zoo import catalog
from zoo.cli.errors import ExitCode

DUMMY = catalog.resource("datasets", "multi30k", "dummy_data")


def test_list(zoo):
    lines = zoo("data", "list").stdout.splitlines()
    assert ["multi30k/en_de", "From en to de."] in [
        line.split(maxsplit=1) for line in lines
    ]


def test_prepare_from_a_folder(zoo, tmp_path):
    arguments = (
        *("data", "prepare", "multi30k", "--config", "en_fr"),
        *("--manual-dir", DUMMY, "--data-dir", tmp_path),
    )
    result = zoo(*arguments)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["SPLIT", "PAIRS"]
    assert {line.split()[0] for line in lines[1:-1]} >= {"train", "validation"}
    records = tmp_path / "multi30k" / "en_fr" / "1.0.0"
    assert lines[-1] == str(records)
    info = records / "dataset_info.json"
    written = info.stat().st_mtime_ns
    assert zoo(*arguments).stdout == result.stdout
    assert info.stat().st_mtime_ns == written
    assert zoo(*arguments, "--force").exit_code == 0
    assert info.stat().st_mtime_ns > written


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["multi30c"], "Did you mean 'multi30k'"),
        (["multi30k/en_xx"], "no config 'en_xx'"),
        (["multi30k", "--manual-dir", "nowhere"], "nowhere does not exist"),
    ],
)
def test_refusals(zoo, tmp_path, arguments, message):
    result = zoo("data", "prepare", *arguments, "--data-dir", tmp_path)
    assert result.exit_code == ExitCode.INPUT
    assert message in result.stderr
    assert not list(tmp_path.iterdir())
