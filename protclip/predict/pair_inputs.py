"""Which proteins a user means: FASTA files, sequences, accessions of an atlas, or a list of pairs of these."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from protclip.data.atlas import Atlas
from protclip.errors import InputError, RecordError
from protclip.predict.targets import given_proteins
from protclip.records import Protein
from protclip.textio import Report, open_text, source_name

_LABEL_RESIDUES = 12


@dataclass(frozen=True, kw_only=True)
class PairInputs:
    """Finds proteins; the atlas is read when the first accession is asked for, and once."""

    read_atlas: Callable[[], Atlas]

    @cached_property
    def atlas(self) -> Atlas:
        """The atlas whose accessions are known."""
        return self.read_atlas()

    def proteins(self, text: str) -> list[Protein]:
        """The proteins of a FASTA file, a sequence itself, or the protein of an accession, in this order of trying.

        Raises
        ------
        InputError
            If it is none of the three, or a file cannot be read.
        """
        # Standard input is the list of pairs, or nobody's.
        if text != "-" and (given := given_proteins(text, sequence_label)):
            return given
        if text not in self.by_accession:
            raise InputError(
                f"{text[: _LABEL_RESIDUES * 3]!r} is no FASTA file, no sequence, and no accession of the atlas "
                f"({len(self.by_accession):,} proteins). Give one of these"
            )
        return [self.by_accession[text]]

    def pairs(self, first: str, second: str) -> list[tuple[Protein, Protein]]:
        """Each protein of the first with each of the second.

        Raises
        ------
        InputError
            As `proteins`.
        """
        return [(a, b) for a in self.proteins(first) for b in self.proteins(second)]

    def listed_pairs(self, path: str, report: Report) -> Iterator[tuple[Protein, Protein]]:
        """The pairs of a file with two tab-separated columns; a line that cannot be used goes to ``report``.

        Raises
        ------
        InputError
            If the file cannot be opened; "-" is standard input.
        """
        source = source_name(path)
        with open_text(path) as lines:
            for number, line in enumerate(lines, 1):
                cells = line.split("\t")
                if not line.strip():
                    continue
                if len(cells) != 2:
                    problem = f"there are {len(cells)} columns"
                    report(RecordError(source, number, problem, "Write two proteins, separated by a tab."))
                    continue
                try:
                    yield from self.pairs(cells[0].strip(), cells[1].strip())
                except InputError as error:
                    report(RecordError(source, number, str(error).rstrip("."), "The other lines are done."))

    @cached_property
    def by_accession(self) -> dict[str, Protein]:
        """The proteins of the atlas."""
        return {protein.accession: protein for protein in self.atlas.proteins}


def sequence_label(sequence: str) -> str:
    """What a sequence without a name is called: its first residues and its length."""
    return f"{sequence[:_LABEL_RESIDUES]}...[{len(sequence)}]"
