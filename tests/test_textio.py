"""Opening text: gzip by content, line ends, and damage reported with its line."""

import bz2
import gzip
import io

import pytest

from protclip.errors import InputError, RecordError
from protclip.textio import names_source, open_text, text_lines


def test_the_three_line_ends_and_the_byte_order_mark(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree\n\nlast")
    with open_text(path) as lines:
        assert list(lines) == ["one", "two", "three", "", "last"]


def test_gzip_is_told_by_content_both_ways(tmp_path):
    plain, packed = tmp_path / "plain.gz", tmp_path / "packed.txt"
    plain.write_text("ä\n", encoding="utf-8")
    packed.write_bytes(gzip.compress("ä\n".encode()))
    for path in (plain, packed):
        with open_text(path) as lines:
            assert list(lines) == ["ä"]


def test_a_gzip_file_cut_in_the_middle_gives_its_lines_and_then_says_so(tmp_path):
    path = tmp_path / "cut.gz"
    content = gzip.compress(b"".join(b"line %d\n" % (i * 7919) for i in range(20_000)))
    path.write_bytes(content[: len(content) // 2])
    seen = []
    with pytest.raises(RecordError, match="cut off") as caught, open_text(path) as lines:
        seen.extend(lines)
    assert len(seen) > 100
    assert caught.value.line == len(seen) + 1
    assert "again" in caught.value.remedy


def test_damaged_gzip_data(tmp_path):
    path = tmp_path / "bad.gz"
    content = bytearray(gzip.compress(b"abc\n" * 1000))
    content[-6] ^= 0xFF  # the checksum
    path.write_bytes(content)
    with pytest.raises(RecordError, match="damaged"), open_text(path) as lines:
        list(lines)


@pytest.mark.parametrize("before", [0, 3, 5000])
def test_bytes_that_are_not_utf8_are_reported_with_their_line(tmp_path, before):
    path = tmp_path / "latin1.txt"
    path.write_bytes(b"fine\n" * before + "Müller\n".encode("latin-1") + b"fine\n" * 5000)
    with pytest.raises(RecordError, match="0xfc is not UTF-8") as caught, open_text(path) as lines:
        list(lines)
    assert caught.value.line == before + 1


def test_other_archives_missing_files_and_folders_are_sentences(tmp_path):
    archive = tmp_path / "a.bz2"
    archive.write_bytes(bz2.compress(b"x"))
    for path, words in (
        (archive, "bzip2 archive"),
        (tmp_path / "gone", "no file"),
        (tmp_path, "cannot be read"),
    ):
        with pytest.raises(InputError, match=words), open_text(path) as lines:
            list(lines)


def test_the_callers_stream_stays_open():
    stream = io.BytesIO(b"a\nb\n")
    assert list(text_lines(stream, "upload")) == ["a", "b"]
    assert not stream.closed


def test_a_line_that_is_too_long_is_cut_and_the_next_one_is_whole(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"abcd\n" + b"A" * 100_000 + b"\nabcde\nlast"))
    with open_text(path, longest=5) as lines:
        assert list(lines) == ["abcd", "AAAAAA", "abcde", "last"]


def test_a_word_file_is_told_as_what_it_is(tmp_path):
    (tmp_path / "a.docx").write_bytes(b"PK\x03\x04 and so on")
    with (
        pytest.raises(InputError, match="zip archive, as Word and Excel files are"),
        open_text(tmp_path / "a.docx"),
    ):
        pass


def test_a_text_too_long_for_a_path_names_no_source(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "MKV").touch()
    assert names_source("-")
    assert names_source("MKV")
    assert not names_source("MKVL")
    assert not names_source("MKV" * 1_000)
    assert not names_source("MKV\0")
