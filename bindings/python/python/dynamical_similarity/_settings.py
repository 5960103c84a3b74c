"""Settings of fits and of distances, as the compiled part takes them."""

from __future__ import annotations

import operator
from typing import Any

from ._errors import Error

METRICS = ("angular", "chordal", "frobenius", "wasserstein", "wasserstein1", "wasserstein-squared")
"""The distances between operators, by name."""


def whole(name: str, value: Any) -> int:
    """A whole number that is not negative."""
    try:
        number = operator.index(value)
    except TypeError:
        raise Error(f"{name} is {value!r}, and must be a whole number") from None
    if number < 0:
        raise Error(f"{name} is {number}, and must not be negative")
    return number


def model_settings(
    *,
    delays: int,
    rank: int | str | None,
    interval: int = 1,
    steps_ahead: int = 1,
    ridge: float = 1e-8,
    centre: str | None = None,
    scale: str = "none",
    reduced_rank: bool = False,
    dsa_metric: bool = False,
) -> dict[str, Any]:
    """The settings of a fit."""
    if centre is None:
        centre = "none" if dsa_metric else "mean"
    if rank is None:
        rank = "full"
    return {
        "delays": whole("delays", delays),
        "interval": whole("interval", interval),
        "steps_ahead": whole("steps_ahead", steps_ahead),
        "rank": rank if isinstance(rank, str) else str(whole("rank", rank)),
        "ridge": float(ridge),
        "centre": centre,
        "scale": scale,
        "reduced_rank": bool(reduced_rank),
        "dsa_metric": bool(dsa_metric),
    }


def measure_settings(
    *, metric: str = "angular", effort: str = "default", unequal_ranks: str = "error", certify: bool = False
) -> dict[str, Any]:
    """The settings of a distance between two operators."""
    return {"metric": metric, "effort": effort, "unequal_ranks": unequal_ranks, "certify": bool(certify)}
