"""`protclip interact`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from protclip.data.known_interactions import KnownInteractions
    from protclip.encode import Encoder
    from protclip.errors import ProtCLIPError
    from protclip.predict.interaction import Interaction, InteractionPredictor
    from protclip.predict.interologs import KnownEvidence
    from protclip.predict.pair_inputs import PairInputs
    from protclip.records import Protein


@click.command()
@click.argument("first", metavar="A", required=False)
@click.argument("second", metavar="B", required=False)
@click.option(
    "--pairs", metavar="FILE", help="A list of pairs, two columns with a tab between; - is standard input."
)
@click.option("--all", "against_all", is_flag=True, help="A against every protein of the shipped atlas.")
@click.option("--top", type=click.IntRange(1), default=20, show_default=True, help="Partners shown of --all.")
@click.option(
    "--known",
    metavar="FILE",
    help="Known interactions, two columns of UniProt accessions or PSI-MI TAB: which pairs are among them, and which "
    "have interologs there, known interactions of homologues.",
)
@click.option("--format", "form", type=click.Choice(["tsv", "json"]), default="tsv", show_default=True)
@click.option(
    "--model", type=click.Path(path_type=Path), help="Checkpoint folder [default: the shipped one]."
)
@click.option("--head", type=click.Path(path_type=Path), help="Interaction head [default: the shipped one].")
@click.pass_context
def interact(ctx: click.Context, /, first: Any, second: Any, form: str, **options: Any) -> None:
    """Predict whether two proteins interact, and how.

    A and B are FASTA files, sequences, or accessions of the shipped atlas; of files, each protein of A is
    paired with each of B. Of a list of pairs, one that cannot be used is reported, the others are done, and
    the exit code is 3. The probability is among pairs half of which interact (docs/interactions.md). Lines
    of --known that cannot be used are counted on standard error.
    """
    from protclip.exit_codes import SKIPPED_RECORDS
    from protclip.predict.interacting import predict_pairs

    listed, network = options["pairs"], options["known"]
    _check_usage(first, second, listed, options["against_all"])
    if listed == network == "-":
        raise click.UsageError("--pairs and --known cannot both be standard input")
    failures: list[ProtCLIPError] = []

    def report(error: "ProtCLIPError") -> None:
        failures.append(error)
        click.echo(f"protclip: {error}", err=True)

    known = None if network is None else _read_known(network)
    encoder, predictor, inputs = _opened(options["model"], options["head"])
    if options["against_all"]:
        pairs, found = _partners(inputs.proteins(first), options["top"], encoder, predictor, inputs)
    else:
        pairs = (
            list(inputs.listed_pairs(listed, report)) if listed is not None else inputs.pairs(first, second)
        )
        found = predict_pairs(pairs, encoder, predictor)
    evidence = None if known is None else _evidence(known, pairs, inputs)
    click.echo(_json(found, predictor, evidence) if form == "json" else _tsv(found, evidence))
    if failures:
        ctx.exit(SKIPPED_RECORDS)


def _check_usage(first: str | None, second: str | None, pairs: str | None, against_all: bool) -> None:
    given = (first is not None, second is not None, pairs is not None, against_all)
    if given not in {
        (True, True, False, False),
        (False, False, True, False),
        (True, False, False, True),
    }:
        raise click.UsageError("give two proteins (A B), one protein with --all, or --pairs FILE")


def _opened(model: Path | None, head: Path | None) -> "tuple[Encoder, InteractionPredictor, PairInputs]":
    from protclip import starter
    from protclip.data.atlas import read_atlas
    from protclip.encode import Encoder
    from protclip.predict.interaction_file import read_predictor
    from protclip.predict.pair_inputs import PairInputs

    encoder = Encoder.from_pretrained(model)
    predictor = read_predictor(head or starter.interaction_path())
    predictor.check(encoder.fingerprint)
    return encoder, predictor, PairInputs(read_atlas=lambda: read_atlas(starter.atlas_path()))


def _partners(
    queries: "list[Protein]",
    top: int,
    encoder: "Encoder",
    predictor: "InteractionPredictor",
    inputs: "PairInputs",
) -> "tuple[list[tuple[Protein, Protein]], list[Interaction]]":
    from protclip.predict.interacting import partners

    pairs, found = [], []
    for query in queries:
        best = partners(query, top, encoder, predictor, inputs.atlas)
        pairs += [(query, inputs.by_accession[one.second]) for one in best]
        found += best
    return pairs, found


def _read_known(path: str) -> "KnownInteractions":
    from protclip.data.known_interactions import read_known_interactions

    known = read_known_interactions(path)
    if known.left_out:
        click.echo(f"protclip: {known.left_out}", err=True)
    return known


def _evidence(
    known: "KnownInteractions", pairs: "list[tuple[Protein, Protein]]", inputs: "PairInputs"
) -> "list[KnownEvidence]":
    from protclip.predict.interologs import InterologSearch

    search = InterologSearch(known, inputs.atlas.proteins)
    click.echo(f"protclip: {known.source}: {search.told}", err=True)
    return [search.find(first, second) for first, second in pairs]


def _tsv(found: "list[Interaction]", evidence: "list[KnownEvidence] | None") -> str:
    from protclip.data.ppi_pairs import TYPES
    from protclip.predict.interologs import COLUMNS

    near = ("first_nearest", "first_cosine", "second_nearest", "second_cosine")
    lines: list[tuple[str, ...]] = [("first", "second", "probability", *TYPES, "likely", *near, "warnings")]
    for one in found:
        probabilities = (one.probability, *(p for _, p in one.types))
        lines.append(
            (
                one.first,
                one.second,
                *(f"{p:.4f}" for p in probabilities),
                ",".join(one.likely),
                one.first_nearest.accession,
                f"{one.first_nearest.cosine:.4f}",
                one.second_nearest.accession,
                f"{one.second_nearest.cosine:.4f}",
                " ".join(one.warnings),
            )
        )
    if evidence is not None:
        more = [COLUMNS, *((one.label, one.listed) for one in evidence)]
        lines = [(*line, *cells) for line, cells in zip(lines, more, strict=True)]
    return "\n".join("\t".join(line) for line in lines)


def _json(
    found: "list[Interaction]", predictor: "InteractionPredictor", evidence: "list[KnownEvidence] | None"
) -> str:
    from protclip.predict.interacting import document
    from protclip.predict.interologs import values

    told = document(found, predictor)
    for interaction, one in zip(told["interactions"], evidence or (), strict=False):
        interaction |= values(one)
    return json.dumps(told, indent=2)
