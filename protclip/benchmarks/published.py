"""Numbers that others published, and where they were read; what could not be confirmed is left out."""

from dataclasses import dataclass

_NOTES = (
    "Zhou et al., AAAI 2025 (ProtCLIP), by way of two independent readers' notes: trislaz/biofm-survey and "
    "Kaibo-Zheng/Capper-paper-notes"
)
_PROTST = "ProtST (Xu et al. 2023), as ProtGO (Hu et al., NeurIPS 2024) repeats its table"
_PEER = "PEER leaderboard (Xu et al. 2022)"
_GNN_PPI = "Lv et al. 2021 (GNN-PPI), the table in its repository"

_ANNOTATION = ("ec", "go-bp", "go-mf", "go-cc")
_NETWORKS = ("SHS27k", "SHS148k", "STRING")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedTable:
    """A table of others: ``rows`` are (name, value per column or None, where it was read).

    ``benchmarks`` has the key of each column's benchmark, ``measure`` what `Benchmark.headline` calls the metric.
    """

    title: str
    metric: str
    measure: str
    columns: tuple[str, ...]
    benchmarks: tuple[str, ...]
    rows: tuple[tuple[str, tuple[float | None, ...], str], ...]

    @property
    def is_percent(self) -> bool:
        """Whether the values are per cent."""
        return "%" in self.metric


PUBLISHED_TABLES = (
    PublishedTable(
        title="Function annotation, full fine-tuning (DeepFRI sets)",
        metric="Fmax",
        measure="f_max",
        columns=("EC", "GO-BP", "GO-MF", "GO-CC"),
        benchmarks=_ANNOTATION,
        rows=(
            ("ProtCLIP", (0.908, 0.574, 0.691, 0.541), _NOTES),
            ("ProtST-ESM-2", (0.878, 0.482, 0.668, 0.487), _PROTST),
            ("ProtST-ESM-1b", (0.878, 0.480, 0.661, 0.488), _PROTST),
            ("ESM-2", (0.874, 0.472, 0.662, 0.472), _PROTST),
            ("ESM-1b", (0.869, 0.452, 0.659, 0.477), _PROTST),
        ),
    ),
    PublishedTable(
        title="Function annotation, full fine-tuning (DeepFRI sets)",
        metric="AUPR",
        measure="aupr",
        columns=("EC", "GO-BP", "GO-MF", "GO-CC"),
        benchmarks=_ANNOTATION,
        rows=(
            ("ProtCLIP", (0.906, 0.567, 0.696, 0.582), _NOTES),
            ("ProtST-ESM-2", (None, 0.342, 0.647, 0.364), _PROTST),
        ),
    ),
    PublishedTable(
        title="Cross-modal transformation (PrimeKG)",
        metric="MRR",
        measure="mrr",
        columns=("to BP", "to MF", "to CC", "to drug", "disease to protein"),
        benchmarks=("prot2bp", "prot2mf", "prot2cc", "prot2drug", "disease2prot"),
        rows=(
            ("ProtCLIP", (0.224, 0.475, 0.414, 0.409, 0.161), _NOTES),
            ("BioBridge", (0.136, 0.326, 0.319, 0.172, 0.084), _NOTES),
        ),
    ),
    PublishedTable(
        title="Location",
        metric="accuracy, %",
        measure="accuracy",
        columns=("two locations", "ten locations"),
        benchmarks=("bin", "sub"),
        rows=(
            ("CNN", (82.67, 58.73), _PEER),
            ("LSTM", (88.11, 62.98), _PEER),
            ("ProtBert", (91.32, 76.53), _PEER),
            ("ProtBert, frozen", (81.54, 59.44), _PEER),
            ("ESM-1b", (92.40, 78.13), _PEER),
            ("ESM-1b, frozen", (91.61, 79.82), _PEER),
        ),
    ),
    PublishedTable(
        title="Fitness",
        metric="Spearman",
        measure="spearman",
        columns=("β-lactamase", "fluorescence", "stability"),
        benchmarks=("beta-lac", "flu", "sta"),
        rows=(
            ("CNN", (0.781, 0.682, 0.637), _PEER),
            ("LSTM", (0.139, 0.494, 0.533), _PEER),
            ("ProtBert", (0.731, 0.679, 0.771), _PEER),
            ("ProtBert, frozen", (0.616, 0.339, 0.697), _PEER),
            ("ESM-1b", (0.839, 0.679, 0.694), _PEER),
            ("ESM-1b, frozen", (0.528, 0.430, 0.750), _PEER),
        ),
    ),
    PublishedTable(
        title="Types of interaction",
        metric="micro F1, %, splits random / BFS / DFS",
        measure="micro_f1",
        columns=tuple(f"{data} {split}" for data in _NETWORKS for split in ("random", "BFS", "DFS")),
        benchmarks=tuple(data.lower() for data in _NETWORKS for _ in range(3)),
        rows=(
            ("GNN-PPI", (87.91, 63.81, 74.72, 92.26, 71.37, 82.67, 95.43, 78.37, 91.07), _GNN_PPI),
            ("PIPR", (83.31, 44.48, 57.80, 90.05, 61.83, 63.98, 94.43, 55.65, 67.45), _GNN_PPI),
        ),
    ),
    PublishedTable(
        title="Similarity of proteins by GO (PROBE, sparse set)",
        metric="Spearman",
        measure="spearman",
        columns=("MF", "BP", "CC"),
        benchmarks=("ssi-mf", "ssi-bp", "ssi-cc"),
        rows=(
            ("KeAP", (0.406, 0.406, 0.400), "the results file in KeAP's repository"),
            ("composition of amino acids", (-0.012, 0.214, 0.091), "the results file in PROBE's repository"),
        ),
    ),
)  # fmt: skip

SOURCES = tuple(dict.fromkeys(source for table in PUBLISHED_TABLES for _, _, source in table.rows))
"""Where the numbers were read; the table of benchmarks cites them by their place here, from 1."""


def published_words(key: str, headline: str) -> tuple[str, ...]:
    """What others reached on a benchmark by its headline metric: name, value as a share of 1, number of the source.

    A benchmark with several columns (ways to split) has them behind the name, in their order.
    """
    return tuple(
        f"{name}: {', '.join(found)} [{SOURCES.index(source) + 1}]"
        for table in PUBLISHED_TABLES
        if table.measure == headline
        for name, values, source in table.rows
        if (found := _values(table, values, key))
    )


def _values(table: PublishedTable, values: tuple[float | None, ...], key: str) -> list[str]:
    of_key = [
        (column, value / 100 if table.is_percent else value)
        for column, benchmark, value in zip(table.columns, table.benchmarks, values, strict=True)
        if benchmark == key and value is not None
    ]
    if len(of_key) == 1:
        return [f"{of_key[0][1]:.4g}"]
    return [f"{column.split()[-1]} {value:.4g}" for column, value in of_key]
