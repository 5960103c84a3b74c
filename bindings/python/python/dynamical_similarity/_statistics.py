"""What distances mean: reliability, null bands, and tests for groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from . import _native
from ._compare import DistanceMatrix, Numbers, distance_matrix
from ._errors import Error
from ._model import Model, rank_of_all
from ._progress import Progress, long
from ._recording import recordings_of
from ._settings import measure_settings, model_settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ._recording import RecordingLike


Found = TypeVar("Found")


@dataclass(frozen=True)
class Reliability:
    """What the halves of recordings say about settings. N recordings have 2 N halves.

    Attributes
    ----------
    discriminability : float
        How often a half is nearer to the other half of its own recording than to a half of another one; 0.5 is chance.
    within, between : list of float
        Of each recording: the distance between its halves, and the median distance of its halves to those of others.
    median_within, median_between : float
        The medians over recordings.
    nearest_is_own, nearest_is_own_by_chance : float
        The share of halves whose nearest half is the other one of their own recording, and what chance gives.
    not_repeatable : list of int
        Recordings whose halves are farther apart than halves of different recordings.
    halves : DistanceMatrix
        The distances among all halves: first halves, then second ones.
    """

    within: list[float]
    between: list[float]
    median_within: float
    median_between: float
    discriminability: float
    nearest_is_own: float
    nearest_is_own_by_chance: float
    not_repeatable: list[int]
    halves: DistanceMatrix = field(repr=False)

    def __repr__(self) -> str:
        return (
            f"Reliability({self.discriminability:.2f} (chance 0.5); halves of one recording {self.median_within:.4g} apart, "
            f"of different ones {self.median_between:.4g}; {len(self.not_repeatable)} of {len(self.within)} not repeatable)"
        )

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the distance between the halves of each recording beside the distance to other recordings."""
        from . import plots

        return plots.reliability(self, ax=ax)


def reliability(
    recordings: Iterable[RecordingLike] | Mapping[Any, RecordingLike],
    *,
    delays: int,
    rank: int | str | None = "auto",
    metric: str = "angular",
    threads: int | None = None,
    progress: Progress = None,
    **settings: Any,
) -> Reliability:
    """Ask whether recordings are repeatable: fit both halves of each, and compare all halves.

    Parameters
    ----------
    recordings : iterable, or mapping of names to recordings
        At least two recordings.
    delays, rank, **settings
        As in :func:`fit_all`; the rank is chosen from whole recordings.
    metric, threads, progress
        As in :func:`distance_matrix`.

    Returns
    -------
    Reliability

    Examples
    --------
    >>> import dynamical_similarity as ds
    >>> recordings = [ds.simulate("lorenz", samples=800, rho=rho, seed=1) for rho in (28, 50, 80)]
    >>> found = ds.reliability(recordings, delays=10, rank=4)
    >>> bool(found.median_within < found.median_between)
    True
    """
    trials, names = recordings_of(recordings)
    chosen = rank_of_all(trials, delays=delays, rank=rank, threads=threads, **settings)
    how = model_settings(delays=delays, rank=chosen, **settings)
    models = [Model(model) for model in _native.fit_halves(trials, how, long(threads, progress, "fitting halves"))]
    labels = [f"{name}, {half} half" for half in ("first", "second") for name in names]
    halves = distance_matrix(models, metric=metric, labels=labels, threads=threads, progress=progress)
    return Reliability(**_native.reliability(halves.distances), halves=halves)


@dataclass(frozen=True)
class NullBands:
    """How far apart two recordings of one system would be, and how sure every distance is. All arrays are matrices of pairs.

    Attributes
    ----------
    distances : DistanceMatrix
        The distances of the recordings.
    edge : ndarray
        95 % of pairs of recordings of one system are nearer than this.
    p, q, z : ndarray
        The p value of each distance, its q value among all pairs, and how many standard deviations its logarithm lies above the
        band (NaN where that cannot be said).
    lower, upper : ndarray
        The interval of each distance; where the lower end is 0 the distance is known to be at most the upper one.
    draws : int
        Resamples of each recording.
    """

    distances: DistanceMatrix
    edge: Numbers
    p: Numbers
    q: Numbers
    z: Numbers
    lower: Numbers
    upper: Numbers
    draws: int

    def __repr__(self) -> str:
        pairs = np.tril_indices(len(self.p), -1)
        different = int((self.q[pairs] <= 0.05).sum())
        return f"NullBands({different} of {len(pairs[0])} pairs differ with q <= 0.05; {self.draws} draws)"


