"""ProtCLIP: proteins and text in one space."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from protclip.predict.tasks import Tools

__all__ = ["predict_task"]


def predict_task(request: "Mapping[str, Any]", tools: "Tools | None" = None) -> dict[str, Any]:
    """Answer one JSON task; see `protclip.predict.tasks.predict_task`.

    Examples
    --------
    >>> ubiquitin = "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG"
    >>> answer = predict_task({"task": "ppi_prediction", "protein_A": ubiquitin, "protein_B": ubiquitin})
    >>> {"interaction_type", "confidence_score"} <= set(answer), 0.5 <= answer["confidence_score"] <= 1
    (True, True)
    """
    from protclip.predict.tasks import predict_task

    return predict_task(request, tools)
