"""The tables of docs/scale.md, computed from the measured rows of results/scaling.csv.

``python -m protclip.benchmarks.scaling results/scaling.csv --page docs/scale.md`` writes them into the page.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from protclip.benchmarks.scaling_rows import EXACT_POINTS, Scaling, Speed, read_scaling
from protclip.errors import InputError

_GIB = 2**30

GROWN = "protclip-mini"
"""The model whose growth was measured."""

_GROWTH_ROWS = (
    ("encode: CPU seconds", "encode/cpu_s"),
    ("encode: peak memory, MiB", "encode/peak_mib"),
    ("encode: file, MiB", "encode/disk_mib"),
    ("index: CPU seconds", "index/cpu_s"),
    ("index: peak memory, MiB", "index/peak_mib"),
    ("index: disk, MiB", "index/disk_mib"),
    ("search: CPU seconds a query", "search/cpu_s_a_query"),
    ("search: CPU seconds to begin", "search/cpu_s_to_begin"),
    ("search: peak memory, MiB", "search/peak_mib"),
    ("annotate: CPU seconds a protein", "annotate/cpu_s_a_protein"),
    ("annotate: CPU seconds to begin", "annotate/cpu_s_to_begin"),
    ("annotate: peak memory, MiB", "annotate/peak_mib"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is assumed of the large collection and the cluster; none of it was measured.

    ``mean_residues`` is Swiss-Prot's mean of proteins cut at 1,022 residues. ``dimension`` and ``vectors`` are of the
    shipped index: protein and biotext. ``overhead`` and the bytes of a number are Qdrant's (documentation, "Capacity
    Planning"); ``links`` is HNSW's m, of which the ground layer keeps twice as many, 4 bytes each (Malkov and
    Yashunin 2018).
    """

    num_proteins: int = 251_500_000
    mean_residues: float = 345.0
    processes: int = 64
    dimension: int = 256
    vectors: int = 2
    overhead: float = 1.5
    links: int = 16
    replicas: int = 2
    node_gib: float = 256.0
    usable_share: float = 0.8

    def vector_gib(self, bytes_a_number: int) -> float:
        """Memory of one copy of all vectors by Qdrant's formula, in GiB."""
        numbers = self.num_proteins * self.vectors * self.dimension
        return numbers * bytes_a_number * self.overhead / _GIB

    @property
    def graph_gib(self) -> float:
        """Memory of the links of one copy, in GiB."""
        return self.num_proteins * self.vectors * 2 * self.links * 4 / _GIB

    def nodes(self, bytes_a_number: int) -> int:
        """Machines that hold vectors and links of all replicas."""
        needed = self.replicas * (self.vector_gib(bytes_a_number) + self.graph_gib)
        return math.ceil(needed / (self.node_gib * self.usable_share))


def growth_table(scaling: Scaling, plan: Plan) -> str:
    """Each cost at each size, what a further protein adds, and the exponent."""
    sizes = sorted({n for series in scaling.growth.values() for n in series.points})
    head = ["", *(f"{n:,}" for n in sizes), "a further million adds", "exponent"]
    body = []
    for label, metric in _GROWTH_ROWS:
        if series := scaling.growth.get(metric):
            values = [shown(series.points[n]) if n in series.points else "" for n in sizes]
            body.append([label, *values, shown(series.slope * 1e6), shown(series.exponent, 2)])
    return _table(head, body)


def speed_table(scaling: Scaling, plan: Plan) -> str:
    """Residues a CPU second of the plain loop and of `Encoder`, how many times faster, and the least cosine."""
    head = ["shape", "residues", "plain, fp32", "plain, bf16", "ours, fp32", "ours, bf16"]
    head += [
        f"{what}, {kind}" for what in ("times faster", "least cosine", "centred") for kind in ("fp32", "bf16")
    ]
    body = []
    for speed in scaling.speeds:
        rates = [
            shown(1 / speed.cpu_s_a_residue(run))
            for run in ("plain_fp32", "plain_bfloat16", "encoder_fp32", "encoder_bfloat16")
        ]
        ours = [
            shown(speed.of(f"encoder_{kind}/{metric}"), digits)
            for metric, digits in (("times_faster", 2), ("least_cosine", 5), ("least_cosine_centred", 5))
            for kind in ("fp32", "bfloat16")
        ]
        body.append([speed.shape, f"{speed.num_residues:,}", *rates, *ours])
    return _table(head, body)


