"""Numbers that others published, and where they were read; what could not be confirmed is left out."""

from dataclasses import dataclass

_NOTES = (
    "Zhou et al., AAAI 2025 (ProtCLIP), by way of two independent readers' notes: trislaz/biofm-survey and "
    "Kaibo-Zheng/Capper-paper-notes"
)
_PROTST = "ProtST (Xu et al. 2023), as ProtGO (Hu et al., NeurIPS 2024) repeats its table"
_PEER = "PEER leaderboard (Xu et al. 2022)"
_GNN_PPI = "Lv et al. 2021 (GNN-PPI), the table in its repository"

_NETWORKS = ("SHS27k", "SHS148k", "STRING")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedTable:
    """A table of others: ``rows`` are (name, value per column or None); ``source`` says where each row was read."""

    title: str
    metric: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[float | None, ...], str], ...]


PUBLISHED_TABLES = (
    PublishedTable(
        title="Function annotation, full fine-tuning (DeepFRI sets)",
        metric="Fmax",
        columns=("EC", "GO-BP", "GO-MF", "GO-CC"),
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
        columns=("EC", "GO-BP", "GO-MF", "GO-CC"),
        rows=(
            ("ProtCLIP", (0.906, 0.567, 0.696, 0.582), _NOTES),
            ("ProtST-ESM-2", (None, 0.342, 0.647, 0.364), _PROTST),
        ),
    ),
    PublishedTable(
        title="Cross-modal transformation (PrimeKG)",
        metric="MRR",
        columns=("to BP", "to MF", "to CC", "to drug", "disease to protein"),
        rows=(
            ("ProtCLIP", (0.224, 0.475, 0.414, 0.409, 0.161), _NOTES),
            ("BioBridge", (0.136, 0.326, 0.319, 0.172, 0.084), _NOTES),
        ),
    ),
    PublishedTable(
        title="Location (accuracy, %) and fitness (Spearman)",
        metric="as each column says",
        columns=("two locations", "ten locations", "β-lactamase", "fluorescence", "stability"),
        rows=(
            ("CNN", (82.67, 58.73, 0.781, 0.682, 0.637), _PEER),
            ("LSTM", (88.11, 62.98, 0.139, 0.494, 0.533), _PEER),
            ("ProtBert", (91.32, 76.53, 0.731, 0.679, 0.771), _PEER),
            ("ProtBert, frozen", (81.54, 59.44, 0.616, 0.339, 0.697), _PEER),
            ("ESM-1b", (92.40, 78.13, 0.839, 0.679, 0.694), _PEER),
            ("ESM-1b, frozen", (91.61, 79.82, 0.528, 0.430, 0.750), _PEER),
        ),
    ),
    PublishedTable(
        title="Types of interaction",
        metric="micro F1, %, splits random / BFS / DFS",
        columns=tuple(f"{data} {split}" for data in _NETWORKS for split in ("random", "BFS", "DFS")),
        rows=(
            ("GNN-PPI", (87.91, 63.81, 74.72, 92.26, 71.37, 82.67, 95.43, 78.37, 91.07), _GNN_PPI),
            ("PIPR", (83.31, 44.48, 57.80, 90.05, 61.83, 63.98, 94.43, 55.65, 67.45), _GNN_PPI),
        ),
    ),
    PublishedTable(
        title="Similarity of proteins by GO (PROBE, sparse set)",
        metric="Spearman",
        columns=("MF", "BP", "CC"),
        rows=(
            ("KeAP", (0.406, 0.406, 0.400), "the results file in KeAP's repository"),
            ("composition of amino acids", (-0.012, 0.214, 0.091), "the results file in PROBE's repository"),
        ),
    ),
)  # fmt: skip
