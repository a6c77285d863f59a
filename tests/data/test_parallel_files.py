import gzip
import hashlib
import json

import pytest

from zoo.data.parallel_files import read_aligned, read_jsonl, read_lines, read_tsv


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        data = content if isinstance(content, bytes) else content.encode("utf-8")
        path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
        return path

    return write


class TestLines:
    @pytest.mark.parametrize(
        ("content", "lines"),
        [
            ("", []),
            ("a", ["a"]),
            ("a\n", ["a"]),
            ("a\n\n", ["a", ""]),
            ("\ufeffa\r\nb\r\n", ["a", "b"]),
            # Only a line feed ends a line: str.splitlines would make five of this.
            ("a\u2028b\x0bc\x85d\rm\n", ["a\u2028b\x0bc\x85d\rm"]),
        ],
    )
    def test_lines_end_at_line_feeds_alone(self, write, content, lines):
        assert read_lines(write("text.en", content))[0] == lines

    def test_gzip_and_checksum_of_the_stored_bytes(self, write):
        path = write("text.en.gz", "Zürich\n")
        lines, file = read_lines(path)
        assert lines == ["Zürich"]
        assert file.path == path
        assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()

    @pytest.mark.parametrize("name", ["text.en", "text.en.gz"])
    def test_invalid_utf8_names_file_and_line(self, write, name):
        path = write(name, b"good\nalso good\nM\xfcnchen\n")
        with pytest.raises(ValueError, match=rf"{name}, line 3: the byte 0xfc.*iconv"):
            read_lines(path)

    def test_damaged_gzip(self, write):
        path = write("text.en.gz", "a\n" * 1000)
        path.write_bytes(path.read_bytes()[:-10])
        with pytest.raises(ValueError, match="text.en.gz is damaged or no gzip"):
            read_lines(path)

    def test_plain_text_called_gz(self, tmp_path):
        path = tmp_path / "text.en.gz"
        path.write_text("plain\n")
        with pytest.raises(ValueError, match="is damaged or no gzip"):
            read_lines(path)

    def test_missing(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="There is no file .*text.en"):
            read_lines(tmp_path / "text.en")


class TestAligned:
    def test_pairs_and_languages_from_suffixes(self, write):
        text = read_aligned(write("a.en.gz", "one\ntwo\n"), write("a.de", "eins\nzwei"))
        assert (text.sources, text.targets) == (["one", "two"], ["eins", "zwei"])
        assert (text.source_language, text.target_language) == ("en", "de")
        assert [file.path.name for file in text.files] == ["a.en.gz", "a.de"]

    def test_suffixes_that_are_no_languages(self, write):
        files = write("source.txt", "one\n"), write("target.txt", "eins\n")
        text = read_aligned(*files)
        assert (text.source_language, text.target_language) == (None, None)
        text = read_aligned(*files, "en", "de")
        assert (text.source_language, text.target_language) == ("en", "de")

    def test_blank_lines_keep_their_places(self, write):
        text = read_aligned(write("a.en", "one\n\nthree\n"), write("a.de", "1\n2\n3\n"))
        assert (text.sources, text.targets) == (["one", "", "three"], ["1", "2", "3"])

    def test_different_lengths_name_both_counts(self, write):
        with pytest.raises(ValueError, match="a.en has 2 lines and .*a.de has 1"):
            read_aligned(write("a.en", "one\ntwo\n"), write("a.de", "eins\n"))


class TestTSV:
    def test_two_columns(self, write):
        text = read_tsv(write("a.tsv", 'one\teins\n"two"\t"zwei\n\nthree\t\n'))
        assert text.sources == ["one", '"two"', "", "three"]
        assert text.targets == ["eins", '"zwei', "", ""]

    @pytest.mark.parametrize(
        ("header", "languages"),
        [
            ("target\tid\tsource", (None, None)),
            ("de\tid\ten", ("en", "de")),
            ("target\tid\tsource", ("en", "de")),
        ],
    )
    def test_header_names_the_columns(self, write, header, languages):
        path = write("a.tsv", f"{header}\neins\t7\tone\n")
        text = read_tsv(path, *languages)
        assert (text.sources, text.targets) == (["one"], ["eins"])
        assert (text.source_language, text.target_language) == languages

    @pytest.mark.parametrize("line", ["two", "two\tzwei\tdeux"])
    def test_wrong_number_of_columns_names_file_and_line(self, write, line):
        path = write("a.tsv", f"one\teins\n{line}\n")
        found = line.count("\t") + 1
        with pytest.raises(
            ValueError, match=rf"a.tsv, line 2: expected 2 columns.*found {found}"
        ):
            read_tsv(path)

    def test_lines_are_counted_from_the_header(self, write):
        path = write("a.tsv", "source\ttarget\none\teins\ntwo\n")
        with pytest.raises(ValueError, match="a.tsv, line 3: expected 2 columns"):
            read_tsv(path)


class TestJSONL:
    @pytest.mark.parametrize(
        ("keys", "languages", "read_as"),
        [
            (("source", "target"), (None, None), (None, None)),
            (("source", "target"), ("en", "de"), ("en", "de")),
            (("en", "de"), (None, None), ("en", "de")),
            (("en", "de"), ("en", "de"), ("en", "de")),
        ],
    )
    def test_keys(self, write, keys, languages, read_as):
        lines = [
            json.dumps(dict(zip(keys, pair, strict=True))) for pair in ["ab", "cd"]
        ]
        text = read_jsonl(write("a.jsonl", "\n".join([lines[0], "", lines[1]])))
        assert (text.sources, text.targets) == (["a", "", "c"], ["b", "", "d"])
        text = read_jsonl(write("a.jsonl.gz", "\n".join(lines)), *languages)
        assert (text.source_language, text.target_language) == read_as

    def test_the_languages_asked_for_decide_the_direction(self, write):
        path = write("a.jsonl", '{"en": "one", "de": "eins", "fr": "un"}\n')
        text = read_jsonl(path, "fr", "en")
        assert (text.sources, text.targets) == (["un"], ["one"])

    @pytest.mark.parametrize("keys", [("src", "tgt"), ("en", "de", "fr"), ("source",)])
    def test_keys_that_do_not_say_which_is_which(self, write, keys):
        path = write("a.jsonl", json.dumps(dict.fromkeys(keys, "x")))
        with pytest.raises(ValueError, match="line 1: expected the keys.*source_langu"):
            read_jsonl(path)

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ('{"source": "x"', "no valid JSON"),
            ('["x", "y"]', "expected an object"),
            ('{"source": "x"}', "expected a string under 'target', found keys"),
            ('{"source": "x", "target": 3}', "a string under 'target', found 3"),
            ('{"source": null, "target": "y"}', "string under 'source', found None"),
        ],
    )
    def test_bad_lines_name_file_and_line(self, write, line, message):
        path = write("a.jsonl", '{"source": "a", "target": "b"}\n\n' + line)
        with pytest.raises(ValueError, match=rf"a.jsonl, line 3: .*{message}"):
            read_jsonl(path)
