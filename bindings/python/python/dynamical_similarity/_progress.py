"""Progress of long work."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

Progress = bool | Callable[[int, int], Any] | None
"""``True`` for a bar (of tqdm, where it is installed), or a function of the pieces done and of all pieces."""

Long = tuple[int | None, Callable[[int, int], Any] | None]


def long(threads: int | None, progress: Progress, what: str) -> Long:
    """How long work is done: on how many threads, and who is told of its progress."""
    if progress is True:
        return threads, _bar(what)
    return threads, progress or None


def _bar(what: str) -> Callable[[int, int], None]:
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return _lines(what)
    bar = tqdm(desc=what, unit=" pieces")

    def show(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)
        if done >= total:
            bar.close()

    return show


def _lines(what: str) -> Callable[[int, int], None]:
    """A line now and then, where tqdm is missing."""
    next_line = time.monotonic() + 2.0

    def show(done: int, total: int) -> None:
        nonlocal next_line
        if time.monotonic() >= next_line:
            next_line = time.monotonic() + 10.0
            print(f"{what}: {done} of {total}", file=sys.stderr)

    return show
