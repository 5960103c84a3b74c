"""Held-out errors over a grid of delays and ranks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _native
from ._errors import Error
from ._progress import Progress, long
from ._recording import Recording, recordings_of
from ._settings import model_settings, whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ._recording import RecordingLike

Grid = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sweep:
    """Errors of predicting held-out samples. Arrays have the shape (recordings, delays, ranks) and are NaN where a rank is not
    to be had.

    Attributes
    ----------
    delays, ranks : ndarray of int
        The axes of the grid.
    mean_absolute_scaled_error : ndarray
        One step ahead, in units of the error of repeating the last sample: below 1 is better than that.
    several_steps : ndarray
        The same, `steps` applications of the operator ahead.
    r_squared, akaike : ndarray
        Explained variance and Akaike's criterion, one step ahead.
    non_normality, condition : ndarray
        Of the operator of the whole recording.
    steps : int
        The applications of the operator behind `several_steps`.
    """

    delays: npt.NDArray[np.int64]
    ranks: npt.NDArray[np.int64]
    mean_absolute_scaled_error: Grid
    several_steps: Grid
    r_squared: Grid
    akaike: Grid
    non_normality: Grid
    condition: Grid
    steps: int

    @property
    def best(self) -> tuple[int, int]:
        """The delays and the rank of the least mean error one step ahead. Rules for what a comparison needs choose a smaller
        rank, as a rule: see ``rank="auto"``."""
        mean = self.mean_absolute_scaled_error.mean(axis=0)
        at = np.unravel_index(np.nanargmin(mean), mean.shape)
        return int(self.delays[at[0]]), int(self.ranks[at[1]])

    def __repr__(self) -> str:
        count = len(self.mean_absolute_scaled_error)
        return f"Sweep({count} recordings, {len(self.delays)} delays x {len(self.ranks)} ranks, best={self.best})"

    def plot(self, *, quantity: str = "mean_absolute_scaled_error", ax: Axes | None = None) -> Axes:
        """Draw a quantity, as the mean over recordings, over delays and ranks. Needs matplotlib."""
        from . import plots

        return plots.sweep(self, quantity=quantity, ax=ax)


_QUANTITIES = {
    "mean_absolute_scaled_error": ("one_step", "mean_absolute_scaled_error"),
    "several_steps": ("several_steps", "mean_absolute_scaled_error"),
    "r_squared": ("one_step", "r_squared"),
    "akaike": ("one_step", "akaike"),
    "non_normality": ("non_normality",),
    "condition": ("condition",),
}


def sweep(
    recordings: Iterable[RecordingLike] | Mapping[Any, RecordingLike],
    *,
    delays: Sequence[int] = range(1, 31),
    ranks: Sequence[int] = range(1, 21),
    steps: int = 1,
    threads: int | None = None,
    progress: Progress = None,
    **settings: Any,
) -> Sweep:
    """Measure how well operators predict held-out samples, over a grid of delays and ranks (blocked cross-validation).

    The errors of all numbers of delays are measured on the same samples of a recording.

    Parameters
    ----------
    recordings : iterable, or one recording
        Recordings, each as :func:`fit` takes it. An array of two axes is one recording.
    delays, ranks : sequence of int
        The numbers to try.
    steps : int
        How many times the operator is applied for the errors several steps ahead.
    threads, progress
        As in :func:`fit_all`.
    **settings
        `interval`, `steps_ahead`, `ridge`, `centre` and `scale`, as in :func:`fit`.

    Returns
    -------
    Sweep

    Examples
    --------
    >>> import dynamical_similarity as ds
    >>> ds.sweep([ds.simulate("lorenz", samples=400, seed=1)], delays=range(1, 6), ranks=range(1, 5))
    Sweep(1 recordings, 5 delays x 4 ranks, best=(2, 4))
    """
    from concurrent.futures import ThreadPoolExecutor

    if isinstance(recordings, Recording) or (isinstance(recordings, np.ndarray) and recordings.ndim == 2):
        recordings = [recordings]
    trials, _ = recordings_of(recordings)
    all_delays = np.array(sorted({whole("delays", count) for count in delays}), np.int64)
    all_ranks = np.array(sorted({whole("ranks", rank) for rank in ranks}), np.int64)
    if not (trials and len(all_delays) and len(all_ranks)):
        raise Error("a sweep needs recordings, delays and ranks")
    grids = {name: np.full((len(trials), len(all_delays), len(all_ranks)), np.nan) for name in _QUANTITIES}
    tasks = [(at, k) for at in range(len(trials)) for k in range(len(all_delays))]

    def one(task: tuple[int, int]) -> dict[str, Any] | Error:
        how = model_settings(delays=int(all_delays[task[1]]), rank="full", **settings)
        try:
            return _native.held_out_errors(trials[task[0]], how, int(all_ranks[-1]), steps, all_delays.tolist())
        except Error as error:
            return error

    tell = long(None, progress, "sweeping")[1]
    refused = None
    with ThreadPoolExecutor(threads) as pool:
        for done, (task, found) in enumerate(zip(tasks, pool.map(one, tasks)), 1):
            if isinstance(found, Error):
                refused = found
            else:
                _fill(grids, task, all_ranks, found["ranks"])
            if tell is not None:
                tell(done, len(tasks))
    if refused is not None and np.isnan(grids["condition"]).all():
        raise refused
    return Sweep(all_delays, all_ranks, **grids, steps=steps)


def _fill(
    grids: dict[str, Grid], task: tuple[int, int], ranks: npt.NDArray[np.int64], found: list[dict[str, Any]]
) -> None:
    of_rank = {errors["rank"]: errors for errors in found}
    for at, rank in enumerate(ranks):
        if (errors := of_rank.get(int(rank))) is not None:
            for name, path in _QUANTITIES.items():
                value: Any = errors
                for key in path:
                    value = value[key]
                grids[name][(*task, at)] = value
