"""The structure's HTML: local, escaped, in colours that say what the numbers say."""

import hashlib
import json
import re

import numpy as np
import pytest

from protclip.errors import InputError, RecordError
from protclip.predict.explain import Explanation
from protclip.predict.segments import Track
from protclip.predict.structure_files import parse_structure
from protclip.predict.structure_tracks import b_factors, coloured
from protclip.records import Protein
from streamlit_app import structure_input
from streamlit_app.explain_work import drawn
from streamlit_app.structure3d import AGAINST, FOR, LIBRARY, NEUTRAL, WITHOUT_WEBGL, colour_of, colours
from streamlit_app.structure_input import EXAMPLE_NAME, example_text, text_of

SITE = 93
"""The active serine of P15555, which is 62 in the file."""


@pytest.fixture(scope="module")
def example():
    """The shipped structure with a made-up track over P15555's residues as far as the file has them."""
    (chain,) = parse_structure(example_text(), EXAMPLE_NAME).chains
    sequence = "M" * 33 + chain.sequence
    values = np.linspace(-1, 2, len(sequence)).astype(np.float32)
    track = Track(name="contribution", values=values, threshold=0.0)
    return Explanation(
        protein=Protein(accession="P15555", sequence=sequence), sentence="</script><b>", cosine=0.5, tracks=(track,),
        controls=(), warnings=(), model="tiny", fingerprint="0", seed=1,
    )  # fmt: skip


@pytest.fixture(scope="module")
def shown(example):
    return drawn(example, "contribution", example_text(), EXAMPLE_NAME, 300)


def test_nothing_is_fetched_from_elsewhere(shown) -> None:
    assert f"loadScriptAsync('{LIBRARY}')" in shown.html
    outside = set(re.findall(r"https?://[^\s'\"/]+", shown.html))
    assert outside <= {"https://medium.com"}, "a comment of py3Dmol's"


def test_a_tag_in_the_file_or_the_sentence_does_not_survive(shown) -> None:
    assert "</script><b>" in shown.coloured.text.replace("REMARK  99 ", "").replace("\n", "")
    assert shown.html.count("</script>") == 2
    assert "<b>" not in shown.html


def test_a_saved_picture_tells_what_made_it(shown) -> None:
    assert "P15555 by contribution for" in shown.html
    assert '"P15555-structure" + ".png"' in shown.html


def test_a_browser_without_webgl_is_told_so_and_what_works_without(shown) -> None:
    wait, told = shown.html.rsplit("$3Dmolpromise.then(", 1)[1].split("}).catch(")
    assert 'throw new Error("no WebGL")' in wait
    assert json.dumps(WITHOUT_WEBGL) in told


def test_the_library_is_the_one_that_is_told_of() -> None:
    folder = structure_input.EXAMPLE_FILE.parent
    told = (folder / "README.md").read_text(encoding="utf-8")
    assert hashlib.sha256((folder / LIBRARY.rpartition("/")[2]).read_bytes()).hexdigest() in told
    shipped = {path.name for path in folder.iterdir()} - {"README.md", "3Dmol-LICENSE.txt"}
    assert {name for name in shipped if f"| `{name}` |" not in told} == set()


def test_the_same_question_gives_the_same_html(shown, example) -> None:
    again = drawn(example, "contribution", example_text(), EXAMPLE_NAME, 300)
    assert again.html == shown.html


def test_the_catalytic_serine_keeps_its_number(shown) -> None:
    residues = json.loads(re.search(r"residues = (\[\[.*?\]\])", shown.html)[1])
    by_number = {number: (position, chain) for position, chain, number, _ in residues}
    assert by_number[SITE - 31] == (SITE, "A")
    assert "HETATM" in shown.coloured.text  # the penicillin on it
    assert len(residues) == len(shown.coloured.positions) == shown.coloured.matches[0].num_pairs


@pytest.mark.parametrize("values", [np.float32([-1, 0.5, 1]), np.float32([0, 0.5, 1])])
def test_every_b_factor_that_is_written_has_its_colour(values) -> None:
    told = colours(values)
    scaled, neutral = b_factors(values)
    for value in (*scaled, neutral):
        written = float(f"{value:6.2f}")
        assert f"{written:g}" in told, "as JavaScript writes the number that it reads in the file"
    assert told[f"{float(scaled.max()):g}"] == "#{:02X}{:02X}{:02X}".format(*FOR)
    assert told[f"{neutral:g}"] == "#{:02X}{:02X}{:02X}".format(*NEUTRAL)
    if neutral:
        assert told["0"] == "#{:02X}{:02X}{:02X}".format(*AGAINST)


def test_colours_grow_with_the_value() -> None:
    reds = [int(colour_of(share)[1:3], 16) for share in np.linspace(-1, 1, 21)]
    assert reds == sorted(reds)
    assert colour_of(5.0) == colour_of(1.0)


def test_a_structure_of_another_protein_is_a_sentence(example) -> None:
    other = Protein(accession="P2", sequence="WWHHCCNNDD" * 20)
    track = Track(name="contribution", values=np.ones(200, np.float32), threshold=0.0)
    explanation = Explanation(
        protein=other, sentence="x", cosine=0.0, tracks=(track,), controls=(), warnings=(), model="m",
        fingerprint="0", seed=1,
    )  # fmt: skip
    with pytest.raises(InputError, match="of another protein than P2"):
        coloured(parse_structure(example_text(), EXAMPLE_NAME), explanation, "contribution")


def test_what_is_no_structure_is_a_sentence(monkeypatch) -> None:
    with pytest.raises(InputError, match=r"a\.pdb has no atoms of a protein"):
        parse_structure(text_of(b"HEADER  nothing\n", "a.pdb"), "a.pdb")
    for nothing in (b"", b" \n"):
        with pytest.raises(InputError, match=r"a\.pdb is empty"):
            text_of(nothing, "a.pdb")
    with pytest.raises(InputError, match="is no text"):
        text_of(b"\xff\xfe\x00ATOM", "a.pdb")
    with pytest.raises(InputError, match="zip archive"):
        text_of(b"PK\x03\x04....", "a.cif")
    with pytest.raises(RecordError, match="cut off"):
        text_of(structure_input.EXAMPLE_FILE.read_bytes()[:2000], "a.pdb.gz")
    monkeypatch.setattr(structure_input, "MAX_BYTES", 10)
    with pytest.raises(InputError, match="more than the 10 bytes"):
        text_of(b"A" * 11, "a.pdb")
