"""Making what is shipped: a checkpoint, the atlas it encodes, ontology, split, and the manifest over all."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from protclip import starter
from protclip.data.atlas import Atlas, choose_atlas, write_atlas
from protclip.data.biotext import describe
from protclip.data.build import ONTOLOGY
from protclip.data.files import sha256_of, write_json
from protclip.data.ontology import Ontology
from protclip.data.shards import Manifest, read_shards
from protclip.data.splits import Splits, read_clusters
from protclip.data.term_vectors import TermVectors, write_term_vectors
from protclip.data.term_wordings import make_term_vectors
from protclip.encode import Encoder
from protclip.errors import InputError
from protclip.model.checkpoint_files import CONFIG, WEIGHTS

SPLITS_FILE, CLUSTERS_FILE = "splits.parquet", "clusters.parquet"
RUN_LOG = "run.jsonl"
LICENCE = "UniProt and Gene Ontology data: CC BY 4.0; weights: Apache-2.0"
_MIN_TERM_PROTEINS = 10
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of Swiss-Prot's vocabulary an atlas has.

    ``num_terms`` counts the GO terms (with ancestors) of at least ten proteins, ``num_covered`` those
    of them that a protein of the atlas carries.
    """

    num_proteins: int
    num_named: int
    num_terms: int
    num_covered: int

    @property
    def share(self) -> float:
        """Share of the terms covered, 0 to 1."""
        return self.num_covered / self.num_terms if self.num_terms else 1.0


def make_release(
    checkpoint: Path, data: Path, folder: Path, *, size: int, card: Path | None, say: Say
) -> Coverage:
    """Write everything shipped into ``folder``.

    Parameters
    ----------
    checkpoint
        Folder of the checkpoint to ship; the run log beside it (``../run.jsonl``) is shipped too.
    data
        Folder of `protclip data build` and `protclip data split`.
    size
        Proteins wanted in the atlas; see `choose_atlas`.
    card
        Model card (Markdown), shipped as README.md of the checkpoint.
    say
        Told what is done now.

    Raises
    ------
    InputError
        If ``data`` lacks the ontology or the clusters, or neither its split nor the one shipped so far
        is the split the checkpoint was trained on.
    """
    if not (checkpoint.parent / RUN_LOG).is_file():
        raise InputError(
            f"{checkpoint.parent / RUN_LOG} is missing: give the checkpoint folder of a run, beside its log"
        )
    for name in (ONTOLOGY, CLUSTERS_FILE):
        if not (data / name).is_file():
            raise InputError(
                f"{data / name} is missing. Run: protclip data build, then protclip data split {data}"
            )
    say("copying the checkpoint")
    _copy_checkpoint(checkpoint, folder / starter.CHECKPOINT)
    if card is not None:
        shutil.copyfile(card, folder / starter.CHECKPOINT / "README.md")
    ontology = Ontology.read_parquet(data / ONTOLOGY)
    ontology.write_parquet(folder / starter.ONTOLOGY, definitions=False)
    _ship_split(checkpoint.parent / RUN_LOG, data / SPLITS_FILE, folder / starter.SPLITS)
    say("choosing proteins")
    atlas, coverage = _make_atlas(folder / starter.CHECKPOINT, data, ontology, size, say)
    write_atlas(atlas, folder / starter.ATLAS)
    say("encoding the terms of the atlas")
    write_term_vectors(_make_terms(folder / starter.CHECKPOINT, atlas, ontology), folder / starter.TERMS)
    _write_manifest(folder, data, atlas.fingerprint)
    return coverage


