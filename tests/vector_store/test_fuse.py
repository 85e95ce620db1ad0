from pathlib import Path

import numpy as np
import pytest
import qdrant_edge as qe
from hypothesis import given
from hypothesis import strategies as st

from protclip.errors import InputError
from vector_store.fuse import RRF_K, example_vector, fuse

LEGS = ("protein", "biotext", "lexical")
orders = st.permutations([f"P{n}" for n in range(6)]).flatmap(
    lambda p: st.integers(0, 6).map(lambda k: p[:k])
)


def test_ranks_and_scores_by_hand() -> None:
    fused = fuse({"protein": ["A", "B"], "lexical": ["B", "C"]}, {"protein": 1.0, "lexical": 1.0}, k=60)
    assert [f.accession for f in fused] == ["B", "A", "C"]
    assert fused[0].score == pytest.approx(1 / 61 + 1 / 60)
    assert fused[0].leg_ranks == (("protein", 2), ("lexical", 1))


def test_equal_scores_go_by_accession() -> None:
    fused = fuse({"protein": ["Z"], "biotext": ["A"]}, {"protein": 1.0, "biotext": 1.0})
    assert [f.accession for f in fused] == ["A", "Z"]


@given(st.tuples(orders, orders, orders))
def test_legs_may_come_in_any_order(found: tuple[list[str], list[str], list[str]]) -> None:
    weights = {"protein": 1.0, "biotext": 2.0, "lexical": 0.5}
    forward = fuse(dict(zip(LEGS, found, strict=True)), weights)  # type: ignore[arg-type]
    backward = fuse(dict(reversed(list(zip(LEGS, found, strict=True)))), weights)  # type: ignore[arg-type]
    assert {f.accession: pytest.approx(f.score) for f in forward} == {f.accession: f.score for f in backward}


@pytest.mark.parametrize("weights", [(1.0, 1.0), (2.0, 1.0), (0.5, 3.0), (1.0, 0.0)])
def test_it_is_qdrants_own_fusion(tmp_path: Path, weights: tuple[float, float]) -> None:
    rng = np.random.default_rng(5)
    params = qe.EdgeVectorParams(size=8, distance=qe.Distance.Cosine)
    shard = qe.EdgeShard.create(
        str(tmp_path / "s"), qe.EdgeConfig(vectors={"protein": params, "biotext": params})
    )
    rows = rng.normal(size=(40, 2, 8))
    names = [f"P{n:02d}" for n in range(40)]
    points = [
        qe.Point(id=n, vector={"protein": a.tolist(), "biotext": b.tolist()}, payload={"accession": names[n]})
        for n, (a, b) in enumerate(rows)
    ]
    shard.update(qe.UpdateOperation.upsert_points(points))
    queries = {
        leg: qe.Query.Nearest(rng.normal(size=8).tolist(), using=leg) for leg in ("protein", "biotext")
    }
    legs = {
        leg: [
            p.payload["accession"] for p in shard.query(qe.QueryRequest(limit=15, query=q, with_payload=True))
        ]
        for leg, q in queries.items()
    }
    theirs = shard.query(
        qe.QueryRequest(
            limit=40,
            query=qe.Fusion.Rrf(k=RRF_K, weights=list(weights)),
            prefetches=[qe.Prefetch(limit=15, query=q) for q in queries.values()],
            with_payload=True,
        )
    )
    shard.close()
    ours = fuse(legs, dict(zip(legs, weights, strict=True)))  # type: ignore[arg-type]
    expected = {p.payload["accession"]: p.score for p in theirs}
    assert len(ours) == len(expected)
    assert {f.accession: f.score for f in ours} == pytest.approx(expected, rel=1e-5)


def test_examples_point_towards_the_positive_and_away_from_the_negative() -> None:
    x, y = np.eye(2, dtype=np.float32)
    np.testing.assert_allclose(example_vector([x, y], []), [0.70710677, 0.70710677])
    np.testing.assert_allclose(example_vector([x], [y]), np.array([2, -1]) / np.sqrt(5), rtol=1e-6)
    with pytest.raises(InputError, match="at least one protein"):
        example_vector([], [y])
    with pytest.raises(InputError, match="cancel"):
        example_vector([x], [2 * x])
