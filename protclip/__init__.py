"""ProtCLIP: proteins and text in one space."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from protclip.predict.tasks import Tools

__all__ = ["predict_task"]


def predict_task(request: "Mapping[str, Any]", tools: "Tools | None" = None) -> dict[str, Any]:
    """Answer one JSON task; see `protclip.predict.tasks.predict_task`."""
    from protclip.predict.tasks import predict_task

    return predict_task(request, tools)
