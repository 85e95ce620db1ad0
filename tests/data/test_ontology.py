"""The ontology, read from a miniature GO.db database and the same content as OBO."""

import math
import sqlite3
import sys

import pytest

from protclip.data.go_slim import CC_SLIM, slim_of
from protclip.data.ontology import ROOTS, Ontology, Term
from protclip.data.ontology_io import TermTable
from protclip.errors import AssetError, InputError

MF, BP, CC = ROOTS["MF"], ROOTS["BP"], ROOTS["CC"]
KINASE, PROTEIN_KINASE, TYROSINE_KINASE = "GO:0016301", "GO:0004672", "GO:0004713"
PHOSPHORYLATION = "GO:0016310"
MITOCHONDRION, ENVELOPE, MEMBRANE, INNER = "GO:0005739", "GO:0005740", "GO:0016020", "GO:0005743"
CYTOPLASM, NUCLEUS = "GO:0005737", "GO:0005634"
GONE, MERGED = "GO:0055114", "GO:0050222"

# (row, id, name, aspect, definition)
CURRENT = [
    (1, MF, "molecular_function", "MF", "A molecular process."),
    (2, KINASE, "kinase activity", "MF", 'Transfers a phosphate group, "usually" from ATP.'),
    (3, PROTEIN_KINASE, "protein kinase activity", "MF", "Phosphorylates a protein."),
    (4, TYROSINE_KINASE, "protein tyrosine kinase activity", "MF", "Phosphorylates a tyrosine."),
    (5, BP, "biological_process", "BP", "A biological objective."),
    (6, PHOSPHORYLATION, "phosphorylation", "BP", "The introduction of a phosphate group."),
    (7, CC, "cellular_component", "CC", "A location."),
    (8, MITOCHONDRION, "mitochondrion", "CC", "A semiautonomous organelle."),
    (9, ENVELOPE, "mitochondrial envelope", "CC", "Two lipid bilayers."),
    (10, MEMBRANE, "membrane", "CC", "A lipid bilayer."),
    (11, INNER, "mitochondrial inner membrane", "CC", "The inner one."),
    (12, CYTOPLASM, "cytoplasm", "CC", "Contents of a cell but the nucleus."),
    (13, NUCLEUS, "nucleus", "CC", "Holds the chromosomes."),
]
EDGES = [
    (2, 1, "isa"),
    (3, 2, "isa"),
    (4, 3, "isa"),
    (6, 5, "isa"),
    (8, 7, "isa"),
    (8, 12, "part of"),
    (9, 7, "isa"),
    (9, 8, "part of"),
    (10, 7, "isa"),
    (11, 10, "isa"),
    (11, 9, "part of"),
    (12, 7, "isa"),
    (13, 7, "isa"),
    (13, 10, "regulates"),  # does not pass an annotation on
]
SYNONYMS = [(3, "protamine kinase activity"), (8, "mitochondria"), (10, "Nucleus")]
SECONDARY = [(3, MERGED), (8, "GO:0099999")]
OBSOLETE = [
    (GONE, "obsolete oxidation-reduction process", "BP", "OBSOLETE. Removal or addition of electrons.")
]

NAMESPACE = {"MF": "molecular_function", "BP": "biological_process", "CC": "cellular_component"}


