"""Cleaning, tidying and recognising sequences; windows; FASTA in and out."""

import gzip
import io
import sys
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protclip.errors import InputError, RecordError
from protclip.records import Protein
from protclip.sequence import (
    AMBIGUOUS,
    RESIDUES,
    FastaLimits,
    clean_sequence,
    format_fasta,
    looks_like_dna,
    looks_like_sequence,
    parse_fasta,
    parse_header,
    read_fasta,
    tidy_sequence,
    windows,
)

UBIQUITIN = "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG"
residues = st.text(alphabet=RESIDUES + AMBIGUOUS, min_size=1, max_size=200)


class TestClean:
    def test_white_space_case_and_the_final_stop_go(self):
        assert clean_sequence(" mkt\r\n a\tx *\n") == "MKTAX"

    @pytest.mark.parametrize(
        ("text", "character", "position"), [("MK1T", "'1'", 3), ("M K-T", "'-'", 3), ("M*K", "'*'", 2)]
    )
    def test_another_character_is_named_with_its_position(self, text, character, position):
        with pytest.raises(
            InputError, match=rf"{character.replace('*', '.')} at position {position} "
        ) as error:
            clean_sequence(text)
        assert "tidy" in str(error.value)

    @pytest.mark.parametrize("text", ["", " \n", "*"])
    def test_nothing_is_an_error(self, text):
        with pytest.raises(InputError, match="empty"):
            clean_sequence(text)

    @pytest.mark.parametrize("letter", ["ß", "ı", "М"])  # the last is Cyrillic; "ß".upper() is "SS"
    def test_letters_that_only_look_latin_are_refused(self, letter):
        with pytest.raises(InputError, match="position 2"):
            clean_sequence(f"M{letter}K")

    @given(residues)
    def test_a_clean_sequence_is_a_fixed_point(self, sequence):
        assert clean_sequence(sequence.lower()) == clean_sequence(sequence) == sequence


class TestTidy:
    def test_every_change_is_said(self):
        result = tidy_sequence(">sp|P1|X some name\n  1 mqifv-ktlt *\n 11 GKT\u200bITL\n")
        assert result.sequence == "MQIFVKTLTGKTITL"
        said = " | ".join(result.changes)
        for word in ("invisible", "FASTA header", "3 digits", "1 gap", "1 stop"):
            assert word in said

    def test_a_clean_sequence_is_left_alone(self):
        assert tidy_sequence(UBIQUITIN).changes == ()

    def test_two_records_are_not_run_together(self):
        with pytest.raises(InputError, match="2 FASTA records"):
            tidy_sequence(">a\nMK\n>b\nMT")

    def test_what_cannot_be_explained_is_not_dropped(self):
        with pytest.raises(InputError, match="'@'"):
            tidy_sequence("MK@T")


class TestRecognition:
    @pytest.mark.parametrize(
        "text",
        [
            UBIQUITIN,
            UBIQUITIN.lower(),
            UBIQUITIN[:12],
            "MQIFVKTLTG KTITLEVEPS DTIENVKAKI QDKEG",
            f">anything goes\n{UBIQUITIN[:5]}",
            "        1 MQIFVKTLTG KTITLEVEPS\n       21 DTIENVKAKI QDKEGI\n",
            UBIQUITIN + "*",
            "ATGGCGTACCTTAACGGGTAA",
        ],
    )
    def test_sequences(self, text):
        assert looks_like_sequence(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "kinase",
            "P04637",
            "GO:0004386",
            "kallikrein",
            "methyltransferase",
            "METHYLTRANSFERASE",
            "DNA helicase activity",
            "ATP-dependent DNA helicase involved in repair",
            "periplasmic space",
            "белок теплового шока",
            "MKTAYIAKQR (truncated)",
            ">only a header",
        ],
    )
    def test_words_and_accessions(self, text):
        assert not looks_like_sequence(text)

    def test_dna(self):
        assert looks_like_dna(">x\nATGGCGTACC\nTTAACNGGGU")
        assert not looks_like_dna(UBIQUITIN)
        assert not looks_like_dna("GAGAGAGAGAGAGAGA")  # silk
        assert not looks_like_dna("ATGC")


