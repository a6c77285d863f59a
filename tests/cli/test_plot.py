from zoo.cli.errors import ExitCode


def test_plot(zoo, tiny_file, tmp_path):
    picture = tmp_path / "alignment.svg"
    result = zoo("plot", "A dog.", "--model", tiny_file, "--out", picture)
    assert result.exit_code == 0
    assert result.stdout == zoo("translate", "A dog.", "--model", tiny_file).stdout
    assert "<svg" in picture.read_text("utf-8")


def test_no_picture_is_replaced_unasked(zoo, tiny_file, tmp_path):
    picture = tmp_path / "alignment.png"
    picture.write_bytes(b"mine")
    result = zoo("plot", "A dog.", "--model", tiny_file, "--out", picture)
    assert result.exit_code == ExitCode.OUTPUT
    assert picture.read_bytes() == b"mine"
    result = zoo("plot", "A dog.", "--model", tiny_file, "--out", picture, "--force")
    assert result.exit_code == 0
    assert picture.read_bytes() != b"mine"


def test_folder_that_does_not_exist(zoo, tiny_file, tmp_path):
    result = zoo(
        "plot", "A dog.", "--model", tiny_file, "--out", tmp_path / "no" / "a.png"
    )
    assert result.exit_code == ExitCode.OUTPUT
    assert "does not exist" in result.stderr


def test_format_that_cannot_be_drawn(zoo, tiny_file, tmp_path):
    result = zoo("plot", "A dog.", "--model", tiny_file, "--out", tmp_path / "a.xyz")
    assert result.exit_code == ExitCode.INPUT
    assert "xyz" in result.stderr
    assert not list(tmp_path.iterdir())