@pytest.fixture
def sqlite_path(tmp_path):
    path = tmp_path / "GO.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(
        "create table metadata (name, value);"
        "create table go_term (_id integer primary key, go_id, term, ontology, definition);"
        "create table go_obsolete (go_id, term, ontology, definition);"
        "create table go_synonym (_id, synonym, secondary, like_go_id);"
        "create table go_mf_parents (_id, _parent_id, relationship_type);"
        "create table go_bp_parents (_id, _parent_id, relationship_type);"
        "create table go_cc_parents (_id, _parent_id, relationship_type);"
    )
    connection.execute("insert into metadata values ('GOSOURCEDATE', '2022-07-01')")
    # GO.db has one artificial root over the three; it must not show
    connection.execute("insert into go_term values (99, 'all', 'all', 'universal', null)")
    aspect = {row: a.lower() for row, _, _, a, _ in CURRENT}
    connection.executemany("insert into go_term values (?, ?, ?, ?, ?)", CURRENT)
    connection.executemany("insert into go_obsolete values (?, ?, ?, ?)", OBSOLETE)
    connection.executemany("insert into go_synonym values (?, ?, null, 0)", SYNONYMS)
    connection.executemany("insert into go_synonym values (?, ?, ?, 1)", [(r, s, s) for r, s in SECONDARY])
    for row in (1, 5, 7):
        connection.execute(f"insert into go_{aspect[row]}_parents values (?, 99, 'isa')", (row,))
    for edge in EDGES:
        connection.execute(f"insert into go_{aspect[edge[0]]}_parents values (?, ?, ?)", edge)
    connection.commit()
    connection.close()
    return path


def _obo() -> str:
    ids = {row: go_id for row, go_id, *_ in CURRENT}
    lines = ["format-version: 1.2", "data-version: releases/2022-07-01", "ontology: go", ""]
    for row, go_id, name, aspect, definition in CURRENT:
        quoted = definition.replace('"', '\\"')
        lines += ["[Term]", f"id: {go_id}", f"name: {name}", f"namespace: {NAMESPACE[aspect]}"]
        lines += [f"alt_id: {s}" for r, s in SECONDARY if r == row]
        lines += [f'def: "{quoted}" [GOC:test]']
        lines += [f'synonym: "{s}" EXACT []' for r, s in SYNONYMS if r == row]
        lines += [f"is_a: {ids[p]}" for c, p, kind in EDGES if c == row and kind == "isa"]
        # go-basic links aspects too (a function is part of a process); GO.db leaves those out
        lines += [f"relationship: part_of {PHOSPHORYLATION}"] if go_id == KINASE else []
        links = [(p, kind.replace(" ", "_")) for c, p, kind in EDGES if c == row and kind != "isa"]
        lines += [f"relationship: {kind} {ids[p]}" for p, kind in links] + [""]
    for go_id, name, aspect, definition in OBSOLETE:
        lines += ["[Term]", f"id: {go_id}", f"name: {name}", f"namespace: {NAMESPACE[aspect]}"]
        lines += [f'def: "{definition}" [GOC:test]', "is_obsolete: true", ""]
    for link in ("part_of", "regulates"):
        lines += ["[Typedef]", f"id: {link}", f"name: {link}", ""]
    return "\n".join(lines)


@pytest.fixture
def obo_path(tmp_path):
    path = tmp_path / "go-basic.obo"
    path.write_text(_obo())
    return path


@pytest.fixture
def ontology(sqlite_path):
    return Ontology.from_sqlite(sqlite_path)


def test_sqlite_and_obo_give_the_same_terms(ontology, obo_path):
    pytest.importorskip("pronto")
    other = Ontology.from_obo(obo_path)
    assert list(other.terms(obsolete=True)) == list(ontology.terms(obsolete=True))
    assert other.version == ontology.version == "2022-07-01"


def test_counts_leave_out_the_artificial_root_and_obsolete_terms(ontology):
    assert len(ontology) == len(list(ontology.terms())) == len(CURRENT)
    assert len(list(ontology.terms(obsolete=True))) == len(CURRENT) + 1
    assert ontology.roots == (MF, BP, CC)
    assert "all" not in ontology


def test_a_term_carries_what_its_source_says(ontology):
    assert ontology.term(MITOCHONDRION) == Term(
        id=MITOCHONDRION,
        name="mitochondrion",
        aspect="CC",
        parents=(CC, CYTOPLASM),
        secondary=("GO:0099999",),
        synonyms=("mitochondria",),
        definition="A semiautonomous organelle.",
    )


def test_secondary_ids_lead_to_the_current_term(ontology):
    assert ontology.resolve(MERGED) == PROTEIN_KINASE
    assert ontology.term(MERGED).id == PROTEIN_KINASE
    assert MERGED in ontology
    assert ontology.ancestors(MERGED) == {MF, KINASE, PROTEIN_KINASE}


