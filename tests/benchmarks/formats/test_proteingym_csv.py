"""ProteinGym's substitution assays."""

import pytest

from protclip.benchmarks.formats.proteingym_csv import read_proteingym
from protclip.errors import AssetError

HEADER = "mutant,mutated_sequence,DMS_score,DMS_score_bin\n"


def test_variants_scores_and_the_wild_type(tmp_path):
    path = tmp_path / "BLAT_ECOLX_Stiffler_2015.csv"
    path.write_text(f"{HEADER}K2G:T3A,MGAV,0.5,1\nM1W,WKTV,-2,0\n")
    assay = read_proteingym(path)
    assert (assay.name, assay.sequence) == ("BLAT_ECOLX_Stiffler_2015", "MKTV")
    assert [str(variant) for variant in assay.variants] == ["K2G:T3A", "M1W"]
    assert assay.values.tolist() == [0.5, -2]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("mutant,score\nK2G,1\n", "mutated_sequence and DMS_score are needed"),
        (f"{HEADER}K2G,MKTV,1,1\n", "row 1: K2G is not in its mutated_sequence"),
        (f"{HEADER}K2G,MGTV,1,1\nK2A,MATW,1,1\n", "row 2: K2A does not lead"),
        (f"{HEADER}K2G,MGTV,high,1\n", "row 1"),
        (HEADER, "no variant"),
    ],
)
def test_files_that_do_not_hold_together_are_refused(tmp_path, text, says):
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(AssetError, match=says):
        read_proteingym(tmp_path / "x.csv")
