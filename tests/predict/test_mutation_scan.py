"""Scans: what must be zero, what must add up, what is missing and said to be."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from protclip.errors import InputError
from protclip.predict.marginals import masked_marginals
from protclip.predict.mutation import DELETERIOUS_AT, SCORES, MutationScanner, combined, label
from protclip.predict.profile import HomologueSearch
from protclip.predict.variants import all_substitutions, apply_variant, parse_variant
from protclip.records import Annotation, Protein
from protclip.sequence import RESIDUES

tiny_encoder = runpy.run_path(str(Path(__file__).with_name("tiny_encoder.py")))["tiny_encoder"]
WILD = "MKVLAAGITGHHKKLAWWRRDDPYFNQECTSSGLIVKADEHW"
FUNCTION = Annotation(kind="function", text="ATP binding.")
FAMILY = [
    Protein(accession=f"H{i}", sequence=WILD[:3] + letter + WILD[4:], annotations=(FUNCTION,) if i else ())
    for i, letter in enumerate("MIVFAC")
]


@pytest.fixture(scope="module", params=["k-mers", "blocks"])
def scanner(request):
    encoder = tiny_encoder(
        blocks=int(request.param == "blocks"), residue_objectives=request.param == "blocks"
    )
    return MutationScanner(encoder, HomologueSearch(FAMILY))


@pytest.fixture(scope="module")
def scan(scanner):
    return scanner.scan(WILD)


def test_synonymous_changes_and_the_wild_type_score_zero(scanner, scan):
    is_wild = np.array(list(WILD))[:, None] == np.array(list(RESIDUES))
    for grid in (*scan.scores.values(), scan.combined):
        assert grid.shape == (len(WILD), 20)
        assert np.abs(grid[is_wild]).max() == 0
        assert np.isfinite(grid).all()
    synonymous, both, plain = scanner.score(scan, [parse_variant(v) for v in ("K2K", "K2K:V3A", "V3A")])
    assert set(synonymous.scores.values()) == {0.0}
    assert synonymous.label == "neutral"
    assert both.scores == pytest.approx(plain.scores, abs=1e-6)


def test_a_conserved_position_scores_worse_than_a_variable_one(scanner, scan):
    variable, conserved = scanner.score(scan, [parse_variant("L4I"), parse_variant("L15I")])
    for name in ("profile", "conservation"):
        assert conserved.scores[name] < variable.scores[name]
    assert conserved.scores["profile"] < -1
    assert scan.effective_number > 3


def test_scores_of_multiple_mutants_are_sums_in_any_order_but_the_match_is_that_of_the_mutant(scanner, scan):
    first, second, together, turned = scanner.score(
        scan, [parse_variant(v) for v in ("W17A", "W18F", "W17A:W18F", "W18F:W17A")]
    )
    assert together == turned
    for name in scan.scores:
        if name != "text_match":
            assert together.scores[name] == pytest.approx(first.scores[name] + second.scores[name])
    mutant = apply_variant(together.variant, WILD)
    wild, changed = scanner.encoder.proteins([WILD, mutant]) @ scan.text_row
    assert together.scores["text_match"] == pytest.approx(changed - wild, abs=1e-6)
    assert together.combined == pytest.approx(combined(together.scores))


def test_the_grid_of_the_match_equals_encoding_mutant_by_mutant(scanner, scan):
    for variant in list(all_substitutions(WILD))[::97]:
        (change,) = variant.substitutions
        rows = [scanner.encoder.proteins([s])[0] for s in (WILD, apply_variant(variant, WILD))]
        slow = float((rows[1] - rows[0]) @ scan.text_row)
        assert scan.scores["text_match"][change.position - 1, RESIDUES.index(change.mutant)] == pytest.approx(
            slow, abs=1e-5
        )


def test_marginals_are_there_where_the_checkpoint_has_them(scanner, scan):
    missing = [w for w in scan.warnings if "there are no marginals" in w]
    if scanner.encoder.model.protein_model is None:
        assert set(scan.scores) == set(SCORES) - {"masked", "wild_type"}
        assert len(missing) == 1
    else:
        assert set(scan.scores) == set(SCORES)
        assert not missing
        log_probabilities = masked_marginals(scanner.encoder, WILD)
        a, w = RESIDUES.index("A"), RESIDUES.index("W")
        expected = log_probabilities[16, a] - log_probabilities[16, w]
        assert scan.scores["masked"][16, a] == pytest.approx(expected)


def test_the_text_is_the_users_else_the_proteins_else_a_homologues(scanner, scan):
    assert scan.text == "FUNCTION: ATP binding."
    assert "the text is that of the homologue H1" in scan.warnings  # nothing is known of H0, which is as near
    own = Protein(accession="P", sequence=WILD, annotations=(Annotation(kind="function", text="Kinase."),))
    assert scanner.scan(WILD, protein=own).text == "FUNCTION: Kinase."
    given = scanner.scan(WILD, protein=own, text="kinase")
    assert given.text == "kinase"
    np.testing.assert_allclose(given.text_row, scanner.encoder.texts(["kinase"])[0], atol=1e-6)


def test_a_protein_that_resembles_nothing_is_scored_by_blosum_and_told_so(scanner):
    alone = scanner.scan("GPGPGPSNSNSNQGQGWCWC")
    assert "text_match" not in alone.scores
    assert any("20 of 20 positions have no homologue" in warning for warning in alone.warnings)
    assert any("give a text" in warning for warning in alone.warnings)
    assert alone.effective_number == 1


def test_positions_without_a_standard_residue_have_no_scores(scanner):
    scan = scanner.scan(WILD[:20] + "X" + WILD[21:])
    for grid in (*scan.scores.values(), scan.combined):
        assert np.isnan(grid[20]).all()
        assert np.isfinite(np.delete(grid, 20, axis=0)).all()


def test_a_variant_of_another_sequence_is_refused(scanner, scan):
    with pytest.raises(InputError, match="the sequence has V at 3, not K"):
        scanner.score(scan, [parse_variant("V3A"), parse_variant("K3A")])


def test_progress_is_told_and_may_end_the_scan(scanner):
    stages = {}
    scanner.scan(WILD, progress=lambda what, done, total: stages.update({what: (done, total)}))
    assert stages["proteins aligned"] == (6, 6)
    assert stages["mutants encoded"][0] == stages["mutants encoded"][1] == 19 * len(WILD) + 1

    def stop(what, done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scanner.scan(WILD, progress=stop)


@pytest.mark.parametrize(
    ("total", "profile", "expected"),
    [
        (DELETERIOUS_AT, 1.0, "deleterious"),
        (DELETERIOUS_AT + 0.01, -2.0, "neutral"),
        (0.0, 0.0, "neutral"),
        (DELETERIOUS_AT + 0.01, 0.1, "beneficial"),
    ],
)
def test_labels_follow_the_rule(total, profile, expected):
    assert label(total, profile) == expected


def test_variants_named_beforehand_score_as_in_the_whole_scan_without_encoding_the_rest(scanner, monkeypatch):
    variants = [parse_variant(text) for text in ("K2G", "K2G:V3L")]
    whole = scanner.score(scanner.scan(WILD, text="kinase"), variants)
    encoded = []
    proteins = scanner.encoder.proteins
    monkeypatch.setattr(
        scanner.encoder, "proteins", lambda given, **rest: encoded.extend(given) or proteins(given, **rest)
    )
    scan = scanner.scan(WILD, text="kinase", only=variants)
    assert len(encoded) == 2
    for found, expected in zip(scanner.score(scan, variants), whole, strict=True):
        assert found.combined == expected.combined
        assert found.scores == pytest.approx(expected.scores, abs=1e-6)
    assert np.isfinite(scan.combined).all()
