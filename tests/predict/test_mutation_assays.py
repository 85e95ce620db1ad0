"""Readers of measured variants on small files of each source's form."""

import gzip
import zipfile
from pathlib import Path

import numpy as np
import pytest

from protclip.errors import AssetError
from protclip.predict.mutation_assays import read_assays, read_stability
from protclip.predict.variants import apply_variant

WILD, OTHER = "MKTAYIAKQR", "GSHMEELLKKAAR"
SPLITS = ("one_vs_rest", "two_vs_rest", "three_vs_rest", "low_vs_high", "sampled")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("beta_lactamase", "dms", "flip_gb1", "proteingym", "stability"):
        (tmp_path / name).mkdir()
    ids = ("BLAT_ECOLX_Stiffler_2015", "PABP_YEAST_Melamed_2013", "DLG4_RAT_McLaughlin_2012")
    lines = ["DMS_id,target_seq", *(f"{name},{WILD}" for name in ids)]
    (tmp_path / "proteingym/DMS_substitutions.csv").write_text("\n".join(lines))
    (tmp_path / "dms/PABP_YEAST_Fields2013-singles.csv").write_text("mutant,linear,log\nK2G,0.5,-1\n")
    (tmp_path / "dms/DLG4_RAT_Ranganathan2012.csv").write_text("mutant,CRIPT,Tm2F\nA4C,0.25,9\n")
    peer = "mutant\tscaled_effect\tassumed_peer_split\nK2G\t.9\ttrain\nK2A\t.8\tvalid\nK2C\t.7\ttest\n"
    with gzip.open(tmp_path / "beta_lactamase/derived_tem1_envision_peer_order.tsv.gz", "wt") as file:
        file.write(peer)
    (tmp_path / "flip_gb1/5LDE_1.fasta").write_text(f">5LDE_1\n{WILD}\n")
    with zipfile.ZipFile(tmp_path / "flip_gb1/splits.zip", "w") as archive:
        for number, name in enumerate(SPLITS):
            rows = [f"{WILD},1,train,", "MGTAYIAKQR,2,train,True", "MGCAYIAKQR,3,test,"]
            rows = rows[number % 2 :] + rows[: number % 2]  # splits need not list the rows alike
            archive.writestr(f"splits/{name}.csv", "\n".join(["sequence,target,set,validation", *rows]))
    return tmp_path


def test_assays_come_with_their_wild_types_and_splits(folder: Path) -> None:
    lactamase, pabp, dlg4, gb1 = read_assays(folder)
    assert [str(v) for v in lactamase.variants] == ["K2G", "K2A", "K2C"]
    assert [part.tolist() for part in lactamase.splits["peer"]] == [[0, 1], [2]]
    assert (pabp.values.tolist(), dlg4.values.tolist()) == ([-1.0], [0.25])
    assert [str(v) for v in gb1.variants] == ["wild type", "K2G", "K2G:T3C"]
    for train, test in gb1.splits.values():
        assert sorted(gb1.values[train]) == [1, 2]
        assert gb1.values[test].tolist() == [3]


def test_wild_types_of_the_stability_set_are_found_among_their_mutants(folder: Path) -> None:
    rng = np.random.default_rng(2)
    rows = []
    for wild_type in (WILD, OTHER):
        for place in range(len(wild_type)):
            rows.append(f"{wild_type[:place]}W{wild_type[place + 1 :]},{place}")
    rng.shuffle(rows)
    (folder / "stability/tape_stability.test.csv").write_text("\n".join(["seq,label", *rows]))
    found = {assay.sequence: assay for assay in read_stability(folder)}
    assert set(found) == {WILD, OTHER}
    for sequence, assay in found.items():
        assert len(assay.variants) == len(sequence)
        for variant, value in zip(assay.variants, assay.values, strict=True):
            assert apply_variant(variant, sequence)[int(value)] == "W"


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "flip_gb1/5LDE_1.fasta").unlink()
    with pytest.raises(AssetError, match=r"5LDE_1\.fasta is missing"):
        read_assays(folder)
