"""The atlas: what is written comes back, what does not belong together is refused, what is shipped."""

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from protclip.data.atlas import PROTEINS, VECTORS, Atlas, choose_atlas, read_atlas, write_atlas
from protclip.errors import AssetError
from protclip.records import Annotation, Protein


def make_proteins(number, prefix="P"):
    go = Annotation(kind="go", id="GO:0005524", text="ATP binding", evidence="IDA", count=2)
    return tuple(
        Protein(
            accession=f"{prefix}{i:03d}",
            sequence="MKV" * (i + 1),
            name=f"Kinase {i}" if i % 2 else "",
            existence=1 + i % 5,
            annotations=(go,) * (i % 3),
        )
        for i in range(number)
    )


def unit_rows(number, seed, dim=32):
    rows = np.random.default_rng(seed).normal(size=(number, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def make_atlas(number=20, prefix="P"):
    biotext = unit_rows(number, 1)
    biotext[::7] = 0
    return Atlas(
        proteins=make_proteins(number, prefix),
        protein_vectors=unit_rows(number, 0),
        biotext_vectors=biotext,
        fingerprint="0123456789abcdef",
    )


def test_what_is_written_comes_back(tmp_path):
    atlas = make_atlas()
    write_atlas(atlas, tmp_path / "new" / "atlas")
    again = read_atlas(tmp_path / "new" / "atlas")
    assert again.proteins == atlas.proteins
    assert again.fingerprint == atlas.fingerprint
    assert again.dimension == 32
    known = atlas.biotext_vectors.any(axis=1)
    np.testing.assert_array_equal(again.biotext_vectors.any(axis=1), known)
    for ours, theirs in (
        (again.protein_vectors, atlas.protein_vectors),
        (again.biotext_vectors[known], atlas.biotext_vectors[known]),
    ):
        assert ours.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-6)
        assert (ours * theirs).sum(1).min() > 0.999


def test_the_same_atlas_is_the_same_bytes(tmp_path):
    for name in "ab":
        write_atlas(make_atlas(), tmp_path / name)
    for file in (PROTEINS, VECTORS):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


@pytest.mark.parametrize("name", [PROTEINS, VECTORS])
def test_a_missing_file_is_named(tmp_path, name):
    write_atlas(make_atlas(), tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(AssetError, match=f"{name} is missing"):
        read_atlas(tmp_path)


@pytest.mark.parametrize("name", [PROTEINS, VECTORS])
@pytest.mark.parametrize("keep", [0, 5, 0.5, 0.999])
def test_a_file_that_is_cut_off_is_an_asset_error(tmp_path, name, keep):
    write_atlas(make_atlas(), tmp_path)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: int(keep * len(content)) if keep < 1 else keep])
    with pytest.raises(AssetError, match="is damaged"):
        read_atlas(tmp_path)


@pytest.mark.parametrize("other", [make_atlas(19), make_atlas(20, prefix="Q")])
def test_files_of_different_atlases_are_refused(tmp_path, other):
    """Most of all those of the same size: every protein would have another's row, and nothing would show it."""
    write_atlas(make_atlas(), tmp_path / "one")
    write_atlas(other, tmp_path / "other")
    (tmp_path / "one" / VECTORS).write_bytes((tmp_path / "other" / VECTORS).read_bytes())
    with pytest.raises(AssetError, match="are of different atlases"):
        read_atlas(tmp_path / "one")


def rewrite(path, *, drop=(), metadata=True, **changes):
    with safe_open(path, framework="numpy") as file:
        given = file.metadata()
    tensors = {name: rows for name, rows in load_file(path).items() if name not in drop}
    save_file(tensors | changes, path, metadata=given if metadata else None)


@pytest.mark.parametrize(
    "changes",
    [
        {"drop": ("biotext",)},
        {"metadata": False},
        {"drop": ("accessions.sha256",)},
        {"biotext": np.zeros((3, 32), np.int8), "biotext.row_scale": np.ones(3, np.float16)},
        {"protein.row_scale": np.ones(3, np.float16)},
    ],
    ids=["no biotext rows", "no fingerprint", "no accessions", "too few biotext rows", "too few scales"],
)
def test_vectors_that_lack_something_are_an_asset_error(tmp_path, changes):
    write_atlas(make_atlas(), tmp_path)
    rewrite(tmp_path / VECTORS, **changes)
    with pytest.raises(AssetError):
        read_atlas(tmp_path)


