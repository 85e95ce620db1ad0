import shutil

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protclip.data.splits import Splits, assign_split, cluster_with_mmseqs, text_groups
from protclip.errors import AssetError, InputError
from protclip.records import Protein

names = st.text("ABCDEFGH", min_size=1, max_size=3)


@settings(deadline=None)
@given(
    clusters=st.dictionaries(st.text("PQ0123456789", min_size=1, max_size=6), names, max_size=60),
    seed=st.integers(0, 5),
    shares=st.tuples(st.floats(0, 0.49), st.floats(0, 0.49)),
)
def test_every_member_of_a_cluster_gets_the_same_split(clusters, seed, shares):
    splits = Splits.from_clusters(clusters, seed=seed, valid_share=shares[0], test_share=shares[1])
    for accession, cluster in clusters.items():
        assert splits.of(accession) == assign_split(cluster, seed, *shares)
    assert sum(splits.counts().values()) == len(clusters)
    assert set(splits.by_accession) == {a for a in clusters if splits.of(a) != "train"}


def test_shares_are_met_and_the_seed_matters():
    drawn = [assign_split(f"P{i}") for i in range(20_000)]
    assert drawn.count("test") == pytest.approx(1000, rel=0.15)
    assert drawn.count("valid") == pytest.approx(400, rel=0.2)
    assert [assign_split(f"P{i}", seed=18) for i in range(20_000)] != drawn


def test_a_draw_is_the_same_on_every_machine():
    first_test = [i for i in range(200) if assign_split(f"P{i}") == "test"]
    first_valid = [i for i in range(200) if assign_split(f"P{i}") == "valid"]
    assert first_test[:4] == [11, 19, 32, 80]
    assert first_valid[:3] == [146]


@pytest.mark.parametrize("shares", [(-0.1, 0.1), (0.1, -0.1), (0.5, 0.5)])
def test_impossible_shares_are_told(shares):
    with pytest.raises(InputError, match="sum to less than 1"):
        assign_split("P1", 17, *shares)


@pytest.fixture
def splits():
    clusters = {f"P{i}": f"P{i - i % 3}" for i in range(300)}
    return Splits.from_clusters(clusters, valid_share=0.2, test_share=0.3, provenance={"tool": "mmseqs 14"})


def test_written_splits_come_back_with_fingerprint_and_provenance(splits, tmp_path):
    splits.write(tmp_path / "deep" / "splits.parquet")
    read = Splits.read(tmp_path / "deep" / "splits.parquet")
    assert read == splits
    assert read.fingerprint == splits.fingerprint
    assert read.provenance["tool"] == "mmseqs 14"
    assert read.counts() == splits.counts()
    assert min(read.counts().values()) > 0


def test_the_fingerprint_ignores_order_and_sees_every_change(splits):
    turned = dict(reversed(splits.by_accession.items()))
    same = Splits(by_accession=turned, cluster_of=splits.cluster_of, num_proteins=splits.num_proteins)
    assert same.fingerprint == splits.fingerprint
    dropped = next(iter(splits.by_accession))
    fewer = Splits(
        by_accession={a: s for a, s in splits.by_accession.items() if a != dropped},
        cluster_of={a: c for a, c in splits.cluster_of.items() if a != dropped},
        num_proteins=splits.num_proteins,
    )
    assert fewer.fingerprint != splits.fingerprint


def test_damaged_missing_and_foreign_files_are_errors(splits, tmp_path):
    path = tmp_path / "splits.parquet"
    with pytest.raises(AssetError, match="no split assignment at"):
        Splits.read(path)
    splits.write(path)
    table = pq.read_table(path)
    pq.write_table(table.slice(3), path)
    with pytest.raises(AssetError, match="is damaged"):
        Splits.read(path)
    pq.write_table(table.replace_schema_metadata({}), path)
    with pytest.raises(AssetError, match="not a readable split assignment"):
        Splits.read(path)
    path.write_bytes(b"no parquet at all")
    with pytest.raises(AssetError, match="not a readable split assignment"):
        Splits.read(path)


def test_a_cluster_in_two_splits_is_refused():
    with pytest.raises(ValueError, match="cluster C lies in both"):
        Splits(by_accession={"A": "test", "B": "valid"}, cluster_of={"A": "C", "B": "C"}, num_proteins=2)
    with pytest.raises(ValueError, match="only valid and test"):
        Splits(by_accession={"A": "train"}, cluster_of={"A": "C"}, num_proteins=1)
    with pytest.raises(ValueError, match="same accessions"):
        Splits(by_accession={"A": "test"}, cluster_of={}, num_proteins=1)


def test_without_mmseqs_the_error_says_how_to_go_on(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(AssetError, match=r"mmseqs .*apt-get install mmseqs2.*shipped"):
        cluster_with_mmseqs([Protein(accession="A", sequence="MKV")])


FAMILY = "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVKVKALPDAQFEVVHSLAKWKRQTLGQHDFSAGEG"
OTHER = "MSDNGPQNQRNAPRITFGGPSDSTGSNQNGERSGARSKQRRPQGLPNNTASWFTALTQHGKEDLKFPRGQGVPINTNSSPDDQIGYYRRA"


@pytest.mark.skipif(shutil.which("mmseqs") is None, reason="mmseqs is not installed")
def test_mmseqs_joins_relatives_and_parts_strangers_whatever_the_accession_looks_like():
    proteins = [
        Protein(accession="sp|A|ONE", sequence=FAMILY),
        Protein(accession="stranger", sequence=OTHER),
        Protein(accession="sp|A|TWO", sequence=FAMILY.replace("KALPD", "KALPE")),
    ]
    clusters = cluster_with_mmseqs(iter(proteins))
    assert list(clusters) == ["sp|A|ONE", "stranger", "sp|A|TWO"]
    assert clusters["sp|A|ONE"] == clusters["sp|A|TWO"]
    assert clusters["stranger"] == "stranger"


@pytest.mark.skipif(shutil.which("mmseqs") is None, reason="mmseqs is not installed")
def test_nothing_to_cluster_is_told():
    with pytest.raises(InputError, match="no protein to cluster"):
        cluster_with_mmseqs([])


@given(st.lists(st.sampled_from(["a", "b", "c", ""])))
def test_equal_texts_and_only_they_share_a_group(texts):
    groups = text_groups(texts)
    for i, one in enumerate(texts):
        for j, other in enumerate(texts):
            assert (groups[i] == groups[j]) == (one == other)
    assert sorted(set(groups)) == list(range(len(set(texts))))
