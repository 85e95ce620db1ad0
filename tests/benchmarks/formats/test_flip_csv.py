"""FLIP's splits, loose and packed; AAV capsids that are split by FLIP's rule."""

import zipfile

import pytest

from protclip.benchmarks.formats.aav_hamming import MUTATED, read_capsids
from protclip.benchmarks.formats.flip_csv import AAV_REGION, holds_split, read_flip
from protclip.errors import AssetError
from protclip.sequence import RESIDUES

LINES = [
    "sequence,target,set,validation",
    "MKTA,1.0,train,",
    "MKTC,2.5,train,True",
    "MK*D,-3,test,",
    "MKTE,4,,",
    "MKTF,5,train,False",
]


def labels(found):
    return {split: [float(row.label) for row in rows] for split, rows in found.items()}


def test_a_split_is_the_same_loose_and_packed(tmp_path):
    (tmp_path / "human_cell.csv").write_text("\n".join(LINES))
    with zipfile.ZipFile(tmp_path / "splits.zip", "w") as archive:
        archive.writestr("__MACOSX/splits/._human_cell.csv", "rubbish")
        archive.writestr("splits/mixed_split.csv", LINES[0])
        archive.writestr("splits/human_cell.csv", "\n".join(LINES))
    loose = read_flip(tmp_path / "human_cell.csv", "human_cell")
    assert labels(loose) == {"train": [1, 5], "valid": [2.5], "test": [-3]}
    assert read_flip(tmp_path / "splits.zip", "human_cell") == loose


def test_a_region_is_cut_before_special_characters_are_dropped(tmp_path):
    (tmp_path / "s.csv").write_text("\n".join(LINES))
    found = read_flip(tmp_path / "s.csv", "s", region=slice(1, 3))
    assert [row.sequence for row in found["test"]] == ["K*"]


def test_an_archive_is_known_by_what_it_holds(tmp_path):
    with zipfile.ZipFile(tmp_path / "splits.zip", "w") as archive:
        archive.writestr("splits/two_vs_many.csv", "")
    (tmp_path / "other.zip").write_text("no archive")
    assert holds_split(tmp_path / "splits.zip", "two_vs_many")
    assert not holds_split(tmp_path / "splits.zip", "human_cell")
    assert not holds_split(tmp_path / "other.zip", "human_cell")


def test_columns_that_are_missing_are_named(tmp_path):
    (tmp_path / "s.csv").write_text("sequence,target\n")
    with pytest.raises(AssetError, match="no column set, validation"):
        read_flip(tmp_path / "s.csv", "s")


def test_capsids_of_two_mutations_train_and_others_test(tmp_path):
    whole = (RESIDUES * 40)[:735]
    part = whole[MUTATED]
    doubles = [a + b + part[2:] for a in RESIDUES for b in RESIDUES]
    triples = [a + part[1:10] + part[0] + "W" + part[12:] for a in RESIDUES if a != part[0]]
    (tmp_path / "wild.fasta").write_text(f">sp|P03135|CAPSD_AAV2S Capsid protein VP1\n{whole}\n")
    lines = ["sequence,score", *(f"{found},{place}" for place, found in enumerate(doubles + triples))]
    (tmp_path / "truth.csv").write_text("\n".join(lines))
    found = read_capsids(tmp_path / "truth.csv", tmp_path / "wild.fasta")
    assert [float(row.label) for row in found["test"]] == list(range(400, 400 + len(triples)))
    assert len(found["train"]) + len(found["valid"]) == 400
    assert 20 < len(found["valid"]) < 60
    region = found["test"][0].sequence
    assert len(region) == 200
    assert region[MUTATED.start - AAV_REGION.start :][:28] == triples[0]
    assert region[:86] == whole[474:560]
