"""Interologs on mutated copies of a few sequences, against aligning every known interaction with the pair."""

import random

import numpy as np
import pytest

from protclip.data.known_interactions import known_interactions_in
from protclip.predict import interologs
from protclip.predict.alignment import align
from protclip.predict.interologs import MIN_COVERAGE, MIN_IDENTITY, InterologSearch, KnownEvidence, values
from protclip.predict.profile import MAX_EXPECT
from protclip.records import Protein
from protclip.sequence import RESIDUES

HEMOGLOBIN_A = (
    "MVLSPADKTNVKAAWGKVGAHAGEYGAEALERMFLSFPTTKTYFPHFDLSHGSAQVKGHGKKVADALTNAVAHVDDMPNALSALSDLHAHKLRVDPVNFKLLSHCLLVTLAAHL"
    "PAEFTPAVHASLDKFLASVSTVLTSKYR"
)
HEMOGLOBIN_B = (
    "MVHLTPEEKSAVTALWGKVNVDEVGGEALGRLLVVYPWTQRFFESFGDLSTPDAVMGNPKVKAHGKKVLGAFSDGLAHLDNLKGTFATLSELHCDKLHVDPENFRLLGNVLVCV"
    "LAHHFGKEFTPPVQAAYQKVVAGVANALAHKYH"
)
INSULIN = (
    "MALWMRLLPLLALLALWGPDPAAAFVNQHLCGSHLVEALYLVCGERGFFYTPKTRREAEDLQVGQVELGGGPGAGSLQPLALE"
    "GSLQKRGIVEQCCTSICSLYQLENYCN"
)


def changed(sequence: str, share: float, seed: int) -> str:
    chance = random.Random(seed)
    return "".join(chance.choice(RESIDUES) if chance.random() < share else letter for letter in sequence)


def protein(accession: str, sequence: str) -> Protein:
    return Protein(accession=accession, sequence=sequence)


ALPHA, BETA, OTHER = (
    protein("P69905", HEMOGLOBIN_A),
    protein("P68871", HEMOGLOBIN_B),
    protein("P01308", INSULIN),
)
FAMILY = [
    protein(f"Q0{family}{copy}A{copy}", changed(sequence, share, 10 * family + copy))
    for family, sequence in enumerate((HEMOGLOBIN_A, HEMOGLOBIN_B, INSULIN))
    for copy, share in enumerate((0.1, 0.3, 0.5, 0.9))
]
PROTEINS = [ALPHA, BETA, OTHER, *FAMILY]


def search(*pairs: tuple[str, str], proteins=PROTEINS) -> InterologSearch:
    return InterologSearch(known_interactions_in([f"{a}\t{b}" for a, b in pairs], "mine"), proteins)


def accessions(found: KnownEvidence) -> list[tuple[str, str]]:
    return [(one.first, one.second) for one in found.interologs]


def slow(pairs, first: Protein, second: Protein, proteins) -> dict[frozenset[str], float]:
    """Align every protein of every known interaction with both proteins, in both orders, one by one."""
    sequences = {p.accession: p.sequence for p in proteins}
    in_network = [sequences[a] for a in sorted({a for pair in pairs for a in pair} & sequences.keys())]

    def identity(query: Protein, accession: str) -> float:
        if accession == query.accession:
            return 1.0
        (found,) = align(query.sequence, [sequences[accession]])
        if found is None or found.expect(sum(map(len, in_network))) >= MAX_EXPECT:
            return 0.0
        is_long = min(found.query_coverage, found.target_coverage) >= MIN_COVERAGE
        return found.identity if is_long and found.identity >= MIN_IDENTITY else 0.0

    best: dict[frozenset[str], float] = {}
    for pair in pairs:
        for a, b in (pair, pair[::-1]):
            joint = float(np.sqrt(identity(first, a) * identity(second, b)))
            if joint and {a, b} != {first.accession, second.accession}:
                best[frozenset(pair)] = max(joint, best.get(frozenset(pair), 0))
    return best


