import gzip
import json
import random

import pytest

from protclip.cli import main
from protclip.data.protanno import BEFORE, REPEATS, ProtAnnoRequest, Sieve, build_protanno
from protclip.data.protanno_verbs import _REPEATS
from protclip.data.sampling import SamplingRule, Stratum, judge
from protclip.data.shards import MANIFEST, Manifest, read_shards, write_shards
from protclip.errors import AssetError, InputError
from protclip.records import Annotation, Protein

FULL = ("function", "location", "similarity")


def protein(accession, sequence, existence, kinds=FULL, reviewed=False):
    return Protein(
        accession=accession,
        sequence=sequence,
        name=f"Protein {accession}",
        existence=existence,
        reviewed=reviewed,
        annotations=tuple(Annotation(kind=kind, text=f"{kind} of {accession}.") for kind in kinds),
    )


SWISSPROT = [
    protein("S1", "MA", 1, reviewed=True),
    protein("S2", "MC", 5, (), reviewed=True),
    protein("S3", "MA", 4, ("function",), reviewed=True),
    protein("S4", "MD", None, reviewed=True),
]
TREMBL = [
    protein("T1", "MA", 1),  # the sequence of S1
    protein("T2", "MF", 4),
    protein("T3", "MG", 1, ("function",)),
    protein("T4", "MH", 1),
    protein("T5", "MH", 1),  # the sequence of T4
    protein("T6", "MI", None),
    protein("T7", "MK", 1),
]


def shards(path, proteins):
    write_shards(proteins, path, {"source": "made up", "release": "1"}, shard_size=3)
    return path


@pytest.fixture
def folders(tmp_path):
    return shards(tmp_path / "s", SWISSPROT), shards(tmp_path / "t", TREMBL)


def request(folders, output, **options):
    return ProtAnnoRequest(reviewed=(folders[0],), unreviewed=(folders[1],), output=output, **options)


def run(*arguments):
    with pytest.raises(SystemExit) as exit_:
        main([str(argument) for argument in arguments])
    return exit_.value.code


def accessions(folder):
    return [protein.accession for protein in read_shards(folder)]


def test_reviewed_proteins_are_kept_whatever_their_level_and_others_sampled(folders, tmp_path):
    result = build_protanno(request(folders, tmp_path / "out"))
    assert accessions(tmp_path / "out") == ["S1", "S2", "S4", "T4", "T7"]
    assert result.manifest.steps == {
        "existence unknown: reviewed": 1,
        "kept: reviewed": 3,
        "kept: unreviewed": 2,
        "read: reviewed": 4,
        "read: unreviewed": 7,
        "removed: reviewed, sequence seen before": 1,
        "removed: unreviewed, coverage below 3/4": 1,
        "removed: unreviewed, existence 4 or 5": 1,
        "removed: unreviewed, existence unknown": 1,
        "removed: unreviewed, sequence seen before": 2,
    }
    assert Manifest.read(tmp_path / "out" / MANIFEST).steps == result.manifest.steps
    assert "1 reviewed proteins with a text have no existence level" in result.notes[0]
    before = json.loads((tmp_path / "out" / BEFORE).read_text())
    assert before["num_proteins"] == len(SWISSPROT) + len(TREMBL)


def test_without_unreviewed_it_is_protanno_s(folders, tmp_path):
    result = build_protanno(ProtAnnoRequest(reviewed=(folders[0],), output=tmp_path / "out"))
    assert accessions(tmp_path / "out") == ["S1", "S2", "S4"]
    assert result.manifest.provenance["source"] == "ProtAnno-S"
    assert "sampling" not in result.manifest.provenance


@pytest.mark.parametrize(
    ("repeats", "kept"),
    [
        ("drop", ["S1", "S2", "S4", "T4", "T7"]),
        ("keep-reviewed", ["S1", "S2", "S3", "S4", "T4", "T7"]),
        ("keep", ["S1", "S2", "S3", "S4", "T1", "T4", "T5", "T7"]),
    ],
)
def test_repeats(folders, tmp_path, repeats, kept):
    build_protanno(request(folders, tmp_path / "out", repeats=repeats))
    assert accessions(tmp_path / "out") == kept


