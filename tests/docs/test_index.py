"""The index lists every document by its title."""

from operations.index import TARGET, render
from tests.docs.markdown import ROOT, links


def test_the_index_is_that_of_the_titles() -> None:
    assert TARGET.read_text() == render(), "run: make docs"


def test_every_document_is_listed() -> None:
    docs = ROOT / "docs"
    written = {*docs.glob("*.md"), *docs.glob("adr/*.md"), docs / "policies" / "README.md"} - {TARGET}
    assert written <= {path.resolve() for path, _ in links(TARGET)}


def test_titles_and_places() -> None:
    text = TARGET.read_text()
    assert "## Runbooks\n- [" in text
    assert "- [1. Availability zones are listed, never looked up](adr/0001-" in text
    assert "- [Policies](policies.md)" in text
