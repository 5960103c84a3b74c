"""Notices about arguments that have no effect here, each given once."""

from __future__ import annotations

import pathlib
import sys
import warnings
from types import FrameType

_MESSAGES = {
    "search": (
        "iters, lr and eps have no effect: the search over orthogonal transforms is deterministic and decides by "
        "itself when to stop"
    ),
    "device": "device has no effect: everything is computed on the processor, in float64",
    "zero_pad": (
        "zero_pad has no effect: operators of unequal ranks are padded with zeros where score_method is 'wasserstein', "
        "and refused elsewhere"
    ),
    "group": "group has no effect: the transform is always searched among all orthogonal ones, O(n)",
    "wasserstein_compare": "wasserstein_compare has no effect: the Wasserstein distance always compares eigenvalues",
    "rank_input": "rules for rank_input have no effect: the regression uses all directions of outputs and inputs",
    "rescale_wasserstein": "rescale_wasserstein has no effect, as in dsa-metric 2.0.2",
}

_said: set[str] = set()


def say_once(kind: str) -> None:
    """Warns about one kind of argument, the first time that it is used in this process.

    Parameters
    ----------
    kind : str
        A key of the table of messages.
    """
    if kind not in _said:
        _said.add(kind)
        warnings.warn(_MESSAGES[kind], UserWarning, stacklevel=_calls_within() + 1)


def _calls_within() -> int:
    """How many calls of this package lead to the caller, so that a warning names the line of its user."""
    folder, calls = str(pathlib.Path(__file__).parent), 0
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(folder):
        calls += 1
        frame = frame.f_back
    return calls


def forget() -> None:
    """Makes every notice appear again; the tests need this."""
    _said.clear()


def notice_device(device: object) -> None:
    """Says once that the device has no effect, if another one than the processor is named."""
    if device is not None and str(device) != "cpu":
        say_once("device")


def notice_keywords(keywords: dict[str, object]) -> None:
    """Says once for each keyword of older versions that it has no effect.

    Raises
    ------
    TypeError
        For a keyword that no version knows.
    """
    for name in keywords:
        if name not in ("zero_pad", "group", "wasserstein_compare"):
            raise TypeError(f"unexpected keyword argument '{name}'")
        say_once(name)
