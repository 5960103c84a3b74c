"""Parameters per system: one value for all, one per side, or one per system."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def _whole(value: Any) -> int:
    number = int(value)
    if number != value:
        raise ValueError(f"a whole number is needed, not {value}")
    return number


CASTS: dict[str, Callable[[Any], Any]] = {
    "n_delays": _whole,
    "delay_interval": _whole,
    "rank": _whole,
    "rank_thresh": float,
    "rank_explained_variance": float,
    "lamb": float,
    "steps_ahead": _whole,
    "reduced_rank_reg": bool,
    "send_to_cpu": bool,
}


def _is_list(value: object) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim > 0
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _cast(name: str, value: Any) -> Any:
    if isinstance(value, str) and value in ("None", "none"):
        value = None
    cast = CASTS.get(name)
    return value if value is None or cast is None else cast(value)


def per_system(name: str, value: Any, counts: Sequence[int]) -> list[list[Any]]:
    """The value of a parameter for every system.

    Parameters
    ----------
    name : str
        The parameter; numbers are made whole where it needs whole ones.
    value : object or sequence
        One value for all systems. Or, if all systems are compared with each other, one value per system. Or a pair, one
        entry per side, each a value for all systems of that side or one per system. Values in excess are not used.
    counts : sequence of int
        The number of systems of each side: one number where all systems are compared with each other, else two.

    Returns
    -------
    list of list
        One list per side, with one value per system.

    Raises
    ------
    ValueError
        If there are fewer values than systems.

    Examples
    --------
    >>> per_system("rank", 5, [3])
    [[5, 5, 5]]
    >>> per_system("rank", [5, 6, 7], [3])
    [[5, 6, 7]]
    >>> per_system("rank", (5, [6, 7]), [1, 2])
    [[5], [6, 7]]
    """
    if not _is_list(value):
        return [[_cast(name, value)] * count for count in counts]
    if len(counts) == 1:
        return [_side(name, list(value), counts[0])]
    if len(value) != 2:
        raise ValueError(
            f"{name} has {len(value)} entries, but a comparison of X with Y needs one per side: (for X, for Y)"
        )
    return [_side(name, one, count) for one, count in zip(value, counts, strict=True)]


def _side(name: str, value: Any, count: int) -> list[Any]:
    if not _is_list(value):
        return [_cast(name, value)] * count
    if len(value) < count:
        raise ValueError(f"{name} has {len(value)} values for {count} systems; give one per system, or one for all")
    return [_cast(name, one) for one in list(value)[:count]]
