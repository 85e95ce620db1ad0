"""B-factors in structure files: the right residues get the right numbers, and nothing else changes."""

import gzip

import numpy as np
import pytest

from protclip.errors import InputError, RecordError
from protclip.predict.explain import Explanation
from protclip.predict.segments import Track
from protclip.predict.structure_files import read_structure
from protclip.predict.structure_tracks import b_factors, coloured
from protclip.records import Protein

SEQUENCE = "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEV"
OTHER = "GGPGWWCCHHNNDDPPGGWWHHCCNNGGPPWW"
THREE = {
    "A": "ALA", "C": "CYS", "D": "ASP", "E": "GLU", "F": "PHE", "G": "GLY", "H": "HIS", "I": "ILE", "K": "LYS",
    "L": "LEU", "M": "MET", "N": "ASN", "P": "PRO", "Q": "GLN", "R": "ARG", "S": "SER", "T": "THR", "V": "VAL",
    "W": "TRP", "Y": "TYR",
}  # fmt: skip
VALUES = np.linspace(-1, 2, len(SEQUENCE)).astype(np.float32)


def atoms(sequence, chain, first=1, kind="ATOM  ", names=None):
    """Two atoms a residue, as the format has them."""
    lines = []
    for number, letter in enumerate(sequence, start=first):
        name = (names or {}).get(number, THREE[letter])
        for atom in ("N", "CA"):
            place = f"{kind}{len(lines) + 1:5d}  {atom:<3} {name} {chain}{number:4d}    "
            lines.append(f"{place}   1.500   2.500   3.500  1.00 77.77           {atom[0]}\n")
    return "".join(lines)


def pdb(*parts):
    return "HEADER    TEST\nREMARK   2 RESOLUTION.\n" + "".join(parts) + "END\n"


def explanation(values=VALUES):
    protein = Protein(accession="P1", sequence=SEQUENCE)
    track = Track(name="contribution", values=values, threshold=0.0)
    facts = {"model": "tiny", "fingerprint": "0", "seed": 1, "controls": (), "warnings": ()}
    return Explanation(protein=protein, sentence="kinase", cosine=0.5, tracks=(track,), **facts)


def written(tmp_path, text, name="a.pdb", values=VALUES):
    path = tmp_path / name
    path.write_text(text)
    return coloured(read_structure(path), explanation(values), "contribution")


def factors(text):
    """B-factor of each atom by chain and number."""
    found = {}
    for line in text.splitlines():
        if line.startswith(("ATOM", "HETATM")):
            found.setdefault((line[21], int(line[22:26])), set()).add(float(line[60:66]))
    assert all(len(values) == 1 for values in found.values())
    return {place: values.pop() for place, values in found.items()}


def test_every_atom_of_a_residue_gets_its_value_and_no_other_character_changes(tmp_path):
    given = pdb(atoms(SEQUENCE, "A"))
    found = written(tmp_path, given)
    assert factors(found.text) == {
        ("A", i + 1): pytest.approx(50 + 50 * value / 2, abs=0.006) for i, value in enumerate(VALUES)
    }
    kept = [line for line in found.text.splitlines() if not line.startswith("REMARK  99")]
    for before, after in zip(given.splitlines(), kept, strict=True):
        assert before[:60] + before[66:] == after[:60] + after[66:]
    assert "contribution of P1 for 'kinase'" in " ".join(line[11:] for line in found.text.splitlines()[2:4])


def test_numbering_gaps_tags_mutations_and_modified_residues_are_matched_by_sequence(tmp_path):
    """The chain begins at residue 4, numbered from 101, lacks three residues, and ends in a tag."""
    observed = SEQUENCE[3:12] + SEQUENCE[15:20] + "A" + SEQUENCE[21:] + "HHHHHH"
    water = atoms("W", "B", first=900, kind="HETATM", names={900: "HOH"})
    found = written(tmp_path, pdb(atoms(observed, "B", first=101, names={102: "PTR"}), water))
    (match,) = found.matches
    assert match.mismatches == ("R21A",)
    assert match.num_pairs == len(observed) - 6
    assert match.num_extra == 6
    assert match.num_missing == len(SEQUENCE) - match.num_pairs
    assert "R21A" in str(match)
    by_place = factors(found.text)
    expected, neutral = b_factors(VALUES)
    assert by_place["B", 101] == pytest.approx(expected[3], abs=0.006)
    assert by_place["B", 110] == pytest.approx(expected[15], abs=0.006)
    assert {by_place["B", n] for n in (900, 100 + len(observed))} == {neutral}


