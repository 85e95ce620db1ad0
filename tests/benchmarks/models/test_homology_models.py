"""What needs no weights: the planted homologue is found, the vote is a slow one's, and BLOSUM62 ranks variants."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr
from scoring_matrices import ScoringMatrix

from protclip.benchmarks.models.blosum import Blosum62, blosum_scores, consensus
from protclip.benchmarks.models.homology import Homology, RelativeBits
from protclip.benchmarks.tasks import SPLITS, Examples, LabelledTask
from protclip.errors import AssetError, InputError
from protclip.predict.search_programs import PROGRAMS, program_hits
from protclip.records import Protein

LETTERS = list("ACDEFGHIKLMNPQRSTVWY")
NAMES = {"mmseqs2": "mmseqs", "diamond": "diamond", "blastp": "blastp", "phmmer": "phmmer"}


def family_task(kind="single-label", stranger=False):
    """Two families and their members with a tenth of the residues changed; a stranger has no homologue anywhere."""
    rng = np.random.default_rng(5)
    parents = ["".join(rng.choice(LETTERS, 150)) for _ in range(2)]

    def member(family):
        residues = list(parents[family])
        for place in rng.choice(150, 15, replace=False):
            residues[place] = rng.choice(LETTERS)
        return "".join(residues)

    labels = np.eye(2) if kind != "regression" else np.array([[-3.0], [7.0]])
    splits = {}
    for split, number in zip(SPLITS, (30, 8, 8), strict=True):
        families = [int(i % 5 == 0) for i in range(number)]  # four of five are of the first family
        sequences = [member(family) for family in families]
        targets = labels[families].astype(np.float32)
        if stranger and split == "test":
            sequences[0] = "".join(rng.choice(LETTERS, 150))
        splits[split] = Examples(sequences=tuple(sequences), targets=targets)
    classes = ("number",) if kind == "regression" else ("a", "b")
    return LabelledTask(name="families", kind=kind, classes=classes, splits=splits)


def needed(program):
    if shutil.which(NAMES[program]) is None:
        pytest.skip(f"the program {NAMES[program]} is not installed")


@pytest.mark.parametrize(
    ("program", "kind"),
    [
        ("mmseqs2", "single-label"),
        ("phmmer", "multi-label"),
        ("diamond", "regression"),
        ("diamond", "single-label"),
        ("diamond", "multi-label"),
    ],
)
def test_a_homologue_gives_its_label(program, kind):
    needed(program)
    task = family_task(kind)
    scores = Homology(program=program, threads=1).predict(task, seed=0)
    np.testing.assert_allclose(scores, task.splits["test"].targets, atol=1e-5)


def test_a_protein_without_hits_has_the_frequencies_of_train():
    needed("diamond")
    task = family_task(stranger=True)
    scores = Homology(program="diamond", threads=1).predict(task, seed=0)
    np.testing.assert_allclose(scores[0], task.splits["train"].targets.mean(0))
    assert (scores[1:].argmax(1) == task.splits["test"].targets[1:].argmax(1)).all()


def test_the_vote_is_that_of_a_slow_loop():
    needed("diamond")
    task = family_task("regression")
    rng = np.random.default_rng(0)
    noisy = {
        split: replace(part, targets=rng.normal(size=part.targets.shape).astype(np.float32))
        for split, part in task.splits.items()
    }
    task = replace(task, splits=noisy)
    scores = Homology(program="diamond", neighbours=(3,), threads=1).predict(task, seed=0)
    train, test = task.splits["train"], task.splits["test"]
    queries = [Protein(accession=f"q{i}", sequence=s) for i, s in enumerate(test.sequences)]
    known = [Protein(accession=f"k{i}", sequence=s) for i, s in enumerate(train.sequences)]
    hits = list(program_hits("diamond", queries, known, threads=1))
    for number in range(len(test)):
        mine = [hit for hit in hits if hit.query == f"q{number}"]
        best = {k.accession: max((h.bits for h in mine if h.target == k.accession), default=0) for k in known}
        nearest = sorted(best, key=lambda accession: (-best[accession], int(accession[1:])))[:3]
        labels = [train.targets[int(accession[1:]), 0] for accession in nearest]
        assert scores[number, 0] == pytest.approx(
            np.average(labels, weights=[best[accession] for accession in nearest]), abs=1e-5
        )


def test_the_number_of_neighbours_is_chosen_on_valid():
    needed("diamond")
    task = family_task("regression")
    rng = np.random.default_rng(0)
    noisy = {
        split: replace(part, targets=part.targets + rng.normal(size=part.targets.shape).astype(np.float32))
        for split, part in task.splits.items()
    }
    task = replace(task, splits=noisy)
    test = task.splits["test"].targets
    error = {}
    for numbers in ((1,), (1, 30)):
        scores = Homology(program="diamond", neighbours=numbers, threads=1).predict(task, seed=0)
        error[numbers] = np.abs(scores - test).mean()
    assert error[1, 30] < error[(1,)]


def test_a_missing_program_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(AssetError, match=r"program phmmer \(Debian: apt install hmmer\)"):
        Homology(program="phmmer").predict(family_task(), seed=0)
    assert set(PROGRAMS) == set(NAMES)


def test_likeness_is_the_share_of_bits_that_two_proteins_have_of_their_own():
    needed("diamond")
    task = family_task(stranger=True)
    sequences = task.splits["test"].sequences
    found = RelativeBits(program="diamond", threads=1).similarities(sequences)
    proteins = [Protein(accession=str(place), sequence=s) for place, s in enumerate(sequences)]
    bits = {
        (hit.query, hit.target): hit.bits for hit in program_hits("diamond", proteins, proteins, threads=1)
    }
    expected = (bits["2", "1"] + bits["1", "2"]) / (bits["1", "1"] + bits["2", "2"])
    assert 0.3 < expected < 1
    assert found[1, 2] == found[2, 1] == pytest.approx(expected)
    np.testing.assert_allclose(np.diag(found), 1)
    assert found[0, 1:].max() == 0


def test_blosum62_ranks_variants_and_finds_their_parent(planted):
    task, parent = planted.variant_task()
    assert consensus(task.splits["train"].sequences) == parent
    scores = Blosum62().predict(task, seed=0)
    test = task.splits["test"]
    assert spearmanr(scores[:, 0], test.targets[:, 0]).statistic > 0.9
    assert np.abs(scores - test.targets).mean() < np.abs(test.targets - test.targets.mean()).mean() / 2
    order = np.arange(len(test))[::-1]
    np.testing.assert_allclose(
        Blosum62().predict(planted.reordered(task, "test", order), seed=1), scores[order]
    )


def test_a_score_is_the_sum_over_changed_residues_and_a_gap_costs_more_than_a_residue_alike(planted):
    _, parent = planted.variant_task()
    matrix = ScoringMatrix.from_name("BLOSUM62")
    changed = f"W{parent[1:20]}W{parent[21:]}"
    expected = sum(matrix[a, b] - matrix[a, a] for a, b in zip(parent, changed, strict=True))
    scores, kept = blosum_scores([parent, changed, parent[:20] + parent[21:]], [parent, "W" * 50])
    assert (scores[0], kept[0]) == (0, 1)
    assert scores[1] == expected
    assert scores[2] == -11 - matrix[parent[20], parent[20]]
    assert 0 < kept[1] < 1


def test_the_nearest_of_given_parents_counts():
    rng = np.random.default_rng(3)
    parents = ["".join(rng.choice(LETTERS, 60)) for _ in range(2)]
    worse = [parent.replace(parent[0], "W") for parent in parents]
    scores, _ = blosum_scores([*parents, *worse], parents)
    assert scores[:2].tolist() == [0, 0]
    assert (scores[2:] < 0).all()


def test_blosum62_takes_variants_and_numbers_alone(planted):
    with pytest.raises(InputError, match="asks for classes"):
        Blosum62().predict(planted.planted_task("single-label"), seed=0)
    rng = np.random.default_rng(0)
    task, _ = planted.variant_task()
    strangers = {
        split: replace(part, sequences=tuple("".join(rng.choice(LETTERS, 40)) for _ in part.sequences))
        for split, part in task.splits.items()
    }
    with pytest.raises(InputError, match="no variants of one parent"):
        Blosum62().predict(replace(task, splits=strangers), seed=0)
