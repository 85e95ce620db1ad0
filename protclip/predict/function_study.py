"""One study of function prediction: known proteins, held-out ones, a calibration, and what came out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np

from protclip.benchmarks.held_out import choose_held_out
from protclip.data.atlas import Atlas, read_atlas
from protclip.data.ontology import Ontology
from protclip.data.shards import read_shards
from protclip.data.splits import Splits
from protclip.data.term_vectors import TermVectors, read_term_vectors
from protclip.data.term_wordings import make_term_vectors
from protclip.encode import Encoder
from protclip.predict.calibration import Calibration, fit_calibration
from protclip.predict.ec_benchmark import HeldOutEnzymes, gather_enzymes, measured_enzymes
from protclip.predict.function_benchmark import (
    HeldOut,
    gather,
    measured,
    methods_of,
    strata_by,
)
from protclip.predict.neighbours import AtlasSource
from protclip.predict.search_programs import ProgramName
from protclip.predict.term_evidence import TermColumns, TermRows
from protclip.predict.transfer_baselines import kmer_transfer, program_transfer
from protclip.records import Protein
from protclip.starter import atlas_path, ontology_path, splits_path, terms_path

Say = Callable[[str], None]
KMERS = "3-mers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What is studied; see the options of ``protclip calibrate``."""

    data: Path
    known: str = "atlas"
    model: Path | None = None
    limit: int = 5000
    seed: int = 17
    test: bool = False
    baselines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The calibration, and rows for results/function.csv."""

    calibration: Calibration
    rows: tuple[Mapping[str, object], ...]


def study(options: Study, say: Say) -> Outcome:
    """Fit on validation clusters; measure on test clusters, or on validation proteins the weights had not seen.

    Raises
    ------
    AssetError
        If data, model or the program of a baseline is missing.
    """
    encoder = Encoder.from_pretrained(options.model)
    ontology, splits = Ontology.read_parquet(ontology_path()), Splits.read(splits_path())
    everything = [p for p in read_shards(options.data) if p.of_kind("go")]
    known = _known(options.known, everything, encoder, splits)
    say(f"{len(known.proteins):,} known proteins ({options.known}, training clusters)")
    columns = TermColumns.counted(ontology, known.proteins)
    rows = TermRows(_terms(encoder, ontology, known.proteins), columns)
    source = AtlasSource(known, options.known, encoder.fingerprint)

    def gathered(split: str) -> HeldOut:
        held = choose_held_out(everything, splits, split, limit=options.limit, seed=options.seed)  # type: ignore[arg-type]
        say(f"{len(held):,} {split} proteins")
        return gather(
            held, encoder, source, columns, rows, lambda done, total: say(f"{split} {done:,}/{total:,}")
        )

    enzymes = [p for p in everything if p.of_kind("ec")]

    def gathered_enzymes(split: str) -> HeldOutEnzymes:
        held = choose_held_out(enzymes, splits, split, limit=options.limit, seed=options.seed)  # type: ignore[arg-type]
        say(f"{len(held):,} {split} proteins with an EC number")
        return gather_enzymes(held, encoder, source)

    valid, valid_enzymes = gathered("valid"), gathered_enzymes("valid")
    facts = {"fingerprint": encoder.fingerprint, "source": options.known}
    facts["fitted_on"] = f"{len(valid.proteins)} validation proteins of splits {splits.fingerprint[:12]}"
    calibration = replace(_fit(valid, columns, facts), ec=valid_enzymes.fit())
    if calibration.ec is None:
        say("too few EC numbers were found by homologues to fit a probability to: theirs stay uncalibrated")
    if options.test:
        told = _measure(gathered("test"), known.proteins, calibration, columns, options)
        told += measured_enzymes(gathered_enzymes("test"), calibration.ec)
    else:
        told = _by_halves(valid, known.proteins, columns, facts, options)
        half = len(valid_enzymes.true) // 2
        told += measured_enzymes(
            valid_enzymes.part(slice(half, None)), valid_enzymes.part(slice(0, half)).fit()
        )
    common = {
        "model": encoder.name, "fingerprint": encoder.fingerprint, "seed": str(options.seed),
        "data": f"{options.known}, splits {splits.fingerprint[:12]}",
    }  # fmt: skip
    split = "test" if options.test else "valid"
    named = [
        common | row | {"benchmark": f"function-{options.known}/{split}/{row['benchmark']}"} for row in told
    ]
    return Outcome(calibration=calibration, rows=tuple(named))


def _known(name: str, everything: Sequence[Protein], encoder: Encoder, splits: Splits) -> Atlas:
    """Known proteins of training clusters: the shipped atlas's rows where it is of this checkpoint."""
    atlas = read_atlas(atlas_path())
    if name == "atlas" and atlas.fingerprint == encoder.fingerprint:
        return atlas.part(
            [i for i, p in enumerate(atlas.proteins) if splits.of(p.accession) == "train" and p.of_kind("go")]
        )
    listed = {p.accession for p in atlas.proteins} if name == "atlas" else None
    proteins = tuple(
        p
        for p in everything
        if splits.of(p.accession) == "train" and (listed is None or p.accession in listed)
    )
    vectors = encoder.proteins([p.sequence for p in proteins])
    return Atlas(
        proteins=proteins,
        protein_vectors=vectors,
        biotext_vectors=np.zeros((len(proteins), 0), dtype=np.float32),
        fingerprint=encoder.fingerprint,
    )


def _terms(encoder: Encoder, ontology: Ontology, known: Sequence[Protein]) -> TermVectors:
    """The shipped vectors of terms for the checkpoint that made them; else those of the known proteins, made now."""
    shipped = read_term_vectors(terms_path())
    if shipped.fingerprint == encoder.fingerprint:
        return shipped
    carried = {a.id for protein in known for a in protein.of_kind("go") if a.id in ontology}
    ids = sorted(ontology.closure(carried) - set(ontology.roots))
    return make_term_vectors(ids, ontology, encoder.texts, encoder.fingerprint, names_only=True)


def _fit(held: HeldOut, columns: TermColumns, facts: Mapping[str, str]) -> Calibration:
    return fit_calibration(
        held.evidence,
        [columns.aspects[e.columns] for e in held.evidence],
        [np.isin(e.columns, terms) for e, terms in zip(held.evidence, held.terms, strict=True)],
        **facts,
    )


def _measure(
    held: HeldOut, known: Sequence[Protein], calibration: Calibration, columns: TermColumns, options: Study
) -> list[dict[str, object]]:
    methods = methods_of(held, columns, calibration)
    stratum = None
    for name in options.baselines:
        if name == KMERS:
            methods[name] = kmer_transfer(held.proteins, known, columns)
            continue
        methods[name], identity = program_transfer(cast(ProgramName, name), held.proteins, known, columns)
        stratum = strata_by(identity, held) if stratum is None else stratum
    if stratum is None:
        stratum = np.array([e.stratum for e in held.evidence])
    return list(measured(methods, held, columns, stratum))


def _by_halves(
    valid: HeldOut, known: Sequence[Protein], columns: TermColumns, facts: Mapping[str, str], options: Study
) -> list[dict[str, object]]:
    """Fit on one half of the validation proteins and measure on the other: what choices are made by."""
    half = len(valid.proteins) // 2
    parts = [slice(0, half), slice(half, None)]
    first, second = (
        HeldOut(proteins=valid.proteins[s], evidence=valid.evidence[s], terms=valid.terms[s]) for s in parts
    )
    return _measure(second, known, _fit(first, columns, facts), columns, options)