def null_band(
    recordings: Iterable[RecordingLike] | Mapping[Any, RecordingLike],
    *,
    delays: int,
    rank: int | str | None = "auto",
    draws: int = 200,
    level: float = 0.9,
    seed: int = 0,
    metric: str = "angular",
    threads: int | None = None,
    progress: Progress = None,
    **settings: Any,
) -> NullBands:
    """Draw resamples of each recording from its own blocks, and test every distance against what one system would give.

    Parameters
    ----------
    recordings : iterable, or mapping of names to recordings
        At least two recordings, each with at least 8 trials or a trial of 80 windows.
    delays, rank, **settings
        As in :func:`fit_all`.
    draws : int
        Resamples of each recording; 200 is enough for most.
    level : float
        The confidence of the intervals.
    seed : int
        The seed of the resamples.
    metric, threads, progress
        As in :func:`distance_matrix`.

    Returns
    -------
    NullBands

    Examples
    --------
    >>> import dynamical_similarity as ds
    >>> recordings = [ds.simulate("lorenz", samples=1500, rho=rho, seed=seed) for rho, seed in ((28, 1), (28, 2), (90, 3))]
    >>> found = ds.null_band(recordings, delays=8, rank=3, draws=50)
    >>> bool(found.p[0, 2] < found.p[0, 1])
    True
    """
    trials, names = recordings_of(recordings)
    if len(trials) < 2:
        raise Error(f"distances have a null band, and {len(trials)} recording has none: give at least two")
    chosen = rank_of_all(trials, delays=delays, rank=rank, threads=threads, **settings)
    how = model_settings(delays=delays, rank=chosen, **settings)
    fitted = [Model(model) for model in _native.fit_all(trials, how, long(threads, None, ""))]
    distances = distance_matrix(fitted, metric=metric, labels=names, threads=threads)
    resamples = _native.draw_operators(trials, how, chosen, 2 * draws, seed, long(threads, progress, "resampling"))
    measure, count = measure_settings(metric=metric), len(trials)

    def apart(first: list[Numbers], second: list[Numbers]) -> list[float]:
        """The distances of draw k of the first recording to draw k of the second."""
        pairs = np.stack([np.arange(draws), np.arange(draws, 2 * draws)], axis=1)
        found = _native.pair_distances([*first, *second], pairs, measure, (threads, None))
        return found["distances"].tolist()  # type: ignore[no-any-return]

    within = [apart(operators[:draws], operators[draws:]) for operators in resamples]
    edge, p, z, lower, upper = (np.zeros((count, count)) for _ in range(5))
    p[:] = 1.0
    pairs = np.stack(np.tril_indices(count, -1), axis=1)
    tell = long(None, progress, "comparing resamples")[1]
    for done, (i, j) in enumerate(pairs, 1):
        distance = float(distances[i, j])
        band, value, deviations = _native.null_band([within[i], within[j]], distance, 0.95)
        ends = _native.interval(distance, apart(resamples[i][:draws], resamples[j][:draws]), level)
        for grid, number in zip((edge, p, z, lower, upper), (band, value, deviations, *ends)):
            grid[i, j] = grid[j, i] = np.nan if number is None else number
        if tell is not None:
            tell(done, len(pairs))
    q = np.ones((count, count))
    q[pairs[:, 0], pairs[:, 1]] = q[pairs[:, 1], pairs[:, 0]] = _native.q_values(p[pairs[:, 0], pairs[:, 1]].tolist())
    return NullBands(distances, edge, p, q, z, lower, upper, draws)


def _square(distances: npt.ArrayLike) -> Numbers:
    array = np.ascontiguousarray(np.asarray(distances), np.float64)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise Error(f"a test needs the distances of recordings with each other, and these have the shape {array.shape}")
    return array


def _shuffle(permutations: int, seed: int, strata: Sequence[Any] | None) -> dict[str, Any]:
    return {
        "permutations": permutations,
        "seed": seed,
        "strata": None if strata is None else [str(stratum) for stratum in strata],
    }


