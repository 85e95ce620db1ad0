"""What the POST paths take and answer: fields checked at once, the work left for a thread that has the tools.

A reader takes the fields of a body, raises FieldError, and gives what is to be done with the tools.
"""

import reprlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from protclip.data.biotext import describe
from protclip.errors import FieldError, InputError
from protclip.predict.annotation_rows import document
from protclip.predict.explain import explain
from protclip.predict.explain_export import explanation_document
from protclip.predict.interacting import document as interaction_document
from protclip.predict.interacting import partners, predict_pairs
from protclip.predict.map_placing import placed_row
from protclip.predict.map_sources import check_same_space, place_all, rows_of_atlas
from protclip.predict.mutation_table import Listed, Scored, fitting_variants
from protclip.predict.mutation_table import document as mutation_document
from protclip.predict.pair_inputs import sequence_label
from protclip.predict.statements import Wanted
from protclip.predict.tasks import Tools, predict_task
from protclip.predict.variants import all_substitutions
from protclip.records import Protein
from streamlit_app.api_fields import (
    Fields,
    GivesProtein,
    one_of,
    only,
    protein_of,
    sequence_or_accession,
    text_in,
    whole_number,
)
from streamlit_app.api_proteins import Skipped, proteins_in
from streamlit_app.api_query import ANNOTATE, EXPLAIN, INTERACT, MAP, MUTATE, PREDICT

Answer = dict[str, Any]
Work = Callable[[Tools], Answer]
MAX_SCANNED, MAX_VARIANTS, MAX_PAIRS = 400, 1_000, 500
"""Residues of a protein of which every substitution is scored, variants, pairs."""
_TOP = 20


def read_predict(fields: Fields) -> Work:
    """A request of `predict_task`, which checks it."""
    return partial(predict_task, fields)


def read_annotate(fields: Fields) -> Work:
    """Up to `MAX_PROTEINS` proteins, as a list or as FASTA; those that cannot be used are told beside the rest."""
    only(fields, "sequences", "fasta", "min_probability", "top", "exclude_self")
    least, top = fields.get("min_probability", Wanted().min_probability), whole_number(fields, "top", None)
    if isinstance(least, bool) or not isinstance(least, int | float):
        raise FieldError("min_probability", f"min_probability is {reprlib.repr(least)}; give a number")
    try:
        wanted = Wanted(min_probability=least, top=top)
    except InputError as error:
        raise FieldError("min_probability", f"min_probability: {error}") from error
    exclude_self = fields.get("exclude_self", False)
    if not isinstance(exclude_self, bool):
        raise FieldError("exclude_self", f"exclude_self is {reprlib.repr(exclude_self)}; give true or false")
    proteins, skipped = proteins_in(fields, "`protclip annotate`")
    exclude = [{p.accession} for p in proteins] if exclude_self else []
    return partial(_annotated, proteins, skipped, wanted, exclude)


def _annotated(
    proteins: Sequence[Protein],
    skipped: Sequence[Skipped],
    wanted: Wanted,
    exclude: Sequence[set[str]],
    tools: Tools,
) -> Answer:
    sequences, names = [p.sequence for p in proteins], [p.accession for p in proteins]
    found = tools.function().predict(sequences, names, exclude)
    return {"results": [document(one, tools.ontology, wanted) for one in found], "skipped": list(skipped)}


def read_explain(fields: Fields) -> Work:
    """A protein and a sentence."""
    only(fields, "sequence", "accession", "text")
    protein, text = protein_of(fields), text_in(fields, "text")
    return partial(_explained, protein, text)


def _explained(protein: GivesProtein, text: str, tools: Tools) -> Answer:
    known = protein(tools)
    biotext = describe(known, tools.ontology if known.annotations else None)
    return explanation_document(explain(tools.encoder, known, text, biotext=biotext))


def read_mutate(fields: Fields) -> Work:
    """A protein with its variants, or a short one alone, of which every substitution is scored."""
    only(fields, "sequence", "accession", "variants", "text")
    protein, text = protein_of(fields), text_in(fields, "text", "")
    variants = fields.get("variants")
    if variants is None:
        return partial(_mutated, protein, None, text)
    if not isinstance(variants, list) or not variants or not all(isinstance(v, str) for v in variants):
        raise FieldError(
            "variants", f'variants is {reprlib.repr(variants)}; give a list such as ["A42G", "A42G:T50C"]'
        )
    if len(variants) > MAX_VARIANTS:
        raise FieldError(
            "variants", f"there are {len(variants):,} variants; at most {MAX_VARIANTS:,} are taken"
        )
    return partial(_mutated, protein, variants, text)


def _mutated(protein: GivesProtein, named: Sequence[str] | None, text: str, tools: Tools) -> Answer:
    known = protein(tools)
    listed = _variants(named, known.sequence)
    scanner = tools.scanner()
    scan = scanner.scan(known.sequence, text=text, protein=known, only=listed.variants)
    scores = tuple(scanner.score(scan, listed.variants))
    return mutation_document(
        Scored(accession=known.accession, scan=scan, scores=scores, errors=listed.errors)
    )


