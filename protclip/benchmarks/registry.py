"""The 22 benchmarks of Zhou et al. 2025: what each asks, what counts, and how large the published sets are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from protclip.errors import InputError

Family = Literal["labelled", "cross-modal", "similarity", "interaction"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One row of the paper's tables.

    ``headline`` names the metric that is compared, ``published_sizes`` the published numbers of train, valid and test
    (0 where a set has no such parts). ``source`` says where the data are to be had and how large they are.
    """

    key: str
    title: str
    family: Family
    headline: str
    published_sizes: tuple[int, int, int] = (0, 0, 0)
    source: str


_PEER = "PEER's archive {} at miladeepgraphlearningproteindata.s3.us-east-2.amazonaws.com/peerdata/"
_TAPE = "TAPE's archive {} at s3.amazonaws.com/songlabdata/proteindata/data_pytorch/"
_FLIP = "FLIP's splits/{}/splits.zip (github.com/J-SNACKKB/FLIP)"
_DEEPFRI = "DeepFRI's preprocessing/data/nrPDB-{}_* (github.com/flatironinstitute/DeepFRI)"
PRIMEKG = (
    "PrimeKG's kg.csv and nodes.csv (Harvard Dataverse doi 10.7910/DVN/IXA7BM, kg.csv 982 MB) and BioBridge's "
    "data/Processed, a table for each of six types of node (github.com/RyanWangZf/BioBridge, Git LFS)"
)
"""The source of every cross-modal benchmark."""
_PROBE = (
    "PROBE's similarity matrices, 500 x 500 for each aspect, and coordinates of some 250 pairs for each "
    "(github.com/kansil/PROBE)"
)
_GNN_PPI = "GNN-PPI's {} (github.com/lvguofeng/GNN_PPI)"

BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark(
        key="bin", title="Binary localisation (Bin)", family="labelled", headline="accuracy",
        published_sizes=(5161, 1727, 1746), source=_PEER.format("subcellular_localization_2.tar.gz"),
    ),
    Benchmark(
        key="sub", title="Subcellular localisation (Sub)", family="labelled", headline="accuracy",
        published_sizes=(8945, 2248, 2768), source=_PEER.format("subcellular_localization.tar.gz"),
    ),
    Benchmark(
        key="ec", title="Enzyme class (EC)", family="labelled", headline="f_max",
        published_sizes=(15551, 1729, 1919), source=_DEEPFRI.format("EC_2020.04"),
    ),
    Benchmark(
        key="go-bp", title="Biological process (GO-BP)", family="labelled", headline="f_max",
        published_sizes=(29902, 3323, 3416), source=_DEEPFRI.format("GO_2019.06.18"),
    ),
    Benchmark(
        key="go-mf", title="Molecular function (GO-MF)", family="labelled", headline="f_max",
        published_sizes=(29902, 3323, 3416), source=_DEEPFRI.format("GO_2019.06.18"),
    ),
    Benchmark(
        key="go-cc", title="Cellular component (GO-CC)", family="labelled", headline="f_max",
        published_sizes=(29902, 3323, 3416), source=_DEEPFRI.format("GO_2019.06.18"),
    ),
    Benchmark(
        key="beta-lac", title="Beta-lactamase activity", family="labelled", headline="spearman",
        published_sizes=(4158, 520, 520), source=_PEER.format("beta_lactamase.tar.gz"),
    ),
    Benchmark(
        key="aav", title="AAV capsid fitness (two vs many)", family="labelled", headline="spearman",
        source=_FLIP.format("aav"),
    ),
    Benchmark(
        key="thermo", title="Thermostability (human cell)", family="labelled", headline="spearman",
        source=_FLIP.format("meltome"),
    ),
    Benchmark(
        key="flu", title="Fluorescence", family="labelled", headline="spearman",
        published_sizes=(21446, 5362, 27217), source=_TAPE.format("fluorescence.tar.gz"),
    ),
    Benchmark(
        key="sta", title="Stability", family="labelled", headline="spearman",
        published_sizes=(53571, 2512, 12851), source=_TAPE.format("stability.tar.gz"),
    ),
    Benchmark(
        key="prot2bp", title="Protein to biological process", family="cross-modal", headline="mrr", source=PRIMEKG
    ),
    Benchmark(
        key="prot2mf", title="Protein to molecular function", family="cross-modal", headline="mrr", source=PRIMEKG
    ),
    Benchmark(
        key="prot2cc", title="Protein to cellular component", family="cross-modal", headline="mrr", source=PRIMEKG
    ),
    Benchmark(key="prot2drug", title="Protein to drug", family="cross-modal", headline="mrr", source=PRIMEKG),
    Benchmark(key="disease2prot", title="Disease to protein", family="cross-modal", headline="mrr", source=PRIMEKG),
    Benchmark(
        key="ssi-mf", title="Semantic similarity (MF)", family="similarity", headline="spearman", source=_PROBE
    ),
    Benchmark(
        key="ssi-bp", title="Semantic similarity (BP)", family="similarity", headline="spearman", source=_PROBE
    ),
    Benchmark(
        key="ssi-cc", title="Semantic similarity (CC)", family="similarity", headline="spearman", source=_PROBE
    ),
    Benchmark(
        key="shs27k", title="Interaction types (SHS27k)", family="interaction", headline="micro_f1",
        source=_GNN_PPI.format("protein.actions.SHS27k.STRING.txt and protein.SHS27k.sequences.dictionary.tsv")
        + ", 1,690 proteins in 7,624 pairs",
    ),
    Benchmark(
        key="shs148k", title="Interaction types (SHS148k)", family="interaction", headline="micro_f1",
        source=_GNN_PPI.format("protein.actions.SHS148k.STRING.txt and protein.SHS148k.sequences.dictionary.tsv")
        + ", 5,189 proteins",
    ),
    Benchmark(
        key="string", title="Interaction types (STRING)", family="interaction", headline="micro_f1",
        source="9606.protein.actions.v11.0.txt.gz and 9606.protein.sequences.v11.0.fa.gz (string-db.org)",
    ),
)  # fmt: skip


def benchmark_of(key: str, among: Sequence[Benchmark] = BENCHMARKS) -> Benchmark:
    """The benchmark of a key. Raises InputError that lists the keys there are."""
    for benchmark in among:
        if benchmark.key == key:
            return benchmark
    raise InputError(f"there is no benchmark {key!r}. Choose one of {', '.join(b.key for b in among)}")
