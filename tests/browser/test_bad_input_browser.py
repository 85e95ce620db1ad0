"""Strange files and texts in Chromium: each is answered in words that are seen, and nothing is dropped in silence."""

import gzip
import re
import zipfile
from pathlib import Path

import pytest

import streamlit_app
from tests.browser.conftest import needs_browser, needs_shipped, parameters, settled

pytestmark = [*needs_browser, needs_shipped]
ASKED = "/explain?p=P00918&text=carbonate+dehydratase+activity"
OTHER = Path(streamlit_app.__file__).parent / "static" / "1pwc.pdb.gz"


@pytest.fixture
def visitor(visit, base):
    def open_page(path, heading, **options):
        page = visit(**options)
        page.goto(base + path)
        page.get_by_role("heading", name=heading).wait_for()
        return settled(page)

    return open_page


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    with zipfile.ZipFile(folder / "table.fasta", "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    (folder / "table.docx").write_bytes((folder / "table.fasta").read_bytes())
    with gzip.open(folder / "bomb.fasta.gz", "wb", compresslevel=6) as file:
        file.write(b">bomb\n")
        for _ in range(60):
            file.write(b"A" * 1_000_000)
    (folder / "empty.pdb").write_bytes(b"")
    return folder


def test_a_file_that_is_no_fasta_is_told_so_on_a_phone_too(visitor, files) -> None:
    page = visitor("/annotate?in=upload", "Annotate proteins", viewport={"width": 390, "height": 844})
    given = page.locator("input[type=file]")
    given.set_input_files(files / "bomb.fasta.gz")
    page.get_by_text("larger than 20 MB").wait_for()
    given.set_input_files(files / "table.fasta")
    page.get_by_text("a zip archive, as Word and Excel files are").wait_for()
    given.set_input_files(files / "table.docx")
    told = page.get_by_text("files are not allowed")
    told.wait_for()
    place = told.bounding_box()
    assert place["width"] > 100, "it is seen, not only read out or shown on pointing at the file"
    assert place["x"] + place["width"] <= 390


def test_a_structure_that_does_not_fit_is_refused_with_what_was_compared(visitor, files) -> None:
    page = visitor(ASKED, "Which residues does a sentence speak of")
    page.get_by_test_id("stFileUploader").wait_for()
    given = page.locator("input[type=file]")
    given.set_input_files(files / "empty.pdb")
    page.get_by_text("empty.pdb is empty").wait_for()
    given.set_input_files(OTHER)
    page.get_by_text("The structure is of another protein than P00918").wait_for()
    page.get_by_role("button", name="Leave the uploaded structure out").click()
    page.wait_for_url(lambda url: "structure=" not in url)


def test_texts_that_are_too_long_are_told_of_and_not_swallowed(visitor) -> None:
    page = visitor("/explain?p=P00918", "Which residues does a sentence speak of")
    box = page.get_by_role("textbox", name="Sentence", exact=True)
    box.fill("unwinds DNA " * 60)
    box.press("Control+Enter")
    page.get_by_text("“Sentence” takes at most 500 characters").wait_for()
    assert 480 <= len(parameters(settled(page))["text"][0]) <= 500
    page = visitor("/mutations", "What does a mutation do")
    box = page.get_by_role("textbox", name="Protein", exact=True)
    box.fill("MKVLAAGGTW" * 1_000)
    box.press("Control+Enter")
    page.get_by_text(re.compile(r"has 10,000 residues; this page takes at most 2,000")).wait_for()
    box.fill("MKVLAAGGTW" * 30_000)
    box.press("Control+Enter")
    page.get_by_text("more than 200,000 bytes").wait_for()


def test_an_address_of_any_length_leads_to_a_page(visitor) -> None:
    heading = "Find proteins by what they do"
    page = visitor("/?q=" + "A" * 100_000, heading)
    page.get_by_text("was ignored: it takes at most 500 characters").wait_for()
    page = visitor("/?q=" + "A" * 1_000_000, heading)  # Streamlit hands no more than half a million on
    page.get_by_text("says how far each match stands out").wait_for()
