"""From proteins to terms and drugs, and from diseases to proteins: the tasks of BioBridge on PrimeKG.

A held-out head is in no training triplet, in either direction: embeddings learned from the graph alone (TransE,
DistMult) have nothing to place it by, and are not among the baselines. Shapes: H held-out heads, T training heads,
N tails, D features.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

from protclip.benchmarks.cross_modal_graph import Bools, CrossModalData, NodeEmbedder, embedded_graph
from protclip.benchmarks.held_out import bootstrap
from protclip.benchmarks.interaction_baselines import kmer_rows
from protclip.benchmarks.results import Measurement
from protclip.benchmarks.tasks import BenchmarkRun
from protclip.data.knowledge_graph import Ints
from protclip.errors import InputError
from protclip.predict.bridge import Bridge, Question, Spaces, rank, tail_ranks
from protclip.predict.bridge_nodes import PROTEIN_TYPE
from protclip.predict.bridge_training import FitOptions, fit, triplets_by_question

Scores = npt.NDArray[np.float32]

TASKS: Mapping[str, tuple[str, tuple[str, ...], str]] = {
    "prot2bp": (PROTEIN_TYPE, ("interacts with",), "biological_process"),
    "prot2mf": (PROTEIN_TYPE, ("interacts with",), "molecular_function"),
    "prot2cc": (PROTEIN_TYPE, ("interacts with",), "cellular_component"),
    "prot2drug": (PROTEIN_TYPE, ("target", "enzyme", "transporter", "carrier"), "drug"),
    "disease2prot": ("disease", ("associated with",), PROTEIN_TYPE),
}
"""Benchmark key to type of the heads, relations as PrimeKG displays them, and type of the tails."""
OPTIONS = FitOptions(width=128, num_layers=1, num_heads=4, epochs=4, batch_size=512, learning_rate=2e-3)
"""Of a bridge that two cores train in minutes; BioBridge's has 768, 6 and 12, which `FitOptions` gives."""
NUM_NEIGHBOURS = 10
"""Training heads whose tails a held-out head gets from its neighbours."""
_HIT = 10
_FEWEST_UNSEEN = 30
"""Heads of held-out clusters from which on they are measured apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One relation of a task: rows (H,) of the held-out heads in their type's space, and what is true of them (H, N).

    ``known`` are the heads (T,) in training, with what is true of those (T, N).
    """

    question: Question
    heads: Ints
    true: Bools
    known: Ints
    known_true: Bools


def measure_cross_modal(
    key: str,
    folder: Path,
    embedder: NodeEmbedder,
    seeds: Sequence[int] = (42,),
    options: FitOptions = OPTIONS,
) -> Iterator[BenchmarkRun]:
    """Measure an encoder on one of `TASKS` by a bridge over its frozen spaces, and by its cosine alone.

    Of a source of proteins' rows there is no cosine with texts, and nearest heads only where these are proteins.

    "mrr" is the mean over held-out heads of the mean reciprocal rank of each one's true tails among all tails of the
    type, other true tails left out; "mrr/raw" counts those too. "hit_at_10" is the mean share of a head's true tails
    with a rank of at most 10. Where there are several relations each pair of head and relation counts as a head. Of
    the shipped checkpoint, "mrr/unseen" is over proteins of clusters that it was not trained on.

    A bridge learns all questions of the graph at once; within a process it is trained once for a seed, whatever the
    number of tasks.

    Parameters
    ----------
    folder
        PrimeKG's kg.csv and nodes.csv, and BioBridge's data/Processed as Processed/.
    seeds
        Of the bridges; the split is always the same.

    Raises
    ------
    AssetError
        If a file is missing.
    InputError
        If the graph has no held-out head for the task.
    """
    data = embedded_graph(folder, embedder)
    asked = tuple(questions_of(key, data))
    answers = chain(
        _untrained(data, TASKS[key][0], embedder), _bridges(folder, embedder, data, seeds, options)
    )
    for answer in answers:
        yield BenchmarkRun(
            model=answer.model,
            fingerprint=answer.fingerprint,
            seed=answer.seed,
            data=f"PrimeKG {key} {data.sha256[:12]}",
            measured=tuple(_measured(data, asked, answer)),
            note=data.note,
        )


@lru_cache(maxsize=2)
def trained_bridge(folder: Path, embedder: NodeEmbedder, options: FitOptions) -> Bridge:
    """Train a bridge over the training part of a graph; kept for the next task."""
    data = embedded_graph(folder, embedder)
    return fit(data.train, data.spaces, options)