def test_test_proteins_are_left_out_and_counted_by_file(folders, tmp_path):
    (tmp_path / "loc.csv").write_text("sequence,label\nMD,1\nMK,1\n")
    (tmp_path / "go.txt").write_text("T4\nS2\n")
    (tmp_path / "none.fa").write_text(">t\nWWW\n")
    result = build_protanno(
        request(
            folders, tmp_path / "out", exclude=tuple(tmp_path / n for n in ("loc.csv", "go.txt", "none.fa"))
        )
    )
    # T5 has the sequence of T4, but was not named: sequences are what leaves it out, where a file has them.
    assert accessions(tmp_path / "out") == ["S1", "T5"]
    steps = result.manifest.steps
    assert steps["removed: reviewed, test protein of loc.csv"] == 1
    assert steps["removed: reviewed, test protein of go.txt"] == 1
    assert steps["removed: unreviewed, test protein of loc.csv"] == 1
    assert steps["removed: unreviewed, test protein of go.txt"] == 1
    assert steps["removed: reviewed, test protein of none.fa"] == 0
    read = sum(n for step, n in steps.items() if step.startswith("read"))
    assert read == sum(n for step, n in steps.items() if step.startswith(("kept", "removed")))


def test_one_folder_of_both_may_stand_under_both(tmp_path):
    mixed = SWISSPROT + TREMBL
    random.Random(1).shuffle(mixed)
    folder = shards(tmp_path / "mixed", mixed)
    build_protanno(request((folder, folder), tmp_path / "out"))
    kept = accessions(tmp_path / "out")
    assert [name[0] for name in kept] == sorted(name[0] for name in kept)
    assert {p.sequence for p in read_shards(tmp_path / "out")} == {"MA", "MC", "MD", "MH", "MK"}