class TestWindows:
    def test_the_last_window_is_full_size(self):
        assert windows(25, 10, 2) == ((0, 10), (8, 18), (15, 25))
        assert windows(7, 10, 2) == ((0, 7),)

    @given(st.integers(1, 400), st.integers(1, 60), st.data())
    def test_they_cover_everything_once_and_in_order(self, length, size, data):
        overlap = data.draw(st.integers(0, size - 1))
        laid = windows(length, size, overlap)
        assert laid[0][0] == 0
        assert laid[-1][1] == length
        assert all(end - start == min(size, length) for start, end in laid)
        for (start, end), (next_start, _) in pairwise(laid):
            assert start < next_start <= end - overlap
        assert len(laid) <= -(-length // (size - overlap))

    @pytest.mark.parametrize("arguments", [(0, 10, 0), (5, 0, 0), (5, 3, 3), (5, 3, -1)])
    def test_impossible_windows(self, arguments):
        with pytest.raises(InputError, match="overlap"):
            windows(*arguments)


class TestHeader:
    def test_uniprot(self):
        header = parse_header(
            ">sp|P40534|PRM2_YEAST Pheromone-regulated membrane protein 2 "
            "OS=Saccharomyces cerevisiae (strain S288c) OX=559292 GN=PRM2 PE=2 SV=1"
        )
        assert (header.accession, header.gene, header.existence) == ("P40534", "PRM2", 2)
        assert header.name == "Pheromone-regulated membrane protein 2"
        assert header.organism == "Saccharomyces cerevisiae (strain S288c)"
        assert header.reviewed

    def test_others(self):
        assert not parse_header("tr|A0A1|A0A1_HUMAN Fragment").reviewed
        assert parse_header("NP_1.1 heat shock [Homo sapiens]").name == "heat shock [Homo sapiens]"
        uniref = parse_header("UniRef50_P1 Kinase n=5 Tax=Mus musculus TaxID=10090 RepID=X_MOUSE")
        assert (uniref.name, uniref.organism) == ("Kinase", "Mus musculus")
        assert parse_header("gi|12|ref|NP_1|").accession == "gi|12|ref|NP_1|"
        assert parse_header("sp|P1|X_Y").name == ""
        assert parse_header("> a\ttab separated").accession == "a"


class TestFasta:
    def test_windows_line_ends_bom_comments_and_no_final_newline(self, tmp_path):
        path = tmp_path / "in.fasta"
        path.write_bytes(b"\xef\xbb\xbf; a comment\r\n>a first\r\nmk t\r\n\r\nAY*\r\n>b\r\nMK")
        assert [(p.accession, p.name, p.sequence) for p in read_fasta(path)] == [
            ("a", "first", "MKTAY"),
            ("b", "", "MK"),
        ]

    def test_gzip_is_told_by_content(self, tmp_path):
        path = tmp_path / "misnamed.fasta"
        path.write_bytes(gzip.compress(b">a\nMK\n"))
        assert [p.sequence for p in read_fasta(path)] == ["MK"]

    def test_standard_input(self, monkeypatch):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b">a\nMK\n")))
        assert [p.accession for p in read_fasta("-")] == ["a"]

    @pytest.mark.parametrize(
        ("text", "line", "problem"),
        [
            ("MKT\n>a\nMK\n", 1, "before the first '>'"),
            (">a\nMK\n>\nMK\n", 3, "without a name"),
            (">a\n>b\nMK\n", 1, "a has no sequence"),
            (">a\nMKTAY\nMK9T\n", 3, "'9' at position 3 of this line"),
            (">a\nMK*\nMKT\n", 2, r"'\*' at position 3"),
            (">a\n*\n", 2, "empty sequence"),
            (">a\nMK\n>b\nMT\n>a x\nMV\n", 5, "already used on line 1"),
            ("", 1, "no FASTA record"),
        ],
    )
    def test_malformed_records_name_line_and_remedy(self, text, line, problem):
        with pytest.raises(RecordError, match=problem) as caught:
            list(parse_fasta(text.splitlines(), "in.fasta"))
        assert caught.value.line == line
        assert str(caught.value).startswith(f"in.fasta, line {line}: ")
        assert caught.value.remedy

    def test_skip_reports_each_and_goes_on(self):
        errors = []
        text = ">a\nMK\n>b\nM9\n>a\nMV\n>c\nMT\n"
        found = parse_fasta(text.splitlines(), "in", on_error="skip", report=errors.append)
        assert [p.accession for p in found] == ["a", "c"]
        assert [e.line for e in errors] == [4, 5]

    def test_limits_name_records_that_are_too_long_or_nucleotides(self, tmp_path):
        path, errors = tmp_path / "a.fasta", []
        lines = [
            ">a",
            "MK",
            ">long",
            "MKV " * 15,
            ">endless",
            "M" * 1000,
            "M" * 10,
            ">dna",
            "ACGTN" * 8,
            ">b",
            "ACGT" * 7,
        ]
        path.write_text("\n".join(lines))
        limits = FastaLimits(max_residues=40)
        found = list(read_fasta(path, on_error="skip", report=errors.append, limits=limits))
        assert [p.accession for p in found] == ["a", "b"]
        assert [(e.accession, e.line) for e in errors] == [("long", 3), ("endless", 5), ("dna", 8)]
        assert "more than 40 residues" in errors[1].problem
        assert "looks like DNA" in errors[2].problem

    def test_a_long_header_is_no_long_sequence(self):
        limits, errors = FastaLimits(max_residues=40), []
        lines = [f">a {'x' * 70}", "M" * 40, f">b {'x' * 80}", "MK"]
        found = parse_fasta(lines, "in", on_error="skip", report=errors.append, limits=limits)
        assert [p.accession for p in found] == ["a"]
        assert [(e.line, e.problem[:37]) for e in errors] == [(3, "a header of more than 80 characters: ")]

    def test_a_long_record_does_not_fill_the_memory(self, tmp_path):
        path = tmp_path / "bomb.gz"
        path.write_bytes(gzip.compress(b">a\n" + b"M" * 3_000_000 + b"\n" + b"MKVL\n" * 40_000))
        tracemalloc.start()
        with pytest.raises(RecordError, match="more than 1,000 residues"):
            list(read_fasta(path, limits=FastaLimits(max_residues=1000)))
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
        tracemalloc.stop()

    def test_duplicates_can_be_renamed_without_making_new_ones(self):
        lines = ">a\nMK\n>a_2\nMT\n>a\nMV\n>a\nMW\n".splitlines()
        renamed = [p.accession for p in parse_fasta(lines, "in", on_duplicate="rename")]
        assert renamed == ["a", "a_2", "a_3", "a_4"]

    def test_options_are_checked_before_reading(self, tmp_path):
        with pytest.raises(InputError, match="on_duplicate"):
            read_fasta(tmp_path / "x", on_duplicate="drop")
        with pytest.raises(InputError, match="report"):
            read_fasta(tmp_path / "x", on_error="skip")

    def test_a_missing_file_is_named(self, tmp_path):
        with pytest.raises(InputError, match=r"no file .*gone\.fasta"):
            list(read_fasta(tmp_path / "gone.fasta"))

    @given(
        st.lists(
            st.builds(
                Protein,
                accession=st.from_regex(r"[A-Z][A-Z0-9_.]{1,9}", fullmatch=True),
                sequence=residues,
                name=st.sampled_from(["", "DNA helicase (EC 3.6.4.12)", "5'-nucleotidase, alpha"]),
                gene=st.sampled_from(["", "RAD3"]),
                organism=st.sampled_from(["", "Homo sapiens (Human)"]),
                existence=st.sampled_from([None, 1, 5]),
            ),
            min_size=1,
            unique_by=lambda protein: protein.accession,
        ),
        st.integers(1, 80),
    )
    def test_written_and_read_again_it_is_the_same(self, proteins, width):
        lines = list(format_fasta(proteins, width))
        assert max(len(line) for line in lines if not line.startswith(">")) <= width
        assert list(parse_fasta(lines, "round trip")) == proteins

    def test_no_width(self):
        with pytest.raises(InputError, match="width"):
            list(format_fasta([], 0))
