import shutil

import pytest
from typer.testing import CliRunner

from zoo import catalog, cli
from zoo.card import Card


@pytest.fixture
def zoo():
    """Runs the command line in this process: `zoo("translate", "A dog.")`."""

    def run(*arguments, **options):
        return CliRunner().invoke(cli.app, [str(a) for a in arguments], **options)

    return run


@pytest.fixture
def shipped(tiny_preset, tiny_file, tmp_path, monkeypatch):
    """A catalogue of one model, `tiny_nmt`, with its `.tflite` file."""
    folder = tmp_path / "saved_models" / "tiny_nmt"
    shutil.copytree(tiny_preset, folder)
    shutil.copy(tiny_file, folder)
    card = Card.read(folder)
    card.record_files(folder)
    card.write(folder)
    monkeypatch.setattr(catalog, "_saved_models", lambda: folder.parent)
    return folder