def _of_groups(
    test: Callable[[Numbers, list[str], dict[str, Any]], Found],
    distances: npt.ArrayLike,
    groups: Sequence[Any],
    shuffle: dict[str, Any],
) -> Found:
    """What a test of the library finds; groups are known by their names."""
    return test(_square(distances), [str(group) for group in groups], shuffle)


def permanova(
    distances: npt.ArrayLike,
    groups: Sequence[Any],
    *,
    strata: Sequence[Any] | None = None,
    permutations: int = 9999,
    seed: int = 0,
) -> dict[str, Any]:
    """Test whether groups of recordings differ (PERMANOVA; Anderson 2001).

    Parameters
    ----------
    distances : DistanceMatrix or array
        Distances of N recordings with each other.
    groups : sequence
        The group of each recording.
    strata : sequence, optional
        What each recording belongs to, such as its subject: labels are exchanged within strata only.
    permutations : int
        Random permutations; where labels have at most so many arrangements all are taken, and p is exact.
    seed : int
        The seed of the permutations.

    Returns
    -------
    dict
        ``pseudo_f``, ``r_squared`` and ``test``, which has ``p``, ``permutations`` and ``exact``.

    Examples
    --------
    >>> import numpy as np
    >>> import dynamical_similarity as ds
    >>> places = np.array([0.0, 1.0, 2.5, 10.0, 11.0, 12.5])
    >>> found = ds.permanova(abs(places[:, np.newaxis] - places), ["a", "a", "a", "b", "b", "b"])
    >>> round(found["test"]["p"], 3), found["test"]["exact"]
    (0.1, True)
    """
    return _of_groups(_native.permanova, distances, groups, _shuffle(permutations, seed, strata))


def permanova_between_pairs(
    distances: npt.ArrayLike,
    groups: Sequence[Any],
    *,
    strata: Sequence[Any] | None = None,
    permutations: int = 9999,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """:func:`permanova` of every two groups, with q values; groups are numbered in the order of their sorted names."""
    return _of_groups(_native.permanova_between_pairs, distances, groups, _shuffle(permutations, seed, strata))


def dispersion(
    distances: npt.ArrayLike,
    groups: Sequence[Any],
    *,
    strata: Sequence[Any] | None = None,
    permutations: int = 9999,
    seed: int = 0,
) -> dict[str, Any]:
    """Test whether groups differ in their spread (Anderson 2006); parameters as in :func:`permanova`."""
    return _of_groups(_native.dispersion, distances, groups, _shuffle(permutations, seed, strata))


def nearest_neighbour_accuracy(
    distances: npt.ArrayLike,
    groups: Sequence[Any],
    *,
    strata: Sequence[Any] | None = None,
    permutations: int = 9999,
    seed: int = 0,
) -> dict[str, Any]:
    """The share of recordings whose nearest neighbour is of their own group, with chance level and test."""
    return _of_groups(_native.nearest_neighbour_accuracy, distances, groups, _shuffle(permutations, seed, strata))


def mean_silhouette(
    distances: npt.ArrayLike,
    groups: Sequence[Any],
    *,
    strata: Sequence[Any] | None = None,
    permutations: int = 9999,
    seed: int = 0,
) -> dict[str, Any]:
    """The mean silhouette of the groups, with chance level and test."""
    return _of_groups(_native.mean_silhouette, distances, groups, _shuffle(permutations, seed, strata))


def mantel(
    one: npt.ArrayLike,
    other: npt.ArrayLike,
    *,
    correlation: str = "spearman",
    strata: Sequence[Any] | None = None,
    permutations: int = 9999,
    seed: int = 0,
) -> dict[str, Any]:
    """Test whether two matrices of distances between the same recordings agree (Mantel 1967).

    Parameters
    ----------
    one, other : DistanceMatrix or array
        Distances of the same recordings with each other.
    correlation : {"spearman", "pearson"}
        Of the ranks of the distances, or of the distances.
    strata, permutations, seed
        As in :func:`permanova`.

    Returns
    -------
    dict
        ``correlation`` and ``test``.
    """
    return _native.mantel(_square(one), _square(other), correlation, _shuffle(permutations, seed, strata))


def q_values(p: Iterable[float]) -> Numbers:
    """False discovery rates of p values (Benjamini & Hochberg 1995)."""
    return np.asarray(_native.q_values([float(value) for value in p]))
