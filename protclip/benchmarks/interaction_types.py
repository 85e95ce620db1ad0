"""Types of interaction by the protocol of GNN-PPI and KeAP, for whatever makes rows of proteins.

Frozen rows go into KeAP's graph network, once as it was published and once without what makes it look better than
it is, and into the head of `protclip.predict.interaction`. Shapes: n proteins, E features, m pairs, T types.
"""

import hashlib
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from protclip.benchmarks.formats.gnn_ppi import SET_NAMES, read_interaction_set, read_published_split
from protclip.benchmarks.interaction_baselines import by_majority, by_protein, kmer_similarity, nearest_pairs
from protclip.benchmarks.pair_metrics import micro_f1_measurement
from protclip.benchmarks.results import Measurement
from protclip.benchmarks.tasks import BenchmarkRun, FeatureSource
from protclip.data.ppi_pairs import Labels, ProteinPairs
from protclip.data.ppi_splits import SPLIT_MODES, PairSplit, SplitMode, split_pairs
from protclip.predict.gin import KEAP, GinSettings, fit_gin
from protclip.predict.interaction import HeadOrigin
from protclip.predict.interaction_fit import fit_predictor
from protclip.predict.pair_head import HeadSettings
from protclip.predict.similarity import of_unit_length

Rows = npt.NDArray[np.float32]
MAX_COMPARED = 2_000_000_000
"""Held-out pairs times training pairs, up to which the nearest sequences are looked for."""
_HEAD, _GIN, _KEAP = "pair head", "GIN", "GIN as published"
_NOTE_PUBLISHED = "the published split"
_NOTE_KEAP = (
    "the held-out pairs are edges of the network and decide which epoch is kept, as GNN-PPI and KeAP have it"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionSettings:
    """How the three models are fitted, and whether what needs no model is measured as well."""

    head: HeadSettings = field(default_factory=HeadSettings)
    gin: GinSettings = field(default_factory=GinSettings)
    keap: GinSettings = KEAP
    baselines: bool = True


def measure_interaction(
    key: str,
    folder: Path,
    source: FeatureSource,
    seeds: Sequence[int] = (1, 2, 3),
    modes: Sequence[SplitMode] = SPLIT_MODES,
    settings: InteractionSettings | None = None,
) -> Iterator[BenchmarkRun]:
    """Measure a source of features on SHS27k, SHS148k or STRING.

    Micro-F1 at a probability of 0.5 over the held-out fifth of the pairs, whole and by how many of a pair's proteins
    are in training pairs. Where the folder has a split file of the mode every seed takes that split; else a seed
    draws its own, as GNN-PPI does. Rows are scaled to length 1, whatever their width.

    Parameters
    ----------
    key, folder
        A benchmark, and where its files are (`read_interaction_set`).
    seeds
        Draw split, weights and order.
    settings
        How models are fitted; the published values and ours where there are none.

    Raises
    ------
    AssetError
        If a file of the set is missing.
    """
    how = settings or InteractionSettings()
    data = read_interaction_set(key, folder)
    rows = of_unit_length(source.features(data.sequences))
    for mode in modes:
        published = read_published_split(key, folder, mode, len(data.pairs))
        for seed in seeds:
            question = _Question(
                data=data,
                split=published or split_pairs(data.pairs, mode, seed=seed),
                name=f"{SET_NAMES[key]} {mode}",
                seed=seed,
                note=_NOTE_PUBLISHED if published else "",
            )
            yield from _models(question, rows, source, how)
            if how.baselines:
                yield from type_baselines(question)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """A set of pairs with a split of it, what is to be said of that, and the seed."""

    data: ProteinPairs
    split: PairSplit
    name: str
    seed: int
    note: str = ""

    @property
    def train(self) -> ProteinPairs:
        return self.data.of(self.split.train)

    @property
    def held(self) -> ProteinPairs:
        return self.data.of(self.split.held_out)

    @property
    def data_name(self) -> str:
        held = hashlib.sha256(
            self.data.sha256.encode() + np.sort(self.split.held_out).astype("<i8").tobytes()
        )
        return f"{self.name} {held.hexdigest()[:12]}"

    def run(self, model: str, fingerprint: str, predicted: Labels, note: str = "") -> BenchmarkRun:
        """What came of predicted types (m, T) of the held-out pairs."""
        return BenchmarkRun(
            model=model,
            fingerprint=fingerprint,
            seed=self.seed,
            data=self.data_name,
            measured=tuple(self._measured(predicted)),
            note="; ".join(filter(None, (self.note, note))),
        )

    def _measured(self, predicted: Labels) -> Iterator[Measurement]:
        held = self.held
        num_known = np.isin(held.pairs, self.train.pairs).sum(axis=1)
        parts = {"": num_known >= 0, "/both_known": num_known == 2, "/one_known": num_known == 1}
        for name, chosen in (parts | {"/none_known": num_known == 0}).items():
            if chosen.any():
                yield micro_f1_measurement(
                    f"micro_f1{name}", predicted[chosen], held.labels[chosen], seed=self.seed
                )


def _models(
    question: _Question, rows: Rows, source: FeatureSource, how: InteractionSettings
) -> Iterator[BenchmarkRun]:
    train, held, seed = question.train, question.held, question.seed
    edges = question.data.pairs
    published = fit_gin(rows, train, how.keap, seed=seed, edges=edges, best_on=held)
    honest = fit_gin(rows, train, how.gin, seed=seed)
    for name, network, note in ((_KEAP, published, _NOTE_KEAP), (_GIN, honest, "")):
        predicted = network.probabilities(held.pairs) > 0.5
        yield question.run(f"{source.name}, {name}", source.fingerprint, predicted, note)
    origin = HeadOrigin(
        fingerprint=source.fingerprint,
        data=question.name,
        sha256=question.data.sha256,
        num_pairs=len(train.pairs),
        seed=seed,
    )
    head = fit_predictor(train, rows, origin, how.head, seed=seed)
    types = head.probabilities(rows[held.pairs[:, 0]], rows[held.pairs[:, 1]])[:, 1:]
    yield question.run(f"{source.name}, {_HEAD}", source.fingerprint, types > 0.5)


def type_baselines(question: _Question) -> Iterator[BenchmarkRun]:
    """What needs no model: the frequent types, those each of the two proteins has, those of the most alike pair."""
    train, held = question.train, question.held
    yield question.run("majority", "", by_majority(train.labels, len(held.pairs)) > 0.5)
    degree = by_protein(train.pairs, train.labels, held.pairs, len(question.data.accessions))
    yield question.run("degree", "", degree > 0.5)
    if len(train.pairs) * len(held.pairs) > MAX_COMPARED:
        warnings.warn(
            f"{question.name}: the nearest sequences are left out, {len(held.pairs):,} held-out pairs are too many "
            f"to compare with {len(train.pairs):,}",
            stacklevel=2,
        )
        return
    nearest = nearest_pairs(kmer_similarity(question.data.sequences), train.pairs, held.pairs)[0]
    yield question.run("nearest sequences", "", train.labels[nearest])
