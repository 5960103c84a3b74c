"""Distances between operators: of a pair, and of all pairs of a set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from . import _native
from ._errors import Error
from ._model import Model
from ._progress import Progress, long
from ._settings import measure_settings, whole
from ._spectrum import Spectrum

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from typing import TypeAlias

    from matplotlib.axes import Axes

    OperatorLike: TypeAlias = Model | Spectrum | npt.ArrayLike
    """A model, a spectrum, or a square matrix."""

Numbers = npt.NDArray[np.float64]

PAIRS_OF_A_BLOCK = 4096
"""Pairs that are one task of an executor, at most."""


@dataclass(frozen=True)
class Comparison:
    """What is found for two operators.

    Attributes
    ----------
    distance : float
        The distance.
    lower_bound : float
        The distance under the best transform is not smaller than this.
    certified : bool
        Whether the two meet, so that the distance is proved.
    transform : ndarray or None
        C, orthogonal, shape (rank, rank): the distance is that of A and C B Cᵀ. None for Wasserstein distances.
    """

    distance: float
    lower_bound: float
    certified: bool
    transform: Numbers | None = None

    def __float__(self) -> float:
        return self.distance

    def __repr__(self) -> str:
        return (
            f"Comparison(distance={self.distance:.6g}, lower_bound={self.lower_bound:.6g}, certified={self.certified})"
        )


def operator_of(of: OperatorLike) -> Numbers:
    """The operator of a model, or a square matrix, in double precision and C order."""
    matrix = np.ascontiguousarray(of.operator if isinstance(of, (Model, Spectrum)) else of, np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise Error(f"an operator is a square matrix, and this one has the shape {matrix.shape}")
    return matrix


def cleaned_operators(
    operators: Iterable[OperatorLike], metric: str, unequal_ranks: str, cleaned: float | None
) -> tuple[list[Numbers], str]:
    """The operators that are compared, and the rule for their ranks. Spectra are cleaned first."""
    operators = list(operators)
    if cleaned is not None or any(isinstance(one, Spectrum) for one in operators):
        if not metric.startswith("wasserstein"):
            raise Error(
                f'spectra have no {metric} distance; metric is "wasserstein", "wasserstein1" or "wasserstein-squared"'
            )
        unequal_ranks = "transport" if unequal_ranks == "error" else unequal_ranks
    if cleaned is not None:
        operators = [_cleaned(one, cleaned) for one in operators]
    return [operator_of(one) for one in operators], unequal_ranks


def _cleaned(spectrum: OperatorLike, cleaned: float) -> Spectrum:
    if not isinstance(spectrum, Spectrum):
        raise Error("cleaned needs spectra with residuals; see Model.held_out_residuals")
    count = isinstance(cleaned, (int, np.integer))
    kept = spectrum.smallest(int(cleaned)) if count else spectrum.cleaned(cleaned)
    if not len(kept):
        raise Error(
            f"no eigenvalue has a residual of at most {cleaned}; the smallest is {spectrum.residuals.min():.3g}"
        )
    return kept


def compare(
    a: OperatorLike,
    b: OperatorLike,
    *,
    metric: str = "angular",
    effort: str = "default",
    unequal_ranks: str = "error",
    certify: bool = False,
    cleaned: float | None = None,
) -> Comparison:
    """Measure the distance between two operators: min over orthogonal C of the distance of A and C B Cᵀ.

    Parameters
    ----------
    a, b : Model, Spectrum or array of shape (rank, rank)
        Two operators. They are compared in double precision. Of spectra only the eigenvalues are compared.
    metric : str
        ``"angular"`` (the angle between the operators, 0 to pi), ``"chordal"`` (its chord, 0 to 2), ``"frobenius"`` (without
        scaling), or of the eigenvalues alone ``"wasserstein"``, ``"wasserstein1"``, ``"wasserstein-squared"``.
    effort : {"fast", "default", "thorough"}
        How hard to search for the best C.
    unequal_ranks : {"error", "pad", "transport"}
        What to do with operators of different ranks: refuse them, pad the smaller with zeros, or transport unequal masses
        (Wasserstein only).
    certify : bool
        Try to prove the distance, for ranks up to 16; see :attr:`Comparison.certified`.
    cleaned : int or float, optional
        Of two spectra (:meth:`Model.held_out_residuals`) compare only the eigenvalues of so many smallest residuals (an integer), or
        those with a residual of at most this (a float). Unequal numbers of eigenvalues are transported, unless `unequal_ranks` says
        otherwise.

    Returns
    -------
    Comparison

    Examples
    --------
    >>> import numpy as np
    >>> import dynamical_similarity as ds
    >>> a = np.array([[0.6, 0.7], [-0.7, 0.6]])
    >>> found = ds.compare(a, a.T)  # the same rotation, seen in a mirror
    >>> bool(found.distance < 1e-12), found.certified
    (True, True)
    """
    (left, right), unequal_ranks = cleaned_operators((a, b), metric, unequal_ranks, cleaned)
    measure = measure_settings(metric=metric, effort=effort, unequal_ranks=unequal_ranks, certify=certify)
    return Comparison(**_native.compare(left, right, measure))


class DistanceMatrix:
    """Distances of recordings with each other, or of some recordings (rows) with others (columns).

    ``numpy.asarray`` gives the distances.

    Attributes
    ----------
    distances : ndarray
        Shape (rows, columns).
    lower_bounds : ndarray or None
        Of the distances under the best transforms, where the metric has them.
    certified : ndarray of bool or None
        Where distance and lower bound meet.
    metric : str
        What was measured.
    row_labels, column_labels : list of str
        Names of the recordings.
    """

    def __init__(
        self,
        distances: npt.ArrayLike,
        *,
        metric: str = "",
        lower_bounds: npt.ArrayLike | None = None,
        certified: npt.ArrayLike | None = None,
        row_labels: Sequence[str] | None = None,
        column_labels: Sequence[str] | None = None,
    ) -> None:
        self.distances: Numbers = np.ascontiguousarray(distances, np.float64)
        if self.distances.ndim != 2:
            raise Error(f"a matrix of distances has two axes, and this one has {self.distances.ndim}")
        self.metric = metric
        self.lower_bounds: Numbers | None = None if lower_bounds is None else np.asarray(lower_bounds, np.float64)
        self.certified: npt.NDArray[np.bool_] | None = None if certified is None else np.asarray(certified, np.bool_)
        rows, columns = self.distances.shape
        self.row_labels = _labels(row_labels, rows)
        self.column_labels = _labels(
            row_labels if column_labels is None and rows == columns else column_labels, columns
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return cast("tuple[int, int]", self.distances.shape)

    @property
    def is_among(self) -> bool:
        """Whether these are the distances of recordings with each other: symmetric, and zero on the diagonal."""
        square = self.shape[0] == self.shape[1]
        return square and bool((self.distances == self.distances.T).all() and (np.diag(self.distances) == 0).all())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        array = np.asarray(self.distances, dtype)
        return array.copy() if copy else array

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, at: Any) -> Any:
        return self.distances[at]

    def __repr__(self) -> str:
        rows, columns = self.shape
        return f"{type(self).__name__}({rows} x {columns}, metric={self.metric!r})"

    def plot(self, *, classes: Sequence[str] | None = None, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the distances as a heat map, ordered by clustering, with the classes beside it. Needs matplotlib.

        Parameters
        ----------
        classes : sequence of str, optional
            The class of each recording.
        ax : matplotlib Axes, optional
            Where to draw; new ones by default.

        Returns
        -------
        matplotlib Axes
        """
        from . import plots

        return plots.heat_map(self, classes=classes, ax=ax, **options)

    def plot_map(self, *, classes: Sequence[str] | None = None, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the recordings as points whose distances are as nearly as possible those of the matrix (classical
        multidimensional scaling). Needs matplotlib."""
        from . import plots

        return plots.distance_map(self, classes=classes, ax=ax, **options)


def _labels(labels: Sequence[str] | None, count: int) -> list[str]:
    if labels is None:
        return [str(at) for at in range(count)]
    if len(labels) != count:
        raise Error(f"there are {len(labels)} labels for {count} recordings")
    return [str(label) for label in labels]


def distance_matrix(
    models: Iterable[OperatorLike],
    others: Iterable[OperatorLike] | None = None,
    *,
    metric: str = "angular",
    effort: str = "default",
    unequal_ranks: str = "error",
    certify: bool = False,
    cleaned: float | None = None,
    labels: Sequence[str] | None = None,
    other_labels: Sequence[str] | None = None,
    threads: int | None = None,
    progress: Progress = None,
    executor: Executor | None = None,
) -> DistanceMatrix:
    """Measure the distances of operators with each other or, if there are `others`, of each operator with each of these.

    Parameters
    ----------
    models, others : iterable of Model, of Spectrum or of square arrays
        Operators.
    metric, effort, unequal_ranks, certify, cleaned
        As in :func:`compare`. With ``unequal_ranks="pad"`` all operators are padded to the largest rank.
    labels, other_labels : sequence of str, optional
        Names of the operators.
    threads : int, optional
        Threads to use; all cores by default. With an executor, the threads of each task, 1 by default.
    progress : bool or callable
        True for a bar, or a function of the pairs done and of all pairs.
    executor : concurrent.futures.Executor, optional
        Compares blocks of pairs elsewhere: a process pool, ``mpi4py.futures.MPIPoolExecutor``, or
        ``dask.distributed.Client.get_executor()``. Only operators travel. The bits are the same.

    Returns
    -------
    DistanceMatrix
        Ctrl-C ends the computation.

    Examples
    --------
    >>> import dynamical_similarity as ds
    >>> lorenz = [ds.simulate("lorenz", samples=600, seed=seed) for seed in range(3)]
    >>> ds.distance_matrix(ds.fit_all(lorenz, delays=10, rank=3))
    DistanceMatrix(3 x 3, metric='angular')
    """
    operators, unequal_ranks = cleaned_operators(models, metric, unequal_ranks, cleaned)
    columns = None
    if others is not None:
        columns, unequal_ranks = cleaned_operators(others, metric, unequal_ranks, cleaned)
    measure = measure_settings(metric=metric, effort=effort, unequal_ranks=unequal_ranks, certify=certify)
    rows = len(operators)
    if columns is None:
        at, to = np.tril_indices(rows, -1)
    else:
        operators += columns
        at, to = (axis.ravel() for axis in np.indices((rows, len(columns))))
        to = to + rows
    pairs = np.ascontiguousarray(np.stack([at, to], axis=1), np.int64)
    if unequal_ranks == "pad":
        operators = _padded(operators)
    if executor is None:
        found = _native.pair_distances(operators, pairs, measure, long(threads, progress, "comparing"))
    else:
        found = _elsewhere(executor, operators, pairs, measure, threads or 1, long(None, progress, "comparing")[1])
    shape = (rows, rows if columns is None else len(columns))
    grids = {name: np.zeros(shape, values.dtype) for name, values in found.items()}
    for name, values in found.items():
        grids[name][at, to if columns is None else to - rows] = values
        if columns is None:
            grids[name][to, at] = values
    if columns is None:
        np.fill_diagonal(grids["certified"], True)
    return DistanceMatrix(
        grids["distances"],
        metric=metric,
        lower_bounds=grids["lower_bounds"],
        certified=grids["certified"],
        row_labels=labels,
        column_labels=other_labels,
    )


def _padded(operators: list[Numbers]) -> list[Numbers]:
    """Operators with zeros up to the largest rank, which no block of pairs can know by itself."""
    largest = max((len(operator) for operator in operators), default=0)
    return [np.pad(operator, (0, largest - len(operator))) for operator in operators]


def _block(operators: list[Numbers], pairs: npt.NDArray[np.int64], measure: dict[str, Any], threads: int) -> Any:
    """Compares one block of pairs; a task of an executor."""
    return _native.pair_distances(operators, pairs, measure, (threads, None))


def _elsewhere(
    executor: Executor,
    operators: list[Numbers],
    pairs: npt.NDArray[np.int64],
    measure: dict[str, Any],
    threads: int,
    progress: Any,
) -> dict[str, npt.NDArray[Any]]:
    """Compares blocks of pairs on an executor. A pair has the same bits in every block."""
    from concurrent.futures import as_completed

    tasks = {}
    for first in range(0, len(pairs), PAIRS_OF_A_BLOCK):
        block = pairs[first : first + PAIRS_OF_A_BLOCK]
        needed, places = np.unique(block, return_inverse=True)
        own = places.reshape(block.shape).astype(np.int64)
        task = executor.submit(_block, [operators[k] for k in needed], own, measure, threads)
        tasks[task] = slice(first, first + len(block))
    found = {
        "distances": np.zeros(len(pairs)),
        "lower_bounds": np.zeros(len(pairs)),
        "certified": np.zeros(len(pairs), np.bool_),
    }
    done = 0
    try:
        for task in as_completed(tasks):
            for name, values in task.result().items():
                found[name][tasks[task]] = values
            done += tasks[task].stop - tasks[task].start
            if progress is not None:
                progress(done, len(pairs))
    except BaseException:
        for task in tasks:
            task.cancel()
        raise
    return found


@dataclass(frozen=True)
class Neighbours:
    """The nearest neighbours of every operator of a set. Arrays have the shape (operators, k), the nearest first.

    Attributes
    ----------
    indices : ndarray of int
        The numbers of the neighbours.
    distances, lower_bounds : ndarray
        Their distances, and lower bounds of them.
    certified : ndarray of bool
        Where the two meet.
    searches : int
        Pairs whose distance was searched for; a matrix of n operators needs n (n - 1) / 2.
    """

    indices: npt.NDArray[np.int64]
    distances: Numbers
    lower_bounds: Numbers
    certified: npt.NDArray[np.bool_]
    searches: int

    def __repr__(self) -> str:
        count, k = self.indices.shape
        return f"Neighbours({count} operators, k={k}, {self.searches} of {count * (count - 1) // 2} pairs searched)"


def nearest(
    models: Iterable[OperatorLike],
    k: int = 5,
    *,
    metric: str = "angular",
    effort: str = "default",
    unequal_ranks: str = "error",
    certify: bool = False,
    threads: int | None = None,
    progress: Progress = None,
) -> Neighbours:
    """Find the k nearest neighbours of every operator without comparing all pairs.

    The answer is that of the whole matrix, to the bit; of equal distances the smaller number comes first. A pair is skipped where a
    lower bound rules it out, so that little is saved where all distances are alike.

    Parameters
    ----------
    models : iterable of Model or of square arrays
        Operators.
    k : int
        Neighbours of each; fewer where the set is smaller.
    metric, effort, unequal_ranks, certify, threads, progress
        As in :func:`distance_matrix`.

    Returns
    -------
    Neighbours

    Examples
    --------
    >>> import dynamical_similarity as ds
    >>> recordings = [ds.simulate("lorenz", samples=600, rho=rho, seed=seed) for rho in (28, 60, 90) for seed in (1, 2)]
    >>> found = ds.nearest(ds.fit_all(recordings, delays=12, rank=5), k=1)
    >>> found.indices.ravel().tolist()
    [1, 0, 3, 2, 5, 4]
    """
    operators = [operator_of(model) for model in models]
    measure = measure_settings(metric=metric, effort=effort, unequal_ranks=unequal_ranks, certify=certify)
    found = _native.nearest(operators, whole("k", k), measure, long(threads, progress, "searching neighbours"))
    return Neighbours(**found)


def eigenvalue_distance(
    a: npt.ArrayLike, b: npt.ArrayLike, *, metric: str = "wasserstein", unequal_ranks: str = "error"
) -> float:
    """Measure the Wasserstein distance between two lists of eigenvalues.

    Parameters
    ----------
    a, b : array of complex
        Eigenvalues, in any order.
    metric : {"wasserstein", "wasserstein1", "wasserstein-squared"}
        The root of the mean square displacement, the mean displacement, or the mean square displacement.
    unequal_ranks : {"error", "pad", "transport"}
        As in :func:`compare`.

    Examples
    --------
    >>> import dynamical_similarity as ds
    >>> ds.eigenvalue_distance([1.0, 1j], [2.0, 1j], metric="wasserstein1")
    0.5
    """
    measure = measure_settings(metric=metric, unequal_ranks=unequal_ranks)
    left, right = (np.asarray(values, np.complex128).ravel() for values in (a, b))
    return _native.eigenvalue_distance(
        (left.real.tolist(), left.imag.tolist()), (right.real.tolist(), right.imag.tolist()), measure
    )
