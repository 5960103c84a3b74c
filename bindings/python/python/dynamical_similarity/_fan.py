"""Distances between recordings whose settings nobody knows, and distances without operators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import _native
from ._compare import DistanceMatrix
from ._progress import Progress, long
from ._recording import recordings_of
from ._settings import measure_settings, whole

if TYPE_CHECKING:
    from ._recording import RecordingLike


class FanDistances(DistanceMatrix):
    """Distances over a fan of delay windows and ranks: 1 is the distance of a typical pair of the set.

    Attributes
    ----------
    members : list of dict
        The windows and ranks, each with the median distance that it was divided by (``scale``), and the rank correlation of its
        distances with those of the fan (``agreement``).
    most_similar_member : dict or None
        The member that orders the pairs most like the fan: one setting that stands for it best.
    sensors : str
        What was assumed of the channels.
    """

    def __init__(self, distances: Any, *, members: list[dict[str, Any]], sensors: str, **options: Any) -> None:
        super().__init__(distances, **options)
        self.members = members
        self.sensors = sensors
        self.most_similar_member: dict[str, Any] | None = max(
            members, key=lambda member: member["agreement"], default=None
        )

    def __repr__(self) -> str:
        rows, columns = self.shape
        return f"FanDistances({rows} x {columns}, {len(self.members)} windows and ranks, {self.sensors} sensors)"


def fan(
    recordings: Iterable[RecordingLike] | Mapping[Any, RecordingLike],
    others: Iterable[RecordingLike] | Mapping[Any, RecordingLike] | None = None,
    *,
    sensors: str = "shared",
    quick: bool = False,
    metric: str = "wasserstein",
    labels: Sequence[str] | None = None,
    other_labels: Sequence[str] | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> FanDistances:
    """Measure distances as the mean over a fan of delay windows and ranks, for recordings whose settings nobody knows.

    No rule that was tried finds the best window and rank without labels; the mean over a few windows, from short to long, and a
    few ranks does as well as settings that were chosen with labels.

    Parameters
    ----------
    recordings, others : iterable, or mapping of names to recordings
        Recordings, each as :func:`fit` takes it.
    sensors : {"shared", "different"}
        What is assumed: all recordings have the same sensors (every channel is divided by its standard deviation), or each has
        sensors of its own (samples are sphered, so that no linear map of the channels matters).
    quick : bool
        Take every second rank only.
    metric : str
        As in :func:`compare`. Over a fan the default is the Wasserstein distance, as in ``dsa compare``: it is ten times cheaper
        than an angle.
    labels, other_labels, threads, progress
        As in :func:`distance_matrix`.

    Returns
    -------
    FanDistances

    Examples
    --------
    >>> import dynamical_similarity as ds
    >>> recordings = [ds.simulate("lorenz", samples=400, rho=rho, seed=seed) for rho in (28, 60) for seed in (1, 2)]
    >>> distances = ds.fan(recordings, quick=True)
    >>> distances
    FanDistances(4 x 4, 24 windows and ranks, shared sensors)
    >>> bool(distances[0, 1] < distances[0, 2])
    True
    """
    left, names = recordings_of(recordings)
    right, other_names = (None, None) if others is None else recordings_of(others)
    measure = measure_settings(metric=metric)
    how = long(threads, progress, "comparing over a fan")
    found = _native.fan_distances(left, right, sensors, bool(quick), measure, how)
    return FanDistances(
        found["distances"],
        members=found["members"],
        sensors=sensors,
        metric=f"fan, {metric}",
        row_labels=labels or names,
        column_labels=other_labels or other_names,
    )


def baseline(
    recordings: Iterable[RecordingLike] | Mapping[Any, RecordingLike],
    others: Iterable[RecordingLike] | Mapping[Any, RecordingLike] | None = None,
    *,
    method: str = "log-spectrum",
    delays: int = 20,
    interval: int = 1,
    labels: Sequence[str] | None = None,
    other_labels: Sequence[str] | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> DistanceMatrix:
    """Measure distances between recordings without operators, as a yardstick for those with operators.

    Parameters
    ----------
    recordings, others : iterable, or mapping of names to recordings
        Recordings, each as :func:`fit` takes it.
    method : str
        ``"log-spectrum"`` (root mean square difference of logarithms of Welch spectra), or one that compares sample by sample
        and needs recordings of equal lengths: ``"euclidean"``, ``"procrustes"``, ``"delay-procrustes"``, ``"cka"``, ``"svcca"``.
    delays, interval : int
        The windows of ``"delay-procrustes"``.
    labels, other_labels, threads, progress
        As in :func:`distance_matrix`.

    Returns
    -------
    DistanceMatrix

    Examples
    --------
    >>> import dynamical_similarity as ds
    >>> x = ds.simulate("lorenz", samples=400, seed=1)
    >>> bool(ds.baseline([x, x @ [[0, 1, 0], [0, 0, 1], [1, 0, 0]]], method="cka").distances.max() < 1e-7)
    True
    """
    left, names = recordings_of(recordings)
    right, other_names = (None, None) if others is None else recordings_of(others)
    how = long(threads, progress, "comparing without operators")
    windows = (whole("delays", delays), whole("interval", interval))
    distances = _native.baseline_distances(left, right, method, *windows, how)
    return DistanceMatrix(
        distances,
        metric=method,
        row_labels=labels or names,
        column_labels=other_labels or other_names,
    )
