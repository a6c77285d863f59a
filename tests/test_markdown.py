from zoo.markdown import bullets, section, table


def test_table():
    assert table(["name", "score"], [["a|b", "1"]], numbers=["score"]) == (
        "| name | score |\n| --- | ---: |\n| a\\|b | 1 |"
    )


def test_list_under_a_title():
    assert section("Limits", bullets(["a", "b"])) == "## Limits\n\n- a\n- b"


def test_nothing_makes_nothing():
    assert table(["name"], []) == bullets([]) == section("Limits", "") == ""