def hours_table(scaling: Scaling, plan: Plan) -> str:
    """Core-hours for all proteins, and hours on the processes of the plan."""
    encoding, indexing = scaling.growth["encode/cpu_s"], scaling.growth["index/cpu_s"]
    hours = plan.num_proteins / 3600
    work = [
        (f"encode, {GROWN}", encoding.slope * hours),
        *((f"encode, {s.shape} in bf16 on CPUs", _encode_core_hours(s, plan)) for s in scaling.speeds),
        ("encode, texts and load, no graph", indexing.up_to(EXACT_POINTS).slope * hours),
        ("graphs of one replica, at least", indexing.beyond_exact * hours),
    ]
    body = [[label, shown(taken), shown(taken / plan.processes)] for label, taken in work]
    return _table(["work", "core-hours", f"hours on {plan.processes} cores"], body)


def _encode_core_hours(speed: Speed, plan: Plan) -> float:
    return speed.cpu_s_a_residue("encoder_bfloat16") * plan.mean_residues * plan.num_proteins / 3600


def cluster_table(scaling: Scaling, plan: Plan) -> str:
    """Disk and memory of the index, and machines for it."""
    millions = plan.num_proteins / 1e6
    disk = {
        name: scaling.growth[f"{name}/disk_mib"].slope * 1e6 * millions / 1024 for name in ("encode", "index")
    }
    body = [
        ["embeddings of proteins on disk, GiB", shown(disk["encode"]), shown(disk["encode"])],
        ["index on disk, one replica, GiB", shown(disk["index"]), shown(disk["index"])],
        ["vectors in memory, one replica, GiB", *(shown(plan.vector_gib(size)) for size in (4, 1))],
        ["links of the graphs in memory, one replica, GiB", *[shown(plan.graph_gib)] * 2],
        [
            f"all {plan.replicas} replicas, GiB",
            *(shown(plan.replicas * (plan.vector_gib(size) + plan.graph_gib)) for size in (4, 1)),
        ],
        [f"machines of {plan.node_gib:.0f} GiB", *(str(plan.nodes(size)) for size in (4, 1))],
        [
            "shards, two a machine, million proteins each",
            *(
                f"{2 * plan.nodes(size)}, {shown(millions * plan.replicas / (2 * plan.nodes(size)))}"
                for size in (4, 1)
            ),
        ],
    ]
    return _table(["", "float32 in memory", "int8 in memory, float32 on disk"], body)


TABLES: Mapping[str, Callable[[Scaling, Plan], str]] = {
    "growth": growth_table,
    "speed": speed_table,
    "hours": hours_table,
    "cluster": cluster_table,
}
"""By the name that stands above each in docs/scale.md: ``<!-- scaling: NAME -->``."""


def shown(value: float, digits: int = 3) -> str:
    """So many significant digits, or whole numbers with separators; nothing for NaN."""
    if math.isnan(value):
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.{digits}g}"


def _table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def with_tables(page: str, tables: Mapping[str, str]) -> str:
    """A page whose tables, each from its marker ``<!-- scaling: NAME -->`` to the next empty line, are these."""
    for name, table in tables.items():
        marker = f"<!-- scaling: {name} -->\n\n"
        before, found, after = page.partition(marker)
        if not found:
            raise InputError(f"the page has no line {marker.strip()}; put it where the table is to stand")
        page = before + marker + table + "\n\n" + after.partition("\n\n")[2]
    return page


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--page", type=click.Path(path_type=Path), help="Page to put the tables into [default: print them]."
)
def main(path: Path, page: Path | None) -> None:
    """Compute the tables of docs/scale.md."""
    scaling, plan = read_scaling(path), Plan()
    tables = {name: table(scaling, plan) for name, table in TABLES.items()}
    if page is None:
        click.echo("\n\n".join(tables.values()))
    else:
        page.write_text(with_tables(page.read_text(encoding="utf-8"), tables), encoding="utf-8")


if __name__ == "__main__":
    main()
