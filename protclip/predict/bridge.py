"""A bridge between frozen spaces over a knowledge graph, after BioBridge (Wang et al. 2024, ICLR).

psi carries a head's embedding, for a relation and a type of tail, to where its tails should be. Shapes: B triplets,
H heads, N tails, W the bridge's width.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from protclip.data.files import replacing
from protclip.errors import AssetError, FingerprintError, InputError

_CONFIG, _WEIGHTS = "bridge.json", "bridge.safetensors"

Rows = npt.NDArray[np.float32]
Question = tuple[str, str, str]
"""Type of the head, relation, type of the tail: ("gene/protein", "interacts with", "molecular_function")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """The frozen embeddings of all nodes of one type, rows (n, D) in the order of `KnowledgeGraph.of_type`.

    ``fingerprint`` names the encoder that made them.
    """

    rows: Rows
    fingerprint: str

    def __post_init__(self) -> None:
        if self.rows.ndim != 2 or not np.isfinite(self.rows).all():
            raise InputError(
                f"a space needs rows (n, D) of finite numbers; its array has shape {self.rows.shape}"
            )


Spaces = Mapping[str, Space]
"""By type of node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeConfig:
    """Shape of a bridge; BioBridge's values where there is a default.

    Attributes
    ----------
    types, widths, fingerprints
        Types of nodes, and of each the width and the encoder of its space.
    relations
        Names of the relations.
    width, num_layers, num_heads
        Of the transformer.
    """

    types: tuple[str, ...]
    widths: tuple[int, ...]
    fingerprints: tuple[str, ...]
    relations: tuple[str, ...]
    width: int = 768
    num_layers: int = 6
    num_heads: int = 12

    @classmethod
    def of(
        cls, spaces: Spaces, relations: tuple[str, ...], *, width: int, num_layers: int, num_heads: int
    ) -> Self:
        """The shape that fits these spaces."""
        types = tuple(sorted(spaces))
        return cls(
            types=types,
            widths=tuple(spaces[t].rows.shape[1] for t in types),
            fingerprints=tuple(spaces[t].fingerprint for t in types),
            relations=relations,
            width=width,
            num_layers=num_layers,
            num_heads=num_heads,
        )


class Bridge(nn.Module):
    """Projections of every space to one width, and psi between them.

    psi(z, t, r, t') = p + T([p, e_t, e_r, e_t'])_0 with p the projected head, T a transformer and e learnable
    embeddings of types and relation. Tails are projected alone, and compared by their cosine with psi.
    """

    def __init__(self, config: BridgeConfig) -> None:
        super().__init__()
        self.config = config
        self.projections = nn.ModuleList(
            nn.Linear(width, config.width, bias=False) for width in config.widths
        )
        self.type_embedding = nn.Embedding(len(config.types), config.width)
        self.relation_embedding = nn.Embedding(len(config.relations), config.width)
        layer = nn.TransformerEncoderLayer(
            config.width, config.num_heads, 4 * config.width, dropout=0.0, activation="gelu", batch_first=True
        )
        self.transformer = nn.TransformerEncoder(layer, config.num_layers, enable_nested_tensor=False)

    def forward(self, heads_BD: Tensor, question: Question) -> Tensor:
        """Unit rows (B, W) where the tails of heads should be."""
        head_type, relation, tail_type = question
        projected_BW = self.projections[self._type(head_type)](heads_BD)
        ids = torch.tensor([self._type(head_type), self._type(tail_type)], device=heads_BD.device)
        head_W, tail_W = self.type_embedding(ids)
        relation_W = self.relation_embedding.weight[_place("relation", relation, self.config.relations)]
        asked_B3W = torch.stack([head_W, relation_W, tail_W]).expand(len(heads_BD), -1, -1)
        moved_BW = self.transformer(torch.cat([projected_BW[:, None], asked_B3W], dim=1))[:, 0]
        return F.normalize(projected_BW + moved_BW, dim=-1)

    def project_tails(self, tails_ND: Tensor, tail_type: str) -> Tensor:
        """Unit rows (N, W) of tails."""
        return F.normalize(self.projections[self._type(tail_type)](tails_ND), dim=-1)

    def check_spaces(self, spaces: Spaces) -> None:
        """Raise FingerprintError unless these are the spaces that the bridge was made for."""
        for name, width, fingerprint in zip(
            self.config.types, self.config.widths, self.config.fingerprints, strict=True
        ):
            if name in spaces and (spaces[name].rows.shape[1], spaces[name].fingerprint) != (
                width,
                fingerprint,
            ):
                raise FingerprintError(
                    f"the bridge was made for {name} embeddings of width {width} by {fingerprint!r}; given are "
                    f"{spaces[name].rows.shape[1]} by {spaces[name].fingerprint!r}. Embed them with the same encoder"
                )

    def _type(self, name: str) -> int:
        return _place("type", name, self.config.types)


def rank(bridge: Bridge, spaces: Spaces, question: Question, heads: npt.NDArray[np.int64]) -> Rows:
    """Cosines (H, N) of all tails of a type for some heads, given as rows of the head type's space.

    Raises
    ------
    InputError
        If the bridge or the spaces lack a type or the relation.
    FingerprintError
        If a space is another than the bridge was made for.
    """
    bridge.check_spaces(spaces)
    for name in (question[0], question[2]):
        _place("space", name, tuple(spaces))
    with torch.inference_mode():
        moved_HW = bridge(torch.from_numpy(spaces[question[0]].rows[heads]), question)
        tails_NW = bridge.project_tails(torch.from_numpy(spaces[question[2]].rows), question[2])
        cosines_HN: Rows = (moved_HW @ tails_NW.T).numpy()
    return cosines_HN


def tail_ranks(
    scores_HN: Rows, true_HN: npt.NDArray[np.bool_], *, filtered: bool
) -> list[npt.NDArray[np.int64]]:
    """For each head the ranks, from 1, of its true tails, in their order; empty for a head without any.

    A rank is one more than the number of other tails that score at least as high: ties count against the model. Raw,
    all other tails are counted; ``filtered``, those that are not true.
    """
    found = []
    for scores, is_true in zip(scores_HN, true_HN, strict=True):
        rivals = np.sort(scores[~is_true] if filtered else scores)
        # Of all tails one is the tail itself.
        itself = 0 if filtered else 1
        found.append(len(rivals) - np.searchsorted(rivals, scores[is_true], side="left") - itself + 1)
    return found


def mean_reciprocal_rank(scores_HN: Rows, true_HN: npt.NDArray[np.bool_], *, filtered: bool) -> float:
    """Mean over heads of the mean reciprocal rank of each one's true tails; heads without any are left out.

    BioBridge's code has no MRR and the papers do not state theirs, so the convention is ours, as are the ranks
    (`tail_ranks`).

    Raises
    ------
    InputError
        If no head has a true tail.

    Examples
    --------
    >>> scores, true = np.array([[3.0, 2.0, 1.0]], dtype=np.float32), np.array([[True, True, False]])
    >>> mean_reciprocal_rank(scores, true, filtered=True), mean_reciprocal_rank(scores, true, filtered=False)
    (1.0, 0.75)
    """
    means = [(1 / ranks).mean() for ranks in tail_ranks(scores_HN, true_HN, filtered=filtered) if len(ranks)]
    if not means:
        raise InputError("none of the heads has a true tail; give heads that have one")
    return float(np.mean(means))


def save_bridge(bridge: Bridge, folder: Path) -> None:
    """Write configuration and weights into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / _WEIGHTS) as path:
        save_file({name: value.contiguous() for name, value in bridge.state_dict().items()}, path)
    with replacing(folder / _CONFIG) as path:
        path.write_text(json.dumps(asdict(bridge.config), indent=2) + "\n", encoding="utf-8")


def load_bridge(folder: Path) -> Bridge:
    """Read what `save_bridge` wrote, in eval mode.

    Raises
    ------
    AssetError
        If a file is missing or damaged.
    """
    try:
        given: dict[str, Any] = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
        lists: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
        bridge = Bridge(BridgeConfig(**lists))
        bridge.load_state_dict(load_file(folder / _WEIGHTS))
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
        told = " ".join(str(error).split())
        raise AssetError(
            f"the bridge in {folder} is missing or damaged ({told}). Copy or train it again"
        ) from error
    return bridge.eval()


def _place(what: str, name: str, known: tuple[str, ...]) -> int:
    if name not in known:
        raise InputError(f"there is no {what} {name!r} here; known are {', '.join(known)}")
    return known.index(name)