def test_rows_and_proteins_must_match():
    with pytest.raises(ValueError, match=r"protein vectors of shape \(3, 32\) for 4 proteins"):
        Atlas(
            proteins=make_proteins(4),
            protein_vectors=unit_rows(3, 0),
            biotext_vectors=unit_rows(4, 0),
            fingerprint="",
        )


# Which proteins are shipped.

CLOSURES = [frozenset(f"T{k}" for k in range(i % 9 + 1)) for i in range(60)] + [
    frozenset({"RARE", "T0"}),
    frozenset({"ONCE"}),
    frozenset({"RARE", "T0", "T1"}),
    frozenset({"RARE"}),
]


def candidates(named=(5, 6)):
    proteins = [
        Protein(accession=f"A{i:02d}", sequence="M", name="x" if i in named else "")
        for i in range(len(CLOSURES))
    ]
    clusters = [f"A{i - i % 3:02d}" for i in range(len(CLOSURES))]  # threes; the first of each represents it
    return proteins, clusters


def choose(size, named=(5, 6), min_term_proteins=3):
    proteins, clusters = candidates(named)
    return choose_atlas(proteins, CLOSURES, clusters, size=size, min_term_proteins=min_term_proteins)


def test_all_named_proteins_are_taken_and_terms_are_covered():
    chosen = choose(size=1)
    assert {5, 6} <= set(chosen)
    covered = set().union(*(CLOSURES[i] for i in chosen))
    assert {f"T{k}" for k in range(9)} | {"RARE"} <= covered
    assert "ONCE" not in covered  # one protein has it, three would be needed
    assert len(chosen) <= 5


def test_a_gene_is_a_name_too():
    proteins, clusters = candidates(named=())
    proteins[11] = Protein(accession="A11", sequence="M", gene="TP53")
    assert 11 in choose_atlas(proteins, CLOSURES, clusters, size=1)


def test_the_choice_fills_up_to_its_size_with_representatives_of_other_clusters():
    core, chosen = set(choose(size=1)), choose(size=12)
    proteins, clusters = candidates()
    assert len(chosen) == 12
    assert chosen == sorted(chosen)
    assert core <= set(chosen)
    added = [i for i in chosen if i not in core]
    assert all(proteins[i].accession == clusters[i] for i in added)
    taken = [clusters[i] for i in core]
    assert not {clusters[i] for i in added} & set(taken)
    assert max(added) - min(added) > 30  # spread over all, not the first ones


def test_more_than_there_is_gives_every_representative_once():
    chosen = choose(size=1000)
    _, clusters = candidates()
    assert len(chosen) == len(set(chosen))
    assert {clusters[i] for i in chosen} == set(clusters)


def test_a_protein_of_which_nothing_is_known_is_no_filler():
    proteins, clusters = candidates()
    closures = [frozenset() if i == 30 else closure for i, closure in enumerate(CLOSURES)]
    assert 30 in choose(size=1000)
    assert 30 not in choose_atlas(proteins, closures, clusters, size=1000)


def test_named_proteins_are_taken_beyond_the_size():
    assert set(range(0, 40)) <= set(choose(size=3, named=range(40)))


def test_the_choice_is_the_same_whatever_the_order_of_the_sets():
    proteins, clusters = candidates()
    shuffled = [frozenset(sorted(closure, reverse=True)) for closure in CLOSURES]
    for size in (1, 12, 1000):
        assert choose_atlas(proteins, shuffled, clusters, size=size, min_term_proteins=3) == choose(size)


def test_rare_terms_come_first_because_their_proteins_carry_commoner_ones_too():
    closures = [frozenset(t) for t in ({"common", "x", "y", "z"}, {"common", "rare"}, {"common", "rare"})]
    proteins = [Protein(accession=f"A{i}", sequence="M") for i in range(3)]
    accessions = [p.accession for p in proteins]
    chosen = choose_atlas(proteins, closures, accessions, size=1, min_term_proteins=2)
    assert chosen == [2]  # the common term's first choice would have been the protein with the most terms
