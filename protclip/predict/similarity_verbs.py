"""`protclip similarity`."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from protclip.encode import Encoder
    from protclip.errors import ProtCLIPError
    from protclip.predict.comparing import Comparison
    from protclip.predict.pair_inputs import PairInputs
    from protclip.predict.similarity import LinSimilarity

_COLUMNS = ("first", "second", "cosine", "manhattan", "lin_MF", "lin_BP", "lin_CC", "without_terms")


@click.command()
@click.argument("first", metavar="A", required=False)
@click.argument("second", metavar="B", required=False)
@click.option(
    "--pairs", metavar="FILE", help="A list of pairs, two columns with a tab between; - is standard input."
)
@click.option(
    "--format", "form", type=click.Choice(["tsv", "json", "jsonl"]), default="tsv", show_default=True
)
@click.option(
    "--model", type=click.Path(path_type=Path), help="Checkpoint folder [default: the shipped one]."
)
@click.pass_context
def similarity(ctx: click.Context, /, first: Any, second: Any, form: str, **options: Any) -> None:
    """Say how alike two proteins are: by their embeddings, and by their GO terms.

    A and B are FASTA files, sequences, or accessions of the shipped atlas; of files, each protein of A is
    compared with each of B. Told are cosine (-1 to 1) and Manhattan similarity (0 to 1) of the embeddings, and
    Lin's similarity (0 to 1) of the GO terms in each aspect: only an accession has terms, and without_terms
    says which protein lacks them. Of a list of pairs, one that cannot be used is reported, the others are done,
    and the exit code is 3.
    """
    from protclip.exit_codes import SKIPPED_RECORDS
    from protclip.predict.comparing import compare_pairs

    pairs = options["pairs"]
    if (first is not None, second is not None, pairs is not None) not in {
        (True, True, False),
        (False, False, True),
    }:
        raise click.UsageError("give two proteins (A B), or --pairs FILE")
    failures: list[ProtCLIPError] = []

    def report(error: "ProtCLIPError") -> None:
        failures.append(error)
        click.echo(f"protclip: {error}", err=True)

    encoder, lin, inputs = _opened(options["model"])
    chosen = list(inputs.listed_pairs(pairs, report)) if pairs is not None else inputs.pairs(first, second)
    for line in _lines(compare_pairs(chosen, encoder, lin), form, encoder):
        click.echo(line)
    if failures:
        ctx.exit(SKIPPED_RECORDS)


def _opened(model: Path | None) -> "tuple[Encoder, LinSimilarity, PairInputs]":
    from protclip import starter
    from protclip.data.atlas import read_atlas
    from protclip.data.ontology import Ontology
    from protclip.encode import Encoder
    from protclip.predict.pair_inputs import PairInputs
    from protclip.predict.similarity import LinSimilarity

    encoder, atlas = Encoder.from_pretrained(model), read_atlas(starter.atlas_path())
    corpus = ([a.id for a in protein.of_kind("go")] for protein in atlas.proteins)
    lin = LinSimilarity(Ontology.read_parquet(starter.ontology_path()), corpus)
    return encoder, lin, PairInputs(read_atlas=lambda: atlas)


def _lines(found: "Sequence[Comparison]", form: str, encoder: "Encoder") -> Iterable[str]:
    from protclip.predict.comparing import document

    made_with = {"model": encoder.name, "fingerprint": encoder.fingerprint}
    documents = [document(one) for one in found]
    if form == "json":
        return [json.dumps({**made_with, "pairs": documents}, indent=2)]
    if form == "jsonl":
        return [json.dumps(told | made_with) for told in documents]
    return ["\t".join(_COLUMNS), *("\t".join(_cells(told)) for told in documents)]


def _cells(told: dict[str, Any]) -> Iterable[str]:
    without = "; ".join(
        f"{told[side]}: {', '.join(aspects)}" for side, aspects in told["without_terms"].items() if aspects
    )
    for name in _COLUMNS[:-1]:
        value = told[name]
        yield "" if value is None else f"{value:.4f}" if isinstance(value, float) else value
    yield without
