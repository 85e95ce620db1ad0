"""What the pages need of store, encoder, ontology and retriever together. No Streamlit, so tests fake its parts."""

import gc
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from protclip.data.evidence import evidence_groups
from protclip.data.go_slim import CC_SLIM, slim_of
from protclip.predict.map_placing import NUM_NEIGHBOURS
from protclip.records import Protein
from streamlit_app.tracks import Track, binned
from streamlit_app.url_state import SearchState
from vector_store.filters import go_id
from vector_store.payload import ec_prefixes
from vector_store.recognise import as_accession
from vector_store.retriever import Retriever
from vector_store.search_records import SearchQuery, SearchResult
from vector_store.store import FacetField, ProteinStore, SearchFilter

if TYPE_CHECKING:
    from protclip.data.ontology import Ontology
    from protclip.encode import Encoder
    from protclip.predict.tasks import Tools

Cosines = npt.NDArray[np.float32]
Values = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]
Counts = dict[FacetField, list[tuple[str, int]]]
Contributions = Callable[[Sequence[str], npt.ArrayLike], Sequence[Values]]
"""Sequences and a query's vector to a value for each residue (`protclip.attribution.residue_contributions`)."""
NUM_COUNTED = 200
"""So many of the best hits are the "result set" whose organisms, terms and so on are counted."""
NUM_SENTENCES = 64
"""Sentences whose search is remembered."""
NUM_NEAR = 3 * NUM_NEIGHBOURS
"""Neighbours asked for where some may not be on the map."""
FACET_LIMITS: dict[FacetField, int] = {
    "go": 300,
    "ec_class": 10,
    "location": 60,
    "organism": 300,
    "evidence": 4,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A search's result, with the query's cosine to each protein of the background (None without a vector)."""

    result: SearchResult
    cosines: Cosines | None


class Engine:
    """One opened index with the model that made it; without ``contributions`` hits have no residue tracks."""

    def __init__(
        self,
        *,
        store: ProteinStore,
        encoder: "Encoder",
        ontology: "Ontology",
        retriever: Retriever,
        contributions: Contributions | None = None,
    ) -> None:
        self.store, self.encoder, self.ontology, self.retriever = store, encoder, ontology, retriever
        self._contributions = contributions
        # A page asks for cosines, warnings and a track of one sentence.
        self._sentence_search = lru_cache(NUM_SENTENCES)(self._searched_sentence)
        info = store.info()
        self.fingerprint, self.num_indexed, self.location = info.fingerprint, info.num_points, info.location
        self.model = encoder.name
        # A folder's path is nobody's business but the server's.
        self.index = self.location.rstrip("/").rpartition("/")[2]

    @cached_property
    def tools(self) -> "Tools":
        """The predictors, of this model and the shipped atlas; each is opened when it is first needed."""
        from protclip.predict.tasks import Tools

        return Tools(self.encoder)

    def find(self, state: SearchState) -> Found:
        """Search for what a state asks.

        Raises
        ------
        ProtCLIPError
            As the retriever does: a query, filter or accession it cannot use, or a failing store.
        """
        result = self.retriever.search(query_of(state))
        cosines = None if result.vector is None else self.retriever.background @ result.vector
        return Found(result=result, cosines=cosines)

    def residue_tracks(self, result: SearchResult) -> dict[str, Track]:
        """Of each hit of a text, in `tracks.NUM_BINS` bins, how its residues move its cosine to the text.

        Empty where there is no text or no vector: two sequences match all over.
        """
        if self._contributions is None or result.kind != "text" or result.vector is None:
            return {}
        proteins = [hit.protein for hit in result.hits]
        values = self._contributions([p.sequence for p in proteins], result.vector)
        return {p.accession: binned(found) for p, found in zip(proteins, values, strict=True)}

    def sentence_cosines(self, sentence: str, sequence: str) -> tuple[Cosines, float]:
        """The cosine of a sentence to each protein of the background, and to one sequence.

        Raises
        ------
        InputError
            When the sentence cannot be searched.
        """
        vector = self._sentence_vector(sentence)
        return self.retriever.background @ vector, float(self.encoder.proteins([sequence])[0] @ vector)

    def sentence_track(self, sentence: str, sequence: str) -> Values | None:
        """How each residue of a sequence moves its cosine to a sentence, float32 (L,); None without a way to tell."""
        if self._contributions is None:
            return None
        return self._contributions([sequence], self._sentence_vector(sentence))[0]

    def sentence_warnings(self, sentence: str) -> tuple[str, ...]:
        """What stands against a sentence: that it reads like no known function, say."""
        return self._sentence_search(sentence).warnings

    def _sentence_vector(self, sentence: str) -> Values:
        vector = self._sentence_search(sentence).vector
        assert vector is not None, "a semantic search has a vector"
        return vector

    def _searched_sentence(self, sentence: str) -> SearchResult:
        return self.retriever.search(SearchQuery(text=sentence, kind="text", mode="semantic", top=1))

    def protein(self, accession: str) -> Protein:
        """A protein of the index; an unknown accession is an InputError that names near ones."""
        return self.retriever.protein(accession)

    def proteins(self, accessions: Sequence[str]) -> list[Protein | None]:
        """The proteins of some accessions, None where the index has none."""
        return self.store.get(accessions)

    def near(self, sequences: Sequence[str]) -> list[list[tuple[str, float]]]:
        """For each sequence the nearest proteins of the index, by accession with the cosine, nearest first."""
        from vector_store.neighbours import StoreSource  # brings the aligner, which no search needs

        source = StoreSource(self.store)
        found = source.nearest(self.encoder.proteins(sequences), NUM_NEAR)
        return [[(n.protein.accession, n.cosine) for n in near] for near in found]

    def is_known(self, accession: str) -> bool:
        """Whether the index holds an accession, as the search would write it."""
        return self.store.get([as_accession(accession, self._is_stored)])[0] is not None

    def _is_stored(self, accession: str) -> bool:
        return self.store.get([accession])[0] is not None

    def index_counts(self, where: SearchFilter) -> Counts:
        """How often each filter value occurs among the proteins of the index that pass a filter."""
        return self._all_counts if where == SearchFilter() else self._counted(where)

    @cached_property
    def _all_counts(self) -> Counts:
        return self._counted(SearchFilter())

    def _counted(self, where: SearchFilter) -> Counts:
        return {
            name: [(f.value, f.count) for f in self.retriever.facets(name, where, limit)]
            for name, limit in FACET_LIMITS.items()
        }

    def result_counts(self, state: SearchState) -> Counts:
        """How often each filter value occurs among the best hits of a search, most frequent first."""
        result = self.retriever.search(query_of(replace(state, top=NUM_COUNTED)))
        counters: dict[FacetField, Counter[str]] = {name: Counter() for name in FACET_LIMITS}
        for hit in result.hits:
            for name, values in self._filter_values(hit.protein).items():
                counters[name].update(values)
        return {
            name: sorted(counters[name].items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
            for name, limit in FACET_LIMITS.items()
        }

    def _filter_values(self, protein: Protein) -> dict[FacetField, list[str]]:
        ids = [a.id for a in protein.of_kind("go") if a.id in self.ontology]
        terms = self.ontology.closure(ids) - set(self.ontology.roots)
        return {
            "go": sorted(terms),
            "ec_class": [prefix for prefix in ec_prefixes(protein) if "." not in prefix],
            "location": list(slim_of(ids, self.ontology, CC_SLIM)),
            "organism": [protein.organism] if protein.organism else [],
            "evidence": list(evidence_groups(protein)),
        }

    def title(self, protein: Protein) -> str:
        """Name, gene, or most informative function."""
        return self.retriever.title(protein)

    def go_name(self, value: str) -> str:
        """The name of a GO id, "" where the ontology does not know it."""
        return self.ontology.term(value).name if value in self.ontology else ""

    def go_id(self, text: str) -> str:
        """The GO id that an id or a name stands for; InputError with near ones where it stands for none."""
        return go_id(text.strip(), self.ontology)


def open_engine(url: str, progress: Progress) -> Engine:
    """Load the model of `default_model` and open its index; the shipped one's is built where there is none.

    Parameters
    ----------
    url
        A folder, or the address of a Qdrant server.
    progress
        Called with proteins loaded and proteins in all while the index is built.

    Raises
    ------
    ProtCLIPError
        When a file is missing or damaged, or the index belongs to another model, is held by
        another program, or cannot be reached.
    """
    from protclip.attribution import residue_contributions
    from vector_store.opening import default_model
    from vector_store.searching import open_search

    opened = open_search(url, default_model(), share=False, progress=progress)
    return Engine(
        store=opened.store,
        encoder=opened.encoder,
        ontology=opened.ontology,
        retriever=opened.retriever,
        contributions=partial(residue_contributions, opened.encoder),
    )


def warm_up(engine: Engine) -> None:
    """Do now what would make the first visitor wait.

    Last, all that is there now, half a million objects that stay, is left out of further garbage collections:
    Streamlit collects after every run of a page, and looking through model, ontology and index took 0.4 s each time.
    """
    found = engine.find(SearchState(text="helicase"))
    for hit in found.result.hits:
        engine.title(hit.protein)
    engine.residue_tracks(found.result)
    engine.index_counts(SearchFilter())
    gc.collect()
    gc.freeze()


def query_of(state: SearchState) -> SearchQuery:
    """The retriever's query for a state of the page; a search by example sets the text aside."""
    by_example = bool(state.more_like or state.less_like)
    return SearchQuery(
        text="" if by_example else state.text,
        mode="hybrid" if by_example else state.mode,
        top=state.top,
        filter=state.filter,
        more_like=state.more_like,
        less_like=state.less_like,
    )


def query_words(state: SearchState) -> str:
    """A query in one line, for the origin of a download."""
    parts = [("more like", state.more_like), ("less like", state.less_like)]
    examples = "; ".join(f"{words} {', '.join(accessions)}" for words, accessions in parts if accessions)
    return examples or state.text
