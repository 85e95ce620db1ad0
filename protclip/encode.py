"""Encoder: sequences or texts in, unit rows of the shared space out, in input order."""

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from torch import Tensor
from torch.nn.functional import normalize

from protclip.batching import token_batches
from protclip.data.biotext import clauses
from protclip.devices import (
    Progress,
    autocast,
    default_device,
    fast_dtype,
    on_device,
    rows_of_batches,
    run_batches,
)
from protclip.errors import AssetError, InputError
from protclip.model.checkpoint_files import check_folder, fingerprint
from protclip.model.configuration import ProtCLIPConfig
from protclip.model.modeling import ProtCLIPModel
from protclip.model.processing import ProtCLIPProcessor, collate_residues, residue_tokens
from protclip.records import Biotext
from protclip.sequence import clean_sequence, windows
from protclip.windowing import WINDOW_OVERLAP, mean_of_windows

Rows = npt.NDArray[np.float32]

MAX_TOKENS, CPU_TOKENS = 32_768, 1_024
"""Tokens of a padded batch, and of a transformer's on a CPU, whose cache the activations should fit: a quarter to a
third of the time (docs/lab_log.md, docs/scale.md)."""


class Encoder:
    """Runs a checkpoint's towers over many records.

    Rows come back in input order, do not depend on what else is in the batch, and arguments are not
    written to. A protein longer than the model takes is encoded in windows whose features are averaged,
    weighed by their residues; `num_windows` says how many.

    ``max_tokens`` bounds a padded batch, by default as the device likes it; ``dtype`` is what the protein tower runs
    in, by default what the hardware multiplies fastest.

    Examples
    --------
    >>> encoder = Encoder.from_pretrained()  # the shipped checkpoint
    >>> proteins = encoder.proteins(["MKTAYIAKQRQISFVKSHFSRQ", "MSDNELLQ"])
    >>> proteins.shape == (2, encoder.dimension), proteins.dtype
    (True, dtype('float32'))
    >>> texts = encoder.texts(["DNA repair helicase"])
    >>> cosines = texts @ proteins.T
    >>> cosines.shape
    (1, 2)
    """

    def __init__(
        self,
        model: ProtCLIPModel,
        processor: ProtCLIPProcessor,
        *,
        name: str,
        fingerprint: str,
        max_tokens: int | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        self.model, self.processor = model.eval(), processor
        self.name, self.fingerprint = name, fingerprint
        self.device = next(model.parameters()).device
        tables_only, on_cpu = model.protein_model is None, self.device.type == "cpu"
        self.max_tokens = max_tokens or (CPU_TOKENS if on_cpu and not tables_only else MAX_TOKENS)
        # Tables and projections alone are cheap: full precision costs nothing there.
        self._protein_dtype = dtype or (torch.float32 if tables_only else fast_dtype(self.device))
        # A query is one text and wants every digit; an annotation table is a hundred thousand.
        self._query_dtype, self._bulk_dtype = torch.float32, fast_dtype(self.device)

    @classmethod
    def from_pretrained(
        cls, path: str | PathLike[str] | None = None, *, device: torch.device | None = None
    ) -> Self:
        """Load a checkpoint folder, or the shipped one.

        Raises
        ------
        AssetError
            If the folder or a file in it is missing or damaged.
        """
        if path is None:
            from protclip.starter import checkpoint_path

            path = checkpoint_path()
        folder = Path(path)
        check_folder(folder)
        try:
            model = ProtCLIPModel.from_pretrained(folder).to(device or default_device())
            processor = ProtCLIPProcessor.from_pretrained(folder)
        except (OSError, ValueError, RuntimeError, SafetensorError) as error:
            raise AssetError(
                f"the checkpoint in {folder} is incomplete or damaged ({error}). Copy it again from its source"
            ) from error
        return cls(model, processor, name=folder.name, fingerprint=fingerprint(folder))

    @property
    def config(self) -> ProtCLIPConfig:
        """The model's configuration."""
        config: ProtCLIPConfig = self.model.config
        return config

    @property
    def dimension(self) -> int:
        """Width of the shared space."""
        return int(self.config.projection_dim)

    def num_windows(self, sequence: str) -> int:
        """In how many windows `proteins` encodes a sequence; 1 for all but very long ones."""
        return len(windows(len(clean_sequence(sequence)), self.config.max_residues, WINDOW_OVERLAP))

    def proteins(self, sequences: Sequence[str], *, progress: Progress | None = None) -> Rows:
        """Unit rows (n, E) of protein sequences.

        Raises
        ------
        InputError
            If a sequence is empty or has a character that is no residue; the text names its position.
        """
        tokens = [residue_tokens(_clean(sequence, number)) for number, sequence in enumerate(sequences)]
        features_ND = mean_of_windows(
            tokens, self.config.max_residues, lambda pieces: self._features(pieces, progress)
        )
        return self._project(features_ND, self.model.project_protein)

    def residue_features(self, sequences: Sequence[str]) -> list[Rows]:
        """Features (L, D) of every residue before projection; their mean is what `proteins` projects.

        Of a protein in several windows, residues in two of them have the mean of both; `proteins` counts
        those twice, so there the means differ a little.

        Raises
        ------
        InputError
            As `proteins` does.
        """
        tokens = [residue_tokens(_clean(sequence, number)) for number, sequence in enumerate(sequences)]
        width = self.config.protein_config.hidden_size
        sums: list[Rows] = [np.zeros((len(found), width), dtype=np.float32) for found in tokens]
        num_windows: list[Rows] = [np.zeros((len(found), 1), dtype=np.float32) for found in tokens]
        places = [
            (number, start, end)
            for number, found in enumerate(tokens)
            for start, end in windows(len(found), self.config.max_residues, WINDOW_OVERLAP)
        ]
        with torch.inference_mode(), autocast(self.device, self._protein_dtype):
            for chosen in token_batches([end - start for _, start, end in places], self.max_tokens):
                pieces = [tokens[number][start:end] for number, start, end in (places[i] for i in chosen)]
                batch = on_device(collate_residues(pieces), self.device)
                rows_BLD = self.model.residue_features(batch.input_ids, batch.attention_mask).float().cpu()
                for row_LD, (number, start, end) in zip(rows_BLD, (places[i] for i in chosen), strict=True):
                    sums[number][start:end] += row_LD[1 : end - start + 1].numpy()  # after <cls>
                    num_windows[number][start:end] += 1
        return [total / times for total, times in zip(sums, num_windows, strict=True)]

    def texts(self, texts: Sequence[str], *, progress: Progress | None = None) -> Rows:
        """Unit rows (n, E) of texts, each read as a whole (cut at the model's ``text_max_tokens``).

        Raises
        ------
        InputError
            If a text is empty.
        """
        for number, text in enumerate(texts):
            if not text.strip():
                raise InputError(f"text {number + 1} of {len(texts)} is empty; give at least a word")
        features = self._text_features(texts, self._query_dtype, progress)
        return self._project(features, self.model.project_text)

    def text_features(self, texts: Sequence[str], *, progress: Progress | None = None) -> Rows:
        """Rows (n, D_text) of the text tower before projection, what a training run caches.

        Unit rows where the projection begins with a LayerNorm, which does not see a row's length: the mean
        over several texts then weighs them alike. Elsewhere the tower's own, as `texts` projects them.
        """
        return self._even(self._text_features(texts, self._bulk_dtype, progress)).numpy()

    def text_token_states(
        self, texts: Sequence[str], *, progress: Progress | None = None
    ) -> list[npt.NDArray[np.float16]]:
        """Token states (T_i, D_text) of each text before projection, specials included, in half precision."""
        found: list[npt.NDArray[np.float16]] = [np.zeros((0, 0), np.float16)] * len(texts)

        def run(chosen: list[int]) -> None:
            batch = on_device(self.processor.texts([texts[i] for i in chosen]), self.device)
            states = self.model.text_states(batch.input_ids, batch.attention_mask).half().cpu().numpy()
            for i, row, length in zip(chosen, states, batch.attention_mask.sum(1).tolist(), strict=True):
                found[i] = row[:length].copy()

        batches = self._text_batches(texts)
        run_batches(batches, run, device=self.device, dtype=self._bulk_dtype, progress=progress)
        return found

    def biotexts(
        self,
        biotexts: Sequence[Biotext],
        *,
        known: dict[str, Tensor] | None = None,
        progress: Progress | None = None,
    ) -> Rows:
        """Unit rows (n, E) of biotexts: the mean over their clauses' text features, projected.

        A biotext lists many statements; the mean over statements loses none of them, where a single
        pass would be cut at the tower's length. Rows of empty biotexts are zero.

        ``known`` keeps the features (D_text,) of clauses from one call to the next: half a million proteins
        share a hundred thousand clauses. Clauses that are new are added to it.
        """
        per_biotext = [clauses(biotext) for biotext in biotexts]
        features = {} if known is None else known
        new = sorted({clause for found in per_biotext for clause in found if clause not in features})
        rows_ND = self._even(self._text_features(new, self._bulk_dtype, progress))
        features.update(zip(new, rows_ND, strict=True))
        means = torch.zeros(len(biotexts), rows_ND.shape[1])
        for number, found in enumerate(per_biotext):
            if found:
                means[number] = torch.stack([features[clause] for clause in found]).mean(0)
        rows = self._project(means, self.model.project_text)
        rows[[number for number, found in enumerate(per_biotext) if not found]] = 0.0
        return rows

    def _features(self, pieces: list[np.ndarray], progress: Progress | None) -> Tensor:
        """Pooled features (N, D) on the CPU, computed in batches of similar length."""

        def run(chosen: list[int]) -> Tensor:
            batch = on_device(collate_residues([pieces[i] for i in chosen]), self.device)
            return self.model.protein_features(batch.input_ids, batch.attention_mask)

        width = self.config.protein_config.hidden_size
        batches = token_batches([len(p) for p in pieces], self.max_tokens)
        dtype = self._protein_dtype
        return rows_of_batches(batches, width, run, device=self.device, dtype=dtype, progress=progress)

    def _text_features(self, texts: Sequence[str], dtype: torch.dtype, progress: Progress | None) -> Tensor:
        def run(chosen: list[int]) -> Tensor:
            batch = on_device(self.processor.texts([texts[i] for i in chosen]), self.device)
            return self.model.text_features(batch.input_ids, batch.attention_mask)

        width = self.config.text_config.hidden_size
        batches = self._text_batches(texts)
        return rows_of_batches(batches, width, run, device=self.device, dtype=dtype, progress=progress)

    def _text_batches(self, texts: Sequence[str]) -> list[list[int]]:
        # About how many tokens each has: enough to put like to like.
        lengths = [min(len(t) // 4 + 2, self.config.text_max_tokens) for t in texts]
        on_cpu = self.device.type == "cpu"
        return token_batches(lengths, min(self.max_tokens, CPU_TOKENS) if on_cpu else self.max_tokens)

    def _even(self, features_ND: Tensor) -> Tensor:
        return normalize(features_ND, dim=-1) if self.config.projection_norm else features_ND

    def _project(self, features_ND: Tensor, project: Callable[[Tensor], Tensor]) -> Rows:
        with torch.inference_mode():
            return project(features_ND.to(self.device)).float().cpu().numpy().copy()


def _clean(sequence: str, number: int) -> str:
    try:
        return clean_sequence(sequence)
    except InputError as error:
        raise InputError(f"sequence {number + 1}: {error}") from error
