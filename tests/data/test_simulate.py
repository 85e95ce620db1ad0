import json
from collections import Counter

import pytest

from protclip.cli import main
from protclip.data import simulate as simulation
from protclip.data.sampling import SamplingRule
from protclip.data.shards import write_shards
from protclip.data.simulate import as_unreviewed, measure, simulate
from protclip.data.statistics import PUBLISHED
from protclip.errors import InputError
from protclip.records import Annotation, Protein

NUM = 200_000


@pytest.fixture(scope="module")
def records():
    return list(simulate(NUM, seed=1))


def test_the_marginals_are_the_published_ones_within_chance(records):
    published = PUBLISHED["ProtAnno-D"]
    for values, shares in (
        (Counter(r.stratum.existence for r in records), published.existence),
        (Counter(r.stratum.num_properties for r in records), published.coverage),
    ):
        for number, share in enumerate(shares, 1):
            assert abs(values[number] - NUM * share) <= 5 * (NUM * share) ** 0.5 + 1


def test_level_and_properties_are_independent(records):
    both = Counter((r.stratum.existence, r.stratum.num_properties) for r in records)
    expected = NUM * 0.3269 * 0.0793
    assert abs(both[3, 4] - expected) < 5 * expected**0.5


def test_records_are_distinct_and_repeat_with_the_seed(records):
    assert len({r.accession for r in records}) == NUM
    assert list(simulate(1_000, seed=1)) == records[:1_000]
    assert list(simulate(1_000, seed=2)) != records[:1_000]
    with pytest.raises(InputError, match="0 records cannot be simulated"):
        next(simulate(0, seed=1))


def test_what_is_kept_is_what_is_expected_and_memory_does_not_grow_by_the_record(records):
    cost = measure(records, NUM, SamplingRule())
    assert abs(cost.kept - cost.expected) < 5 * cost.expected**0.5
    assert len(cost.memory) == 10
    # 200,000 remembered accessions would take 13 MB and more.
    assert cost.set_bytes < 100_000
    assert cost.hours_for(NUM) == pytest.approx(cost.cpu_seconds / 3600)
    assert 0 < cost.cpu_seconds < cost.seconds + 0.1


def test_memory_stays_flat_while_records_stream():
    cost = measure(simulate(NUM, seed=3), NUM, SamplingRule())
    assert cost.memory[-1] - cost.memory[1] < 8_000_000


def test_real_proteins_go_through_their_texts(tmp_path):
    full = tuple(Annotation(kind=kind, text="x.") for kind in ("function", "location", "similarity"))
    proteins = [
        Protein(accession=f"P{i}", sequence="MKV", name="x", reviewed=True, annotations=full, existence=1)
        for i in range(3)
    ]
    records = list(as_unreviewed([*proteins, Protein(accession="Q", sequence="M")], None, seed=1))
    assert [r.stratum.num_properties for r in records] == [4, 4, 4, 1]
    assert [r.stratum.existence for r in records[:3]] == [1, 1, 1]
    assert measure(records, 4, SamplingRule()).kept == 3


def test_the_verb_says_the_same_in_both_formats(tmp_path, capsys):
    for extra in ([], ["--format", "json"]):
        with pytest.raises(SystemExit) as exit_:
            main(["data", "simulate", "--records", "3000", *extra])
        assert exit_.value.code == 0
    shown = capsys.readouterr().out
    told = json.loads(shown[shown.index("{") :])
    assert told["num_records"] == 3000
    assert f"kept {told['kept']:,}" in shown
    folder = tmp_path / "shards"
    write_shards([Protein(accession="P1", sequence="MKV", name="x")], folder, {"source": "made up"})
    with pytest.raises(SystemExit):
        main(["data", "simulate", "--shards", str(folder)])
    assert "1 records in" in capsys.readouterr().out


def test_peak_memory_is_that_of_a_python_process():
    assert 10_000_000 < simulation.peak_memory() < 100_000_000_000
