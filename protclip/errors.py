"""Typed errors of protclip. A message says what was given, what is accepted, and what to do."""


class ProtCLIPError(Exception):
    """Base of every error this project raises on purpose; its text is fit to show a user."""


class InputError(ProtCLIPError, ValueError):
    """A value a caller or user gave cannot be used (sequence, query, accession, filter, option)."""


class FieldError(InputError):
    """A request that cannot be used; ``field`` names what is to be changed, "" the whole of it."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class RecordError(InputError):
    """A record in a file is malformed. The text names the file, the line and the remedy.

    ``accession`` is the record's where the reader got that far, else "".
    """

    def __init__(self, path: object, line: int, problem: str, remedy: str, accession: str = "") -> None:
        self.path, self.line, self.problem, self.remedy = str(path), line, problem, remedy
        self.accession = accession
        super().__init__(f"{path}, line {line}: {problem}. {remedy}")


class AssetError(ProtCLIPError):
    """A file that should be on disk (checkpoint, atlas, package data) is missing or damaged."""


class StoreError(ProtCLIPError):
    """The vector store cannot do what was asked (absent, locked, damaged, unreachable)."""


class FingerprintError(StoreError):
    """Index and checkpoint (or index and schema) do not belong together."""
