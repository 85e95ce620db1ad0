from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from protclip.data.atlas import Atlas
from protclip.data.go_slim import CC_SLIM, slim_of
from protclip.data.ontology import Ontology
from protclip.errors import FingerprintError, StoreError
from protclip.records import Annotation, Protein
from vector_store.build_index import (
    average_words,
    build_from_proteins,
    build_index,
    ensure_index,
    lexical_text,
    point_of,
)
from vector_store.edge import EdgeStore
from vector_store.manifest import read_manifest
from vector_store.opening import open_store
from vector_store.store import ProteinStore

EXPECTED = ("0123456789abcdef", 16)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tmp_path / "index")


def test_what_words_see(ontology: Ontology, proteins: tuple[Protein, ...]) -> None:
    assert lexical_text(proteins[0], ontology) == (
        "Breast cancer type 1 helicase BRCA1 P38398 Homo sapiens (Human) "
        "DNA helicase activity DNA repair nucleus 3.6.4.12"
    )
    pfam = replace(proteins[8], annotations=(Annotation(kind="pfam", id="PF00270", text="DEAD box"),))
    assert lexical_text(pfam, ontology) == "P44444 PF00270 DEAD box"
    assert average_words(proteins[:1], ontology) == 17
    assert average_words([], ontology) > 0


def test_what_a_point_knows(ontology: Ontology, proteins: tuple[Protein, ...]) -> None:
    newer = Annotation(kind="go", id="GO:9999999", text="a term of next year")
    protein = replace(proteins[1], annotations=(*proteins[1].annotations, newer))
    point = point_of(protein, np.ones(16, np.float32), np.zeros(16, np.float32), ontology)
    assert set(point.go_closure) >= {"GO:0003678", "GO:0004386", "GO:0003674", "GO:0005575", "GO:9999999"}
    assert point.location == ("GO:0005634", "GO:0005730")
    assert point.biotext_vector is None
    assert "a term of next year" in point.lexical_text


def test_it_counts_and_says_how_far_it_is(folder: str, atlas: Atlas, ontology: Ontology) -> None:
    store = open_store(folder, *EXPECTED, "write")
    told: list[tuple[int, int]] = []
    assert build_index(atlas, ontology, store, lambda *numbers: told.append(numbers)) == 10
    assert told == [(n, 10) for n in range(1, 11)]
    assert store.info().complete
    assert build_index(atlas, ontology, store) == 0
    assert store.info().complete
    store.close()


def test_what_was_loaded_before_a_failure_is_not_loaded_again(
    folder: str, atlas: Atlas, ontology: Ontology, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EdgeStore, "batch_size", 3)
    store = open_store(folder, *EXPECTED, "write")

    def stop(done: int, _: int) -> None:
        if done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_index(atlas, ontology, store, stop)
    store.close()
    told: list[int] = []
    store = open_store(folder, *EXPECTED, "write")
    assert build_index(atlas, ontology, store, lambda done, _: told.append(done)) == 4
    assert told == [7, 8, 9, 10]
    assert store.info().num_points == 10
    store.close()


def test_an_atlas_of_another_checkpoint_is_refused(folder: str, atlas: Atlas, ontology: Ontology) -> None:
    store = open_store(folder, *EXPECTED, "write")
    with pytest.raises(FingerprintError, match=r"feedface.*0123456789abcdef"):
        build_index(replace(atlas, fingerprint="feedface"), ontology, store)
    assert store.info().num_points == 0
    store.close()


def test_proteins_are_encoded_on_the_way(
    folder: str, proteins: tuple[Protein, ...], ontology: Ontology, encoder: Any
) -> None:
    store = open_store(folder, *EXPECTED, "write")
    assert build_from_proteins(proteins, ontology, store, encoder) == 10
    stored = store.vectors([p.accession for p in proteins], "protein")
    np.testing.assert_allclose(stored, encoder.proteins([p.sequence for p in proteins]), atol=1e-6)
    assert [v is None for v in store.vectors(["P38398", "P44444"], "biotext")] == [False, True]
    assert build_from_proteins(proteins, ontology, store, encoder) == 0
    store.close()


@pytest.fixture
def ensure(folder: str, atlas: Atlas, ontology: Ontology) -> Iterator[Callable[..., ProteinStore]]:
    opened: list[ProteinStore] = []

    def call(read: Callable[[], Atlas] = lambda: atlas, **kwargs: Any) -> ProteinStore:
        opened.append(ensure_index(folder, read, ontology, expected=EXPECTED, **kwargs))
        return opened[-1]

    yield call
    for store in opened:
        store.close()


def never() -> Atlas:
    raise AssertionError("the atlas was read though the index is complete")


def test_an_index_is_built_once(ensure: Callable[..., ProteinStore], folder: str) -> None:
    store = ensure()
    assert (store.info().num_points, store.info().complete) == (10, True)
    manifest = read_manifest(Path(folder))
    assert manifest is not None
    assert 3 < manifest.average_words < 17
    copy = ensure(never, mode="copy")
    assert copy.info().num_points == 10
    store.close()
    assert ensure(never).info().num_points == 10


def test_an_interrupted_index_is_gone_on_with(ensure: Callable[..., ProteinStore], folder: str) -> None:
    open_store(folder, *EXPECTED, "write").close()
    assert ensure().info().complete


def test_a_failed_build_leaves_the_folder_free(ensure: Callable[..., ProteinStore], atlas: Atlas) -> None:
    with pytest.raises(StoreError):
        ensure(lambda: replace(atlas, fingerprint="feedface"))
    assert ensure().info().complete


def test_locations_are_those_of_the_slim(ontology: Ontology, proteins: tuple[Protein, ...]) -> None:
    row = np.ones(16, np.float32)
    for protein in proteins:
        ids = [a.id for a in protein.of_kind("go")]
        assert point_of(protein, row, row, ontology).location == slim_of(ids, ontology, CC_SLIM)
        assert set(point_of(protein, row, row, ontology).go_closure) == ontology.closure(ids)