def test_a_chain_of_another_protein_stays_neutral_and_a_file_of_another_protein_is_refused(tmp_path):
    found = written(tmp_path, pdb(atoms(SEQUENCE, "A"), atoms(OTHER, "H")))
    assert {value for (chain, _), value in factors(found.text).items() if chain == "H"} == {50.0}
    assert [match.is_protein for match in found.matches] == [True, False]
    with pytest.raises(InputError, match=r"is of another protein than P1.*at least 90% identity"):
        written(tmp_path, pdb(atoms(OTHER, "A")))
    distant = SEQUENCE[:14] + "WWWCC" + SEQUENCE[19:]
    with pytest.raises(InputError, match="another protein"):
        written(tmp_path, pdb(atoms(distant, "A")))


def test_models_after_the_first_are_coloured_too_and_count_once(tmp_path):
    model = atoms(SEQUENCE, "A")
    given = pdb("MODEL        1\n", model, "ENDMDL\nMODEL        2\n", model, "ENDMDL\n")
    found = written(tmp_path, given)
    assert found.matches[0].num_pairs == len(SEQUENCE)
    assert len(factors(found.text)) == len(SEQUENCE)
    assert found.text.index("REMARK  99") < found.text.index("MODEL ")
    assert "77.77" not in found.text


def test_the_scale_keeps_zero_where_it_says():
    signed, neutral = b_factors(np.array([-2, 0, 1], dtype=np.float32))
    assert (signed.tolist(), neutral) == ([0, 50, 75], 50)
    weights, neutral = b_factors(np.array([0, 0.1, 0.2], dtype=np.float32))
    assert weights.tolist() == pytest.approx([0, 50, 100])
    assert neutral == 0
    assert b_factors(np.zeros(3, dtype=np.float32))[0].tolist() == [0, 0, 0]


CIF_HEAD = """data_TEST
_struct.title 'kept as it is'
loop_
_atom_site.group_PDB
_atom_site.id
_atom_site.auth_asym_id
_atom_site.auth_seq_id
_atom_site.label_comp_id
_atom_site.Cartn_x
_atom_site.B_iso_or_equiv
"""


def test_mmcif_says_the_same_as_pdb(tmp_path):
    pytest.importorskip("gemmi")
    rows = [f"ATOM {i} A {i} {THREE[letter]} 1.5 77.77" for i, letter in enumerate(SEQUENCE, start=1)]
    found = written(tmp_path, CIF_HEAD + "\n".join(rows) + "\n#\n", name="a.cif")
    values = [float(line.split()[6]) for line in found.text.splitlines() if line.startswith("ATOM")]
    np.testing.assert_allclose(values, b_factors(VALUES)[0], atol=0.006)
    assert "kept as it is" in found.text
    assert found.text.startswith("# B-factors: contribution")
    again = tmp_path / "again.cif"
    again.write_text(found.text)
    assert read_structure(again).chains[0].sequence == SEQUENCE
    (tmp_path / "bad.cif").write_text("data_A\nloop_\n_a.b\n_a.c\n1\n")
    with pytest.raises(InputError, match="no mmCIF file"):
        read_structure(tmp_path / "bad.cif")


def test_gzip_is_read_and_what_is_no_structure_is_a_sentence(tmp_path):
    (tmp_path / "a.pdb.gz").write_bytes(gzip.compress(pdb(atoms(SEQUENCE, "A")).encode()))
    assert read_structure(tmp_path / "a.pdb.gz").chains[0].sequence == SEQUENCE
    (tmp_path / "none.pdb").write_text("HEADER    NOTHING\n")
    with pytest.raises(InputError, match="has no atoms of a protein"):
        read_structure(tmp_path / "none.pdb")
    (tmp_path / "cut.pdb").write_text(
        pdb(atoms(SEQUENCE, "A")).replace("   1.500   2.500   3.500  1.00 77.77           N", "", 1)
    )
    with pytest.raises(RecordError, match=r"line 3: .*ends before its coordinates"):
        read_structure(tmp_path / "cut.pdb")