def test_obsolete_term_is_kept_but_not_resolved(ontology):
    assert ontology.term(GONE).obsolete
    assert ontology.resolve(GONE) is None
    assert GONE not in ontology
    assert ontology.ancestors(GONE) == {GONE}


def test_obsolete_term_with_one_replacement_is_resolved(tmp_path):
    pytest.importorskip("pronto")
    head, _, typedefs = _obo().partition("is_obsolete: true\n")
    path = tmp_path / "replaced.obo"
    path.write_text(f"{head}is_obsolete: true\nreplaced_by: {PHOSPHORYLATION}\n{typedefs}")
    ontology = Ontology.from_obo(path)
    assert ontology.term(GONE).replaced_by == PHOSPHORYLATION
    assert ontology.resolve(GONE) == PHOSPHORYLATION
    assert ontology.leaves([GONE]) == (PHOSPHORYLATION,)


def test_obsolete_terms_that_name_each_other_do_not_turn_for_ever():
    one = Term(id="GO:0000001", name="one", aspect="MF", obsolete=True, replaced_by="GO:0000002")
    two = Term(id="GO:0000002", name="two", aspect="MF", obsolete=True, replaced_by="GO:0000001")
    assert Ontology(TermTable(terms=(one, two))).resolve("GO:0000001") is None


def test_ancestors_follow_is_a_and_part_of_only(ontology):
    assert ontology.ancestors(INNER) == {INNER, MEMBRANE, ENVELOPE, MITOCHONDRION, CYTOPLASM, CC}
    assert ontology.ancestors(NUCLEUS) == {NUCLEUS, CC}
    assert ontology.closure([NUCLEUS, KINASE]) == {NUCLEUS, CC, KINASE, MF}
    assert ontology.closure([]) == frozenset()


def test_descendants_are_the_other_side_of_ancestors(ontology):
    for term in ontology.terms():
        below = {t.id for t in ontology.terms() if term.id in ontology.ancestors(t.id)}
        assert ontology.descendants(term.id) == below


def test_a_cycle_in_a_broken_file_ends():
    one = Term(id="GO:0000001", name="one", aspect="MF", parents=("GO:0000002",))
    two = Term(id="GO:0000002", name="two", aspect="MF", parents=("GO:0000001",))
    ontology = Ontology(TermTable(terms=(one, two)))
    assert (
        ontology.ancestors("GO:0000001") == ontology.descendants("GO:0000001") == {"GO:0000001", "GO:0000002"}
    )


def test_leaves_drop_what_others_imply(ontology):
    given = [MF, KINASE, MERGED, CC, NUCLEUS, MITOCHONDRION, INNER]
    assert ontology.leaves(given) == (PROTEIN_KINASE, NUCLEUS, INNER)
    assert ontology.leaves([]) == ()


def test_find_is_exact_whatever_the_case_and_puts_names_first(ontology):
    assert [t.id for t in ontology.find(" Protein  KINASE activity ")] == [PROTEIN_KINASE]
    assert [t.id for t in ontology.find("mitochondria")] == [MITOCHONDRION]
    assert [t.id for t in ontology.find("nucleus")] == [NUCLEUS, MEMBRANE]  # a synonym of membrane here
    assert ontology.find("kinase") == ()
    assert ontology.find("obsolete oxidation-reduction process") == ()


@pytest.mark.parametrize(
    ("given", "nearest"),
    [
        ("GO:0004673", PROTEIN_KINASE),
        ("0004672", PROTEIN_KINASE),
        ("protein kinase activty", PROTEIN_KINASE),
        ("Mitochondria", MITOCHONDRION),
    ],
)
def test_unknown_id_is_an_error_that_names_the_nearest(ontology, given, nearest):
    with pytest.raises(InputError) as caught:
        ontology.term(given)
    said = str(caught.value)
    assert given in said
    assert said.partition("Nearest: ")[2].startswith(nearest)
    assert 1 <= said.count("GO:") - given.count("GO:") <= 3


