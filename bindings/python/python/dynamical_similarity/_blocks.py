"""Recordings that are larger than the memory, read in blocks."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _native

FEW_VALUES = 1 << 20
"""A recording of at most so many values is read at once."""

BLOCK_VALUES = 1 << 20
"""Values of a block: 8 MB as float64."""


class Blocks:
    """A recording of (time, channels) whose samples are read a few at a time.

    Parameters
    ----------
    source : array
        Anything with a shape of two axes, a type and slices.
    """

    def __init__(self, source: Any) -> None:
        self.source = source
        self.samples, self.channels = (int(size) for size in source.shape)
        self._map = _map_of(source)

    def read(self, first: int, end: int) -> npt.NDArray[np.float64]:
        """The samples from the first one to before the end."""
        block = np.array(self.source[first:end], np.float64, order="C")
        if self._map is not None:
            # Pages that were read are given back, or they would count as memory of this process until another needs it.
            self._map.madvise(mmap.MADV_DONTNEED)
        return block

    def fit(self, settings: dict[str, Any]) -> _native.Model:
        """Fit an operator of a given rank."""
        length = max(1, BLOCK_VALUES // max(1, self.channels))
        return _native.fit_blocks(self.read, self.channels, self.samples, length, settings)


def _map_of(source: Any) -> mmap.mmap | None:
    """The file that an array is mapped from, if the system can be told to give its pages back."""
    while isinstance(source, np.ndarray):
        source = source.base
    return source if isinstance(source, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED") else None


def blocks_of(recording: Any) -> Blocks | None:
    """A large recording of one trial that is not in memory, or None if it is anything else."""
    if isinstance(recording, (str, os.PathLike)) and Path(recording).suffix == ".npy":
        try:
            recording = np.load(recording, mmap_mode="r")
        except (OSError, ValueError):
            # The reader of files says what is wrong.
            return None
    in_memory = isinstance(recording, np.ndarray) and not isinstance(recording, np.memmap)
    if in_memory or not all(hasattr(recording, name) for name in ("shape", "dtype", "__getitem__")):
        return None
    shape = tuple(recording.shape)
    is_large = len(shape) == 2 and shape[0] * shape[1] > FEW_VALUES
    if not is_large or hasattr(recording, "detach") or np.dtype(recording.dtype).kind not in "fiub":
        return None
    return Blocks(recording)