def _copy_checkpoint(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for name in (CONFIG, WEIGHTS):
        shutil.copyfile(source / name, target / name)
    lines = "".join(log.read_text(encoding="utf-8") for log in run_logs(source))
    (target / RUN_LOG).write_text(lines, encoding="utf-8")


def run_logs(checkpoint: Path) -> list[Path]:
    """The logs of the runs that led to a checkpoint, the first one first: a run may start from another's."""
    log = checkpoint.parent / RUN_LOG
    if not log.is_file():
        return []
    events = (json.loads(line) for line in log.read_text(encoding="utf-8").splitlines())
    start: dict[str, Any] = next((event for event in events if event["event"] == "start"), {})
    earlier = start.get("config", {}).get("model", {}).get("checkpoint", "")
    return [*(run_logs(Path(earlier)) if earlier else []), log]


def _ship_split(run_log: Path, built: Path, target: Path) -> None:
    """Ship the split of the run: with another one, held-out numbers of this checkpoint would be wrong."""
    events = [json.loads(line) for line in run_log.read_text(encoding="utf-8").splitlines()]
    trained_on = next((event["split"] for event in events if event["event"] == "start"), "unknown")
    for path in (built, target):
        if path.is_file() and Splits.read(path).fingerprint == trained_on:
            if path != target:
                shutil.copyfile(path, target)
            return
    raise InputError(
        f"the run was trained on the split {trained_on[:12]}, which is neither {built} nor {target}. "
        "Put its splits.parquet there"
    )


def _make_atlas(
    checkpoint: Path, data: Path, ontology: Ontology, size: int, say: Say
) -> tuple[Atlas, Coverage]:
    proteins = [p for p in read_shards(data) if p.annotations or p.name]
    closures = [
        ontology.closure(a.id for a in p.of_kind("go") if a.id in ontology) - set(ontology.roots)
        for p in proteins
    ]
    representative_of = read_clusters(data / CLUSTERS_FILE)
    clusters = [representative_of[p.accession] for p in proteins]
    chosen = choose_atlas(proteins, closures, clusters, size=size, min_term_proteins=_MIN_TERM_PROTEINS)
    kept = tuple(proteins[i] for i in chosen)
    say(f"encoding {len(kept):,} proteins")
    encoder = Encoder.from_pretrained(checkpoint)
    atlas = Atlas(
        proteins=kept,
        protein_vectors=encoder.proteins([p.sequence for p in kept]),
        biotext_vectors=encoder.biotexts([describe(p, ontology) for p in kept]),
        fingerprint=encoder.fingerprint,
    )
    return atlas, coverage_of([closures[i] for i in chosen], closures, kept)


def _make_terms(checkpoint: Path, atlas: Atlas, ontology: Ontology) -> TermVectors:
    """Vectors of all terms that proteins of the atlas have or imply."""
    carried = ontology.closure(a.id for p in atlas.proteins for a in p.of_kind("go") if a.id in ontology)
    ids = tuple(sorted(carried - set(ontology.roots)))
    encoder = Encoder.from_pretrained(checkpoint)
    return make_term_vectors(ids, ontology, encoder.texts, encoder.fingerprint)


def coverage_of(
    chosen: list[frozenset[str]], every: list[frozenset[str]], kept: tuple[object, ...]
) -> Coverage:
    """Count the terms of ten or more proteins that the chosen closures cover."""
    counts: dict[str, int] = {}
    for closure in every:
        for term in closure:
            counts[term] = counts.get(term, 0) + 1
    frequent = {term for term, count in counts.items() if count >= _MIN_TERM_PROTEINS}
    covered = frequent & set().union(*chosen)
    named = sum(bool(getattr(p, "name", "")) for p in kept)
    return Coverage(
        num_proteins=len(kept), num_named=named, num_terms=len(frequent), num_covered=len(covered)
    )


def _write_manifest(folder: Path, data: Path, fingerprint: str) -> None:
    source = dict(Manifest.read(data / "manifest.json").provenance)
    made_of = {
        starter.CHECKPOINT: "trained by train/pretrain.py (see its run.jsonl) on: ",
        starter.ATLAS: f"encoded by the checkpoint {fingerprint}; proteins of: ",
        starter.TERMS: f"wordings of GO terms, encoded by the checkpoint {fingerprint}: ",
        starter.ONTOLOGY: "terms of: ",
        starter.SPLITS: "clusters of: ",
    }
    told = "; ".join(f"{key}: {value}" for key, value in source.items())
    files = {}
    for name, prefix in made_of.items():
        path = folder / name
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            facts = {"bytes": file.stat().st_size, "sha256": sha256_of(file), "provenance": prefix + told}
            files[file.relative_to(folder).as_posix()] = facts
    write_json(folder / starter.MANIFEST, {"fingerprint": fingerprint, "licence": LICENCE, "files": files})
