from zoo.cli.columns import columns


def test_columns_are_as_wide_as_their_widest_cell():
    text = columns(["NAME", "SIZE"], [["a", "1 MB"], ["longer", "12 MB"]])
    assert text == "NAME    SIZE\na       1 MB\nlonger  12 MB"


def test_header_alone():
    assert columns(["NAME", "SIZE"], []) == "NAME  SIZE"
