"""How well mutation scores rank measured variants: Spearman's correlation, against BLOSUM62 and one-hot ridge.

``python -m protclip.predict.mutation_benchmark --data FOLDER --output results/mutation.csv``, or on assays of
ProteinGym with ``--assay FILE.csv``
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
from scoring_matrices.lib import ScoringMatrix

from protclip.benchmarks.formats.proteingym_csv import read_proteingym
from protclip.benchmarks.held_out import bootstrap
from protclip.benchmarks.results import Measurement, append_rows
from protclip.data.atlas import PROTEINS
from protclip.data.ontology import Ontology
from protclip.encode import Encoder
from protclip.predict.mutation import MutationScan, MutationScanner, VariantScore
from protclip.predict.mutation_assays import Assay, Places, read_assays, read_stability
from protclip.predict.mutation_network import (
    FOLDS,
    KINDS,
    Features,
    Floats,
    cross_validate,
    fit_network,
    spearman,
)
from protclip.predict.profile import HomologueSearch
from protclip.predict.supervised_mutation import changed_positions, features_of
from protclip.starter import atlas_path, ontology_path

PARTS = ("speed", "beta-lactamase", "pabp", "dlg4", "gb1", "stability")
DEVELOPMENT = ("pabp", "dlg4")
"""The assays that weights, label limit, pseudo-counts and features were chosen on; the others were only measured."""
NUM_STABILITY_HEADS = 2
"""Wild types of the stability set on which heads are fitted, the first ones."""
_RESAMPLES = 500
_SPEED_LENGTH = 300
_FULL, _ONE_HOT = "head", "one-hot"

Row = Mapping[str, object]


class Benchmark:
    """A scanner, and rows of results/mutation.csv by assay."""

    def __init__(self, scanner: MutationScanner, seed: int, say: Callable[[str], None]) -> None:
        self.scanner, self._seed, self._say = scanner, seed, say

    def assay(self, assay: Assay) -> Iterator[Row]:
        """All that is measured on one assay."""
        scan = self.scanner.scan(assay.sequence)
        yield from self.zero_shot(assay, scan)
        yield from self.heads(assay, scan)

    def zero_shot(self, assay: Assay, scan: MutationScan) -> Iterator[Row]:
        """Every score of a scan and BLOSUM62 against the measurements; what the labels have in common."""
        found = self.scanner.score(scan, assay.variants)
        for name, column in score_columns(found).items():
            yield self._row(
                assay.name, _spearman_interval(f"{name}/spearman", column, assay.values, self._seed)
            )
        ranks = np.argsort(np.argsort(assay.values)) / len(assay.values)
        for name in ("deleterious", "neutral", "beneficial"):
            has_it = np.array([score.label == name for score in found])
            if has_it.any():
                yield self._row(assay.name, bootstrap(f"label/{name}/mean_rank", ranks[has_it], self._seed))

    def heads(self, assay: Assay, scan: MutationScan) -> Iterator[Row]:
        """Heads and one-hot ridge on the source's splits, or by nested cross-validation where it has none."""
        features = features_of(self.scanner, scan, assay.variants, changed_positions(assay.variants))
        plain = one_hot(features)
        methods = [(f"{_FULL}/{kind}", features, kind) for kind in KINDS] + [
            (f"{_ONE_HOT}/ridge", plain, KINDS[0])
        ]
        for name, seen, kind in methods:
            self._say(f"{assay.name}: {name}")
            for split, (train, test) in assay.splits.items():
                network = fit_network(seen.rows(train), assay.values[train], kind, self._seed)
                told = network.predict(seen.rows(test))
                found = _spearman_interval(f"{name}/spearman", told, assay.values[test], self._seed)
                yield self._row(f"{assay.name}/{split}", found)
            if not assay.splits:
                value = cross_validate(seen, assay.values, kind, self._seed).spearman
                benchmark = f"{assay.name}/{FOLDS}-fold"
                yield {
                    "benchmark": benchmark,
                    "metric": f"{name}/spearman",
                    "value": value,
                    "n": len(assay.values),
                }

    def stability(self, assays: Sequence[Assay]) -> Iterator[Row]:
        """Means over the wild types, each ranked on its own; heads on the first few of them."""
        columns: dict[str, list[float]] = {}
        for number, assay in enumerate(assays):
            scan = self.scanner.scan(assay.sequence)
            for name, column in score_columns(self.scanner.score(scan, assay.variants)).items():
                columns.setdefault(f"{name}/spearman", []).append(spearman(column, assay.values))
            self._say(f"{assay.name}: {len(scan.homologues)} homologues")
            if number < NUM_STABILITY_HEADS:
                for row in self.heads(assay, scan):
                    columns.setdefault(str(row["metric"]), []).append(float(str(row["value"])))
        for name, values in columns.items():
            measured = bootstrap(name, np.array(values), self._seed)
            yield self._row(f"stability/mean of {len(values)} wild types", measured)

    def speed(self, sequence: str) -> Iterator[Row]:
        """Seconds of one scan with everything loaded."""
        start = time.perf_counter()
        self.scanner.scan(sequence)
        seconds = time.perf_counter() - start
        yield {"benchmark": "speed", "metric": "scan/seconds", "value": seconds, "n": len(sequence)}

    def _row(self, benchmark: str, measured: Measurement) -> Row:
        return {"benchmark": benchmark} | dict(measured.row())