def _variants(named: Sequence[str] | None, sequence: str) -> Listed:
    if named is None:
        if len(sequence) > MAX_SCANNED:
            raise FieldError(
                "variants",
                f"variants is missing, and every substitution is scored of at most {MAX_SCANNED} residues, not of "
                f"{len(sequence):,}: give variants, or run `protclip mutate`",
            )
        return Listed(variants=tuple(all_substitutions(sequence)), values=(), errors=())
    try:
        return fitting_variants([(f"variant {reprlib.repr(v)}", v) for v in named], sequence)
    except InputError as error:
        raise FieldError("variants", str(error)) from error


def read_interact(fields: Fields) -> Work:
    """Two proteins, one to be held against the atlas, or a list of pairs."""
    if fields.get("pairs") is not None:
        only(fields, "pairs")
        return partial(_listed_pairs, _checked_pairs(fields["pairs"]))
    only(fields, "protein_A", "protein_B", "against", "top", "pairs")
    first, way = sequence_or_accession(fields, "protein_A"), one_of(fields, "protein_B", "against")
    if way == "protein_B":
        if fields.get("top") is not None:
            raise FieldError("top", "top goes with against, not with protein_B; leave one of them out")
        return partial(_pair, first, sequence_or_accession(fields, "protein_B"))
    if fields["against"] != "atlas":
        raise FieldError("against", f"against is {reprlib.repr(fields['against'])}; accepted is atlas")
    top = whole_number(fields, "top", _TOP)
    return partial(_against_atlas, first, top or _TOP)


def _pair(first: GivesProtein, second: GivesProtein, tools: Tools) -> Answer:
    predictor = tools.interactions()
    found = predict_pairs([(first(tools), second(tools))], tools.encoder, predictor)
    return interaction_document(found, predictor)


def _checked_pairs(given: Any) -> Sequence[Sequence[str]]:
    is_list = isinstance(given, list) and given
    if not is_list or not all(
        isinstance(p, list) and len(p) == 2 and all(isinstance(x, str) for x in p) for p in given
    ):
        raise FieldError(
            "pairs",
            f'pairs is {reprlib.repr(given)}; give a list of two proteins each, such as [["P04637", "Q00987"]]',
        )
    if len(given) > MAX_PAIRS:
        raise FieldError("pairs", f"there are {len(given):,} pairs; at most {MAX_PAIRS:,} are taken")
    pairs: Sequence[Sequence[str]] = given
    return pairs


def _listed_pairs(given: Sequence[Sequence[str]], tools: Tools) -> Answer:
    """Those that can be used; the others are told under skipped."""
    found: list[tuple[Protein, Protein]] = []
    skipped: list[str] = []
    for number, pair in enumerate(given, start=1):
        try:
            first, second = (_of_list(text, tools) for text in pair)
            found.append((first, second))
        except FieldError as error:
            skipped.append(f"pair {number}: {error}")
    if not found:
        raise FieldError("pairs", f"none of the {len(given)} pairs can be used: {skipped[0]}")
    predictor = tools.interactions()
    predicted = predict_pairs(found, tools.encoder, predictor)
    return interaction_document(predicted, predictor) | {"skipped": skipped}


def _of_list(text: str, tools: Tools) -> Protein:
    """A protein of a list; a sequence is named by its beginning, as on the command line."""
    protein = sequence_or_accession({"pairs": text}, "pairs")(tools)
    if protein.accession != "pairs":
        return protein
    return replace(protein, accession=sequence_label(protein.sequence))


def _against_atlas(protein: GivesProtein, top: int, tools: Tools) -> Answer:
    predictor = tools.interactions()
    found = partners(protein(tools), top, tools.encoder, predictor, tools.atlas())
    return interaction_document(found, predictor)


def read_map(fields: Fields) -> Work:
    """Proteins to be placed on the shipped map, as a list or as FASTA."""
    only(fields, "sequences", "fasta")
    return partial(_placed, *proteins_in(fields, "`protclip map place`"))


def _placed(proteins: Sequence[Protein], skipped: Sequence[Skipped], tools: Tools) -> Answer:
    made, known, encoder = tools.protein_map(), rows_of_atlas(tools.atlas()), tools.encoder
    check_same_space(made, ("the model is", encoder.fingerprint))
    near = known.near(encoder.proteins([protein.sequence for protein in proteins]))
    found = place_all([protein.accession for protein in proteins], near, made)
    return {
        "placed": [placed_row(one) for one in found],
        "skipped": list(skipped),
        "map": {"num_proteins": len(made.accessions), **asdict(made.measures)},
        "model": encoder.name,
        "fingerprint": encoder.fingerprint,
    }


READERS: Mapping[str, Callable[[Fields], Work]] = {
    PREDICT: read_predict,
    ANNOTATE: read_annotate,
    EXPLAIN: read_explain,
    MUTATE: read_mutate,
    INTERACT: read_interact,
    MAP: read_map,
}
"""Of each path that works with the tools."""