def many(number):
    return [protein(f"Q{i:05d}", "W" + "ACDEFG"[i % 6] * (i // 6 + 1), 1 + i % 3) for i in range(number)]


def test_pieces_sampled_apart_and_joined_are_the_whole_sampled_at_once(tmp_path):
    swissprot, trembl = shards(tmp_path / "s", SWISSPROT), many(900)
    whole = request((swissprot, shards(tmp_path / "t", trembl)), tmp_path / "whole")
    build_protanno(whole)
    pieces = []
    for number in range(3):
        piece = shards(tmp_path / f"t{number}", trembl[number::3])
        build_protanno(request((swissprot, piece), tmp_path / f"piece{number}"))
        pieces.append(tmp_path / f"piece{number}")
    build_protanno(
        ProtAnnoRequest(reviewed=(swissprot,), unreviewed=tuple(pieces), output=tmp_path / "joined")
    )
    kept = accessions(tmp_path / "whole")
    assert sorted(accessions(tmp_path / "joined")) == sorted(kept)
    rule = SamplingRule()
    chosen = {p.accession for p in trembl if judge(p.accession, _stratum(p), rule) == "kept"}
    assert {name for name in kept if name.startswith("Q")} == chosen
    assert 300 < len(chosen) < 500


def _stratum(each):
    return Stratum(existence=each.existence, num_properties=4)


def test_uniprot_files_are_read_directly_and_the_pairs_written(tmp_path, capsys):
    header = "Entry\tReviewed\tProtein existence\tProtein names\tFunction [CC]\tSubcellular location [CC]\tSequence\n"
    prose = "FUNCTION: Cuts.\tSUBCELLULAR LOCATION: Cytoplasm."
    (tmp_path / "sprot.tsv").write_text(
        f"{header}S1\treviewed\tPredicted\tOne\t\t\tMKV\nX\tunreviewed\t\tX\t\t\tMM\n"
    )
    rows = f"T1\tunreviewed\tEvidence at protein level\tTwo\t{prose}\tMKW\nbroken\n"
    (tmp_path / "trembl.tsv.gz").write_bytes(gzip.compress((header + rows).encode()))
    arguments = ["data", "protanno", "--reviewed", tmp_path / "sprot.tsv", "--coverage-exponent", 0]
    arguments += [
        "--unreviewed",
        tmp_path / "trembl.tsv.gz",
        "--output",
        tmp_path / "out",
        "--on-error",
        "skip",
    ]
    assert run(*arguments, "--json", tmp_path / "pairs.json") == 3
    assert [json.loads(line) for line in (tmp_path / "pairs.json").read_text().splitlines()] == [
        {"seq": "MKV", "text": "PROTEIN NAME: One."},
        {
            "seq": "MKW",
            "text": "PROTEIN NAME: Two. FUNCTION: Cuts. SUBCELLULAR LOCATION: Cytoplasm.",
        },
    ]
    shown = capsys.readouterr()
    assert "removed" not in shown.out
    assert "1  passed over: not reviewed" in shown.out
    assert "line 3: the row has 1 cells" in shown.err
    # A finished set is left alone, and still says what it lacks.
    (tmp_path / "pairs.json").unlink()
    assert run(*arguments) == 3
    assert "1  passed over: not reviewed" in capsys.readouterr().out
    assert run("data", "info", tmp_path / "out") == 0
    assert "kept: unreviewed 1" in capsys.readouterr().out


def test_statistics_of_a_set_show_what_it_was_made_from(folders, tmp_path, capsys):
    build_protanno(request(folders, tmp_path / "out"))
    assert run("data", "stats", tmp_path / "out", "--format", "json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["set"]["num_proteins"] == 5
    assert facts["before"]["num_proteins"] == 11
    assert facts["published"]["ProtAnno-D"]["coverage"][0] == 0.6211
    assert run("data", "stats", tmp_path / "out", "--before", folders[0], "--figure", tmp_path / "f.svg") == 0
    assert "C5" in capsys.readouterr().out
    assert (tmp_path / "f.svg").stat().st_size > 10_000
    (tmp_path / "out" / BEFORE).write_text("{")
    assert run("data", "stats", tmp_path / "out") == 1
    assert "before.json is damaged" in capsys.readouterr().err


def test_an_interrupted_build_ends_as_an_uninterrupted_one(folders, tmp_path, monkeypatch):
    monkeypatch.setattr("protclip.data.protanno.write_shards", _in_shards_of_two)

    def killed(proteins):
        for number, each in enumerate(proteins):
            if each.accession == "T6":
                raise KeyboardInterrupt(number)
            yield each

    with pytest.raises(KeyboardInterrupt):
        build_protanno(request(folders, tmp_path / "a"), killed)
    assert not (tmp_path / "a" / MANIFEST).exists()
    resumed, whole = (build_protanno(request(folders, tmp_path / name)) for name in ("a", "b"))
    assert resumed == whole
    assert len(whole.manifest.shards) == 3


def _in_shards_of_two(*arguments, **options):
    return write_shards(*arguments, **options, shard_size=2)


def test_a_damaged_source_shard_is_named(folders, tmp_path):
    damaged = folders[1] / "proteins-00001.parquet"
    content = bytearray(damaged.read_bytes())
    content[50] ^= 1
    damaged.write_bytes(bytes(content))
    with pytest.raises(AssetError, match=r"proteins-00001\.parquet is damaged.*Run the same command"):
        build_protanno(request(folders, tmp_path / "out"))


def test_what_cannot_be_built_is_told(folders, tmp_path):
    with pytest.raises(InputError, match="is no folder of shards and no file of a known ending"):
        build_protanno(request((tmp_path / "x.bin", folders[1]), tmp_path / "out"))
    with pytest.raises(InputError, match=r"cannot read .*gone\.tsv"):
        build_protanno(request((tmp_path / "gone.tsv", folders[1]), tmp_path / "out"))
    with pytest.raises(InputError, match=r"There is no file .*gone\.csv"):
        build_protanno(request(folders, tmp_path / "out", exclude=(tmp_path / "gone.csv",)))
    with pytest.raises(InputError, match="no reviewed protein in what --reviewed gave"):
        build_protanno(request(folders[::-1], tmp_path / "out"))
    with pytest.raises(InputError, match="given twice"):
        ProtAnnoRequest(reviewed=(folders[0],) * 2, output=tmp_path / "out")
    with pytest.raises(InputError, match="give another output"):
        request(folders, folders[0])
    with pytest.raises(InputError, match="repeats 'no' is not one of drop"):
        request(folders, tmp_path / "out", repeats="no")
    with pytest.raises(InputError, match="begins with the reviewed"):
        ProtAnnoRequest(reviewed=(), output=tmp_path / "out")


def test_another_rule_in_the_same_folder_is_told(folders, tmp_path):
    build_protanno(request(folders, tmp_path / "out"))
    with pytest.raises(
        InputError, match=r"sampling was coverage\^0\.5 / existence\^3, seed 17, is now .*seed 18"
    ):
        build_protanno(request(folders, tmp_path / "out", rule=SamplingRule(seed=18)))


def test_a_protein_without_any_text_is_no_pair():
    sieve = Sieve(rule=SamplingRule(), repeats="drop")
    nameless = Protein(accession="S9", sequence="MKV", reviewed=True)
    assert list(sieve.pass_on([nameless], None, reviewed=True)) == []
    assert sieve.steps == {"read: reviewed": 1, "removed: reviewed, no text": 1}


def test_the_verb_offers_the_choices_there_are():
    assert _REPEATS == REPEATS
