"""The proteins of a store by accession; one that it does not hold is an error that names the nearest."""

from collections.abc import Sequence

from protclip.errors import InputError
from protclip.records import Protein
from vector_store.recognise import as_accession, nearest_accessions, shortened
from vector_store.store import ProteinStore, Vector


class KnownProteins:
    """Looks accessions up in a store."""

    def __init__(self, store: ProteinStore) -> None:
        self._store = store

    def has(self, accession: str) -> bool:
        """Whether the store holds a protein of this very accession."""
        return self._store.get([accession])[0] is not None

    def protein(self, accession: str) -> Protein:
        """A protein, by its accession in whatever spelling. Raises InputError for an unknown one."""
        found = self._store.get([as_accession(accession, self.has)])[0]
        if found is None:
            raise self._unknown(accession)
        return found

    def vectors(self, accessions: Sequence[str]) -> list[Vector]:
        """The protein vectors (d,) of accessions. Raises InputError for an unknown one."""
        found = self._store.vectors(accessions, "protein")
        for accession, vector in zip(accessions, found, strict=True):
            if vector is None:
                raise self._unknown(accession)
        return [vector for vector in found if vector is not None]

    def _unknown(self, accession: str) -> InputError:
        near = nearest_accessions(accession, self._store.accessions())
        hint = f"Nearest: {', '.join(near)}" if near else "Search by its sequence instead"
        return InputError(f"the index has no protein {shortened(accession)!r}. {hint}")