def questions_of(key: str, data: CrossModalData) -> Iterator[Asked]:
    """The relations of a task with held-out heads.

    Raises
    ------
    InputError
        If there is none.
    """
    head_type, relations, tail_type = TASKS[key]
    training = {t.question: t for t in triplets_by_question(data.train)}
    wanted = {(head_type, relation, tail_type) for relation in relations}
    found = [t for t in triplets_by_question(data.test) if t.question in wanted]
    if not found:
        raise InputError(
            f"{key}: no held-out {head_type} is related to a {tail_type} by {' or '.join(relations)}. Give PrimeKG, "
            "or a larger graph of its form"
        )
    for held in found:
        known = training.get(held.question)
        heads, rows = np.unique(held.heads), np.unique(known.heads) if known else np.zeros(0, dtype=np.int64)
        yield Asked(
            question=held.question,
            heads=heads,
            true=held.true[heads],
            known=rows,
            known_true=known.true[rows] if known else np.zeros((0, held.true.shape[1]), dtype=np.bool_),
        )


def by_frequency(asked: Asked) -> Scores:
    """How many training heads have a tail: the same order for every head."""
    counts = asked.known_true.sum(axis=0, dtype=np.float32)
    return np.tile(counts, (len(asked.heads), 1))


def by_neighbours(rows: npt.NDArray[np.float32], asked: Asked) -> Scores:
    """The tails of the ten training heads with the most alike rows (n, D), by likeness; frequency breaks ties."""
    alike_HT = rows[asked.heads] @ rows[asked.known].T
    furthest = np.sort(alike_HT, axis=1)[:, -min(NUM_NEIGHBOURS, alike_HT.shape[1]) :][:, :1]
    weights_HT = np.where(alike_HT >= furthest, np.maximum(alike_HT, 0), 0)
    tie_breaker = by_frequency(asked) * np.float32(1e-6 / max(len(asked.known), 1))
    return weights_HT.astype(np.float32) @ asked.known_true.astype(np.float32) + tie_breaker


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What ranks tails: its name, the embedder's fingerprint where it has one, its seed, and scores (H, N)."""

    model: str
    scores: Callable[[Asked], Scores]
    fingerprint: str = ""
    seed: int = 0


def _untrained(data: CrossModalData, head_type: str, embedder: NodeEmbedder) -> Iterator[_Answer]:
    """What needs no training, first without the embedder and then by its spaces."""
    yield _Answer(model="frequency", scores=by_frequency)
    if head_type == PROTEIN_TYPE:
        rows = kmer_rows(data.sequences)
        yield _Answer(model="nearest sequences", scores=lambda asked: by_neighbours(rows, asked))
    spaces = data.spaces
    if embedder.source is None or head_type == PROTEIN_TYPE:
        yield _Answer(
            model=f"{embedder.name}, nearest heads",
            scores=lambda asked: by_neighbours(spaces[asked.question[0]].rows, asked),
            fingerprint=embedder.fingerprint,
        )
    if embedder.source is None:
        yield _Answer(
            model=f"{embedder.name}, zero-shot",
            scores=lambda asked: (
                spaces[asked.question[0]].rows[asked.heads] @ spaces[asked.question[2]].rows.T
            ),
            fingerprint=embedder.fingerprint,
        )


def _bridges(
    folder: Path, embedder: NodeEmbedder, data: CrossModalData, seeds: Sequence[int], options: FitOptions
) -> Iterator[_Answer]:
    texts = "" if embedder.source is None else f" to {embedder.encoder.name} texts"
    for seed in seeds:
        bridge = trained_bridge(folder, embedder, replace(options, seed=seed))
        yield _Answer(
            model=f"{embedder.name}, bridge{texts}",
            scores=partial(_by_bridge, bridge, data.spaces),
            fingerprint=embedder.fingerprint,
            seed=seed,
        )


def _by_bridge(bridge: Bridge, spaces: Spaces, asked: Asked) -> Scores:
    return rank(bridge, spaces, asked.question, asked.heads)


def _measured(data: CrossModalData, asked: Sequence[Asked], answer: _Answer) -> Iterator[Measurement]:
    per_head: dict[str, list[float]] = {"mrr": [], "mrr/raw": [], "hit_at_10": []}
    for one in asked:
        scores = answer.scores(one)
        filtered = tail_ranks(scores, one.true, filtered=True)
        per_head["mrr"] += [float((1 / ranks).mean()) for ranks in filtered]
        per_head["hit_at_10"] += [float((ranks <= _HIT).mean()) for ranks in filtered]
        raw = tail_ranks(scores, one.true, filtered=False)
        per_head["mrr/raw"] += [float((1 / ranks).mean()) for ranks in raw]
    for metric, values in per_head.items():
        yield bootstrap(metric, np.array(values), answer.seed)
    if data.unseen is not None and asked[0].question[0] == PROTEIN_TYPE:
        of_unseen = np.concatenate([data.unseen[one.heads] for one in asked])
        if of_unseen.sum() >= _FEWEST_UNSEEN:
            yield bootstrap("mrr/unseen", np.array(per_head["mrr"])[of_unseen], answer.seed)
