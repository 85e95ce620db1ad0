from collections import Counter
from itertools import product

import numpy as np
import pytest

from protclip.data.sampling import (
    SamplingRule,
    Stratum,
    cluster_probabilities,
    draw,
    draw_by_cluster,
    expected_size,
    judge,
    num_properties,
)
from protclip.errors import InputError
from protclip.records import Biotext

RULE = SamplingRule(seed=3)
STRATA = [Stratum(existence=c, num_properties=r) for c, r in product(range(1, 6), range(1, 5))]


def stratum(existence, properties):
    return Stratum(existence=existence, num_properties=properties)


@pytest.mark.parametrize(
    ("labels", "counted"),
    [
        ([], 1),
        (["PROTEIN NAME"], 1),
        (["FUNCTION"], 2),
        (["PROTEIN NAME", "FUNCTION", "SIMILARITY"], 3),
        (["PROTEIN NAME", "FUNCTION", "SUBCELLULAR LOCATION", "SIMILARITY"], 4),
    ],
)
def test_the_name_always_counts(labels, counted):
    assert num_properties(Biotext(properties=tuple((label, "x") for label in labels))) == counted


def test_probabilities_are_those_of_the_paper_rounded_as_printed():
    table = {(1, 3): 0.866, (2, 3): 0.108, (3, 3): 0.0321, (1, 4): 1.0, (2, 4): 0.125, (3, 4): 0.0370}
    for each in STRATA:
        printed = table.get((each.existence, each.num_properties), 0.0)
        assert RULE.probability(each) == pytest.approx(printed, abs=3e-4)


def test_the_hard_filter_says_what_it_drops():
    rule = SamplingRule(coverage_exponent=0, existence_exponent=0)
    verdicts = {(s.existence, s.num_properties): judge("P1", s, rule) for s in STRATA}
    assert {v for (c, _), v in verdicts.items() if c > 3} == {"existence 4 or 5"}
    assert {v for (c, r), v in verdicts.items() if c <= 3 and r < 3} == {"coverage below 3/4"}
    assert {v for (c, r), v in verdicts.items() if c <= 3 and r >= 3} == {"kept"}
    assert judge("P1", stratum(None, 4), rule) == "existence unknown"


def test_draws_are_uniform_and_differ_by_seed():
    draws = np.array([draw(f"A{i:06d}", 17) for i in range(20_000)])
    assert draws.min() >= 0
    assert draws.max() < 1
    counts = np.histogram(draws, bins=20, range=(0, 1))[0]
    # chi-square with 19 degrees of freedom exceeds 43.8 once in a thousand.
    assert ((counts - 1000) ** 2 / 1000).sum() < 43.8
    other = np.array([draw(f"A{i:06d}", 18) for i in range(20_000)])
    assert abs(np.corrcoef(draws, other)[0, 1]) < 0.03


def test_what_is_kept_depends_on_neither_order_nor_shards_and_sampling_twice_changes_nothing():
    accessions = [f"Q{i}" for i in range(3_000)]

    def kept(names):
        return [name for name in names if judge(name, stratum(2, 4), RULE) == "kept"]

    whole = kept(accessions)
    assert set(kept(accessions[::-1])) == set(whole)
    assert kept(accessions[:1_000]) + kept(accessions[1_000:]) == whole
    assert kept(whole) == whole
    assert 0 < len(whole) < len(accessions)


def test_a_milder_rule_keeps_all_that_a_harder_one_keeps():
    mild, hard = (SamplingRule(existence_exponent=e, seed=3) for e in (2, 3))
    names = [f"Q{i}" for i in range(3_000)]
    by_rule = [{n for n in names if judge(n, stratum(2, 3), rule) == "kept"} for rule in (mild, hard)]
    assert by_rule[0] > by_rule[1]


def clusters(size):
    return {
        s: [f"{s.existence}-{s.num_properties}-{i}" for i in range(size * i_s)]
        for i_s, s in enumerate(STRATA)
    }


def test_the_form_of_the_paper_is_the_same_in_expectation_exactly():
    sizes = {s: 7 * n for n, s in enumerate(STRATA)}
    num_draws = expected_size(sizes, RULE)
    for each, probability in cluster_probabilities(sizes, RULE).items():
        by_cluster = num_draws * probability
        by_entry = sizes[each] * RULE.probability(each)
        assert by_cluster == pytest.approx(by_entry, rel=1e-12)
    assert sum(cluster_probabilities(sizes, RULE).values()) == pytest.approx(1)


def test_both_forms_drawn_agree_within_chance():
    members = clusters(400)
    sizes = {s: len(m) for s, m in members.items()}
    num_draws = round(expected_size(sizes, RULE))
    by_cluster = Counter(s for s, _ in draw_by_cluster(members, num_draws, RULE))
    by_entry = Counter(s for s, m in members.items() for name in m if judge(name, s, RULE) == "kept")
    assert by_cluster.keys() <= {s for s in STRATA if RULE.probability(s)}
    for each, names in members.items():
        expected = len(names) * RULE.probability(each)
        # Five standard deviations of a Poisson number bound both.
        assert abs(by_entry[each] - expected) <= 5 * expected**0.5 + 1e-9
        assert abs(by_cluster[each] - expected) <= 5 * expected**0.5 + 1e-9


def test_the_cluster_form_draws_members_of_the_cluster_uniformly():
    members = {stratum(1, 4): ["a", "b"], stratum(4, 4): ["never"]}
    drawn = Counter(name for _, name in draw_by_cluster(members, 2_000, RULE))
    assert set(drawn) == {"a", "b"}
    assert abs(drawn["a"] - 1_000) < 150


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["coverage_exponent", "existence_exponent"])
def test_an_exponent_that_gives_no_probability_is_told(name, value):
    with pytest.raises(InputError, match=f"{name.replace('_', ' ')} .* finite number of at least 0"):
        SamplingRule(**{name: value})


def test_what_is_no_stratum_is_told():
    with pytest.raises(InputError, match="existence level 6 is not 1 to 5"):
        stratum(6, 1)
    with pytest.raises(InputError, match="0 properties are not 1 to 4"):
        stratum(1, 0)
    with pytest.raises(InputError, match="no cluster can be drawn"):
        cluster_probabilities({stratum(4, 4): 9, stratum(1, 4): 0}, RULE)
