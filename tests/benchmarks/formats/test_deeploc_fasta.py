"""DeepLoc's FASTA files."""

import pytest

from protclip.benchmarks.formats.deeploc_fasta import location_rows, membrane_rows, read_deeploc
from protclip.errors import AssetError

TEXT = """>Q9H400 Cell.membrane-M test
MGLPV
SWAPP
>P1 Lysosome/Vacuole-U
MKT
>P2 Cytoplasm-Nucleus-S
MKV
>P3 Nucleus-S new_test_set
MKW
"""


def test_headers_say_location_membrane_and_test(tmp_path):
    (tmp_path / "x.fasta").write_text(TEXT)
    found = read_deeploc(tmp_path / "x.fasta")
    assert [(p.accession, p.location, p.membrane, p.is_test) for p in found] == [
        ("Q9H400", "Cell.membrane", "M", True),
        ("P1", "Lysosome/Vacuole", "U", False),
        ("P2", "Cytoplasm-Nucleus", "S", False),
        ("P3", "Nucleus", "S", False),
    ]
    assert found[0].sequence == "MGLPVSWAPP"


def test_what_is_in_no_class_is_left_out(tmp_path):
    (tmp_path / "x.fasta").write_text(TEXT)
    found = read_deeploc(tmp_path / "x.fasta")
    assert [row.label for row in location_rows(found)] == ["Cell.membrane", "Lysosome/Vacuole", "Nucleus"]
    assert [row.label for row in membrane_rows(found)] == ["membrane-bound", "soluble", "soluble"]


@pytest.mark.parametrize("header", [">Q1", ">Q1 Nucleus", ">sp|P38398|BRCA1_HUMAN Breast cancer protein"])
def test_other_fasta_files_are_refused(tmp_path, header):
    (tmp_path / "x.fasta").write_text(f"{header}\nMKT\n")
    with pytest.raises(AssetError, match=r"Nucleus-S"):
        read_deeploc(tmp_path / "x.fasta")