@pytest.mark.parametrize("seed", range(3))
def test_it_finds_what_aligning_everything_finds(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interologs, "MAX_TOLD", 1000)
    chance = random.Random(seed)
    names = [p.accession for p in PROTEINS]
    pairs = sorted({tuple(sorted((chance.choice(names), chance.choice(names)))) for _ in range(40)})
    look_up = search(*pairs)
    some = False
    for first, second in (
        (ALPHA, BETA),
        (ALPHA, OTHER),
        (BETA, BETA),
        (FAMILY[1], protein("new", INSULIN[5:])),
    ):
        expected = slow(pairs, first, second, PROTEINS)
        for one, other in ((first, second), (second, first)):
            found = look_up.find(one, other)
            joint = {frozenset((i.first, i.second)): i.joint_identity for i in found.interologs}
            assert joint == pytest.approx(expected)
            assert found.itself == ((tuple(sorted((first.accession, second.accession)))) in pairs)
        some |= bool(expected)
    assert some


def test_known_itself_is_told_apart_from_homologues() -> None:
    near = FAMILY[0].accession
    look_up = search((BETA.accession, ALPHA.accession), (near, BETA.accession))
    found = look_up.find(ALPHA, BETA)
    assert (found.itself, found.label) == (True, "itself")
    assert accessions(found) == [(near, BETA.accession)]
    only = search((near, BETA.accession)).find(ALPHA, BETA)
    assert (only.itself, only.label) == (False, "homologues")
    (best,) = [one for one in only.interologs if one.second == BETA.accession]
    assert (best.second_identity, best.second_coverage) == (1, 1)
    assert best.joint_identity == pytest.approx(best.first_identity**0.5)
    assert only.listed == f"{near}-{BETA.accession} {best.joint_identity:.2f}"
    assert values(only)["interologs"][0]["joint_identity"] == best.joint_identity
    assert search((ALPHA.accession, OTHER.accession)).find(OTHER, OTHER).label == ""


def test_a_sequence_without_an_accession_is_the_protein_whose_sequence_it_is() -> None:
    look_up = search((ALPHA.accession, BETA.accession))
    assert look_up.find(protein("MVLSPADKTNVK...[142]", HEMOGLOBIN_A), BETA).label == "itself"
    assert look_up.find(protein("mine", HEMOGLOBIN_A[1:]), BETA).label == "homologues"
    # The same sequence under another accession is a protein of another species.
    other = look_up.find(protein("P69907", HEMOGLOBIN_A), BETA)
    assert (other.label, other.interologs[0].joint_identity) == ("homologues", 1)


def test_a_shared_part_of_a_long_protein_is_no_homologue() -> None:
    chance = random.Random(1)
    long = protein("Q9Y6K9", HEMOGLOBIN_A + "".join(chance.choices(RESIDUES, k=200)))
    assert search((long.accession, BETA.accession), proteins=[*PROTEINS, long]).find(ALPHA, BETA).label == ""


def test_what_has_no_sequence_is_known_by_its_accession_alone() -> None:
    look_up = search(("P04637", "Q00987"), (ALPHA.accession, "Q00987"), proteins=[ALPHA])
    assert "of 3 proteins; 1 of these are in the atlas" in look_up.told
    assert look_up.find(protein("P04637", INSULIN), protein("Q00987", HEMOGLOBIN_B)).label == "itself"
    assert look_up.find(FAMILY[0], protein("Q00987", HEMOGLOBIN_B)).label == "homologues"
    nothing = search(("P04637", "Q00987"), proteins=[])
    assert nothing.find(ALPHA, BETA) == KnownEvidence(itself=False, interologs=(), num_interologs=0)


def test_only_the_best_are_told() -> None:
    pairs = [(one.accession, other.accession) for one in FAMILY[:3] for other in (BETA, *FAMILY[4:7])]
    found = search(*pairs).find(ALPHA, BETA)
    assert found.num_interologs > len(found.interologs) == 10
    joint = [one.joint_identity for one in found.interologs]
    assert joint == sorted(joint, reverse=True)