def score_columns(found: Sequence[VariantScore]) -> dict[str, Floats]:
    """Scores (N,) by name, with the combined one and BLOSUM62."""
    columns: dict[str, Floats] = {}
    for name in found[0].scores:
        columns[name] = np.array([score.scores[name] for score in found])
    return {
        **columns,
        "combined": np.array([score.combined for score in found]),
        "blosum62": np.array([_blosum(score) for score in found]),
    }


def one_hot(features: Features) -> Features:
    """Of the features of a head, the residues at the changed positions alone."""
    nothing = features.residues[:, :0]
    return Features(residues=features.residues, combined=nothing, exchanged=nothing, embedding=nothing)


def _blosum(score: VariantScore) -> float:
    blosum = ScoringMatrix.from_name("BLOSUM62")
    return float(sum(blosum[change.wild, change.mutant] for change in score.variant.substitutions))


def _spearman_interval(
    metric: str, predicted: Floats, measured: npt.NDArray[np.float64], seed: int
) -> Measurement:
    """Spearman's correlation with its 95% interval over resampled variants."""
    rng = np.random.default_rng(seed)
    draws: list[Places] = [rng.integers(0, len(measured), len(measured)) for _ in range(_RESAMPLES)]
    low, high = np.quantile([spearman(predicted[d], measured[d]) for d in draws], (0.025, 0.975))
    value = spearman(predicted, measured)
    return Measurement(metric=metric, value=value, low=float(low), high=float(high), n=len(measured))


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), help="Folder of the assays of --part.")
@click.option(
    "--part", "parts", type=click.Choice(PARTS), multiple=True, default=PARTS, help="Only this; may recur."
)
@click.option(
    "--assay",
    "files",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="A substitution assay of ProteinGym (CSV) in place of --data; may recur.",
)
@click.option("--seed", default=17, show_default=True, help="Folds, networks and bootstrap.")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="CSV file to append rows to.")
def main(data: Path | None, parts: tuple[str, ...], files: tuple[Path, ...], seed: int, output: Path) -> None:
    """Measure every mutation score and the heads with the shipped model, part by part, and append to a table."""
    if (data is None) == (not files):
        raise click.UsageError(
            "give either --data, the folder of the assays, or --assay, files of ProteinGym"
        )
    given = [read_proteingym(path) for path in files]
    assays = {assay.name: assay for assay in (given if data is None else read_assays(data))}
    encoder, table = Encoder.from_pretrained(), pq.read_table(atlas_path() / PROTEINS)
    ontology = Ontology.read_parquet(ontology_path())
    scanner = MutationScanner(encoder, HomologueSearch.of_table(table), ontology)
    benchmark = Benchmark(scanner, seed, lambda text: click.echo(text, err=True))
    for part in parts if data else assays:
        if data and part == "speed":
            lengths = (len(sequence) for sequence in table.column("sequence").to_pylist())
            rows = benchmark.speed(table.column("sequence")[list(lengths).index(_SPEED_LENGTH)].as_py())
        elif data and part == "stability":
            rows = benchmark.stability(read_stability(data))
        else:
            rows = benchmark.assay(assays[part])
        role = "development" if part in DEVELOPMENT else "reported"
        facts = {"model": encoder.name, "fingerprint": encoder.fingerprint, "seed": seed}
        facts |= {"data": f"atlas of {len(table)} proteins; {role}"}
        what = f"--data DATA --part {part}" if data else f"--assay {part}.csv"
        command = f"python -m protclip.predict.mutation_benchmark {what} --seed {seed}"
        append_rows(output, [facts | dict(row) for row in rows], command=command)


if __name__ == "__main__":
    main()