def test_unknown_id_unlike_any_says_what_an_id_looks_like(ontology):
    with pytest.raises(InputError, match="Give an id like GO:0004672"):
        ontology.closure([KINASE, "%"])


def test_information_content_is_closed_and_per_aspect(ontology):
    content = ontology.information_content(
        [[PROTEIN_KINASE], [TYROSINE_KINASE, NUCLEUS], [KINASE], [GONE], [MERGED]]
    )
    assert (
        content[MF] == content[CC] == content[NUCLEUS] == 0
    )  # the only annotation of its aspect says nothing
    assert content[KINASE] == 0
    assert content[PROTEIN_KINASE] == pytest.approx(-math.log2(3 / 4))
    assert content[TYROSINE_KINASE] == pytest.approx(2)
    assert set(content) == {MF, KINASE, PROTEIN_KINASE, TYROSINE_KINASE, CC, NUCLEUS}


def test_information_content_never_falls_towards_the_leaves(ontology):
    content = ontology.information_content([[t.id] for t in ontology.terms()])
    for term in ontology.terms():
        assert all(content[p] <= content[term.id] for p in term.parents)


@pytest.mark.parametrize("definitions", [True, False])
def test_parquet_round_trip(ontology, tmp_path, definitions):
    path = tmp_path / "ontology.parquet"
    ontology.write_parquet(path, definitions=definitions)
    again = Ontology.read_parquet(path)
    assert [t.definition for t in again.terms()] == [t.definition * definitions for t in ontology.terms()]
    for one, other in zip(again.terms(obsolete=True), ontology.terms(obsolete=True), strict=True):
        assert (one.id, one.name, one.aspect, one.obsolete) == (
            other.id,
            other.name,
            other.aspect,
            other.obsolete,
        )
        assert (one.parents, one.secondary, one.synonyms) == (other.parents, other.secondary, other.synonyms)
    assert (again.version, len(again)) == (ontology.version, len(ontology))
    if definitions:
        assert list(again.terms(obsolete=True)) == list(ontology.terms(obsolete=True))


@pytest.mark.parametrize("read", [Ontology.from_sqlite, Ontology.from_obo, Ontology.read_parquet])
def test_missing_file_is_an_asset_error(tmp_path, read):
    with pytest.raises(AssetError, match=r"nowhere\.file"):
        read(tmp_path / "nowhere.file")


@pytest.mark.parametrize("read", [Ontology.from_sqlite, Ontology.read_parquet])
def test_file_of_another_kind_is_an_asset_error(tmp_path, read):
    path = tmp_path / "other.file"
    path.write_text("this is neither a database nor a table, whatever its name says\n" * 20)
    with pytest.raises(AssetError, match=r"other\.file"):
        read(path)


def test_obo_without_pronto_says_what_to_install(obo_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pronto", None)
    with pytest.raises(AssetError, match=r"pip install 'protclip\[ontology\]'"):
        Ontology.from_obo(obo_path)


def test_the_database_is_left_as_it_was(sqlite_path):
    sqlite_path.chmod(0o444)
    before = (sqlite_path.read_bytes(), sorted(p.name for p in sqlite_path.parent.iterdir()))
    Ontology.from_sqlite(sqlite_path)
    assert (sqlite_path.read_bytes(), sorted(p.name for p in sqlite_path.parent.iterdir())) == before


def test_slim_gives_every_compartment_the_ids_imply_in_its_order(ontology):
    assert slim_of([INNER, PROTEIN_KINASE], ontology, CC_SLIM) == (MEMBRANE, CYTOPLASM, MITOCHONDRION)
    assert slim_of([NUCLEUS], ontology, [MITOCHONDRION, NUCLEUS]) == (NUCLEUS,)
    assert slim_of([MITOCHONDRION], ontology, ["GO:0099999"]) == ("GO:0099999",)  # a slim of older ids
    assert slim_of([], ontology, CC_SLIM) == ()


def test_slim_has_well_formed_distinct_ids():
    assert len(set(CC_SLIM)) == len(CC_SLIM)
    assert all(len(i) == 10 and i.startswith("GO:") and i[3:].isdigit() for i in CC_SLIM)
