"""The calls into the library, in the conventions of dsa-metric: no other file here makes any."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import dynamical_similarity as ds

from .arrays import ComplexArray, FloatArray

# With the default effort, 3 of 190 angles between operators of Lorenz recordings are up to 2e-5 above those found here.
_EFFORT = "thorough"
# What dsa-metric calls euclidean is measured between operators at unit norm; its Wasserstein distance has no root.
_METRICS = {"angular": "angular", "euclidean": "chordal", "wasserstein": "wasserstein-squared"}


@dataclass(frozen=True)
class Model:
    """What is used of a fitted model.

    Attributes
    ----------
    operator : ndarray, shape (rank, rank)
        A, with v[t + s] about A v[t]; (p, p) for reduced-rank regression.
    basis : ndarray, shape (p, directions)
        U, one direction per column.
    singular_values : ndarray, shape (directions,)
        Those of the directions kept.
    rank : int
        The rank of the operator.
    """

    operator: FloatArray
    basis: FloatArray
    singular_values: FloatArray
    rank: int


def fit(
    trials: list[FloatArray],
    *,
    delays: int,
    interval: int,
    rank: int | None,
    threshold: float | None,
    explained_variance: float | None,
    ridge: float,
    steps_ahead: int,
    reduced_rank: bool,
) -> Model:
    """The operator of one system, without centring.

    Parameters
    ----------
    trials : list of ndarray, shape (time, channels)
    delays, interval, rank, threshold, explained_variance, ridge, steps_ahead, reduced_rank
        At most one of `rank`, `threshold` and `explained_variance` is given; without any, all directions are kept.

    Raises
    ------
    ValueError
        From the library, if a setting or a sample is refused.
    """
    rule: int | str | None = rank
    if threshold is not None:
        rule = f"threshold:{float(threshold)!r}"
    elif explained_variance is not None:
        rule = f"variance:{float(explained_variance)!r}"
    model = ds.fit(
        trials,
        delays=delays,
        interval=interval,
        rank=rule,
        ridge=ridge,
        steps_ahead=steps_ahead,
        reduced_rank=reduced_rank,
        dsa_metric=True,
    )
    return Model(
        operator=np.asarray(model.operator, np.float64),
        basis=np.asarray(model.basis, np.float64),
        singular_values=np.asarray(model.singular_values, np.float64),
        rank=model.rank,
    )


def eigenvalues(operator: FloatArray) -> ComplexArray:
    """The eigenvalues of a square matrix."""
    return np.linalg.eigvals(operator).astype(np.complex128)


def angle_and_transform(a: FloatArray, b: FloatArray) -> tuple[float, FloatArray]:
    """The angle between A and C B Cᵀ, in radians, and the orthogonal C that attains it."""
    comparison = ds.compare(a, b, metric="angular", effort=_EFFORT)
    return comparison.distance, np.asarray(comparison.transform)


def wasserstein_of_operators(a: FloatArray, b: FloatArray) -> float:
    """The mean squared distance between the eigenvalues of two matrices; the smaller one has eigenvalues 0 added."""
    return ds.compare(a, b, metric=_METRICS["wasserstein"], unequal_ranks="pad").distance


def wasserstein_of_eigenvalues(a: ComplexArray, b: ComplexArray) -> float:
    """The mean squared distance between eigenvalues; unequal numbers of them are transported as equal masses each."""
    return ds.eigenvalue_distance(a, b, metric=_METRICS["wasserstein"], unequal_ranks="transport")


def distances(
    left: list[FloatArray], right: list[FloatArray] | None, score_method: str, threads: int | None, progress: bool
) -> FloatArray:
    """The distances between operators.

    Parameters
    ----------
    left, right : list of ndarray
        Square matrices; without `right`, all pairs of `left`. Eigenvalues of unequal ranks are transported as equal
        masses each; angles between unequal ranks are refused.
    score_method : str
        "angular", "euclidean" or "wasserstein".
    threads : int or None
        None takes all cores.
    progress : bool
        Whether to show how far the comparison is.

    Returns
    -------
    ndarray, shape (len(left), len(right or left))
    """
    rule = "transport" if score_method == "wasserstein" else "error"
    return ds.distance_matrix(
        left,
        right,
        metric=_METRICS[score_method],
        effort=_EFFORT,
        unequal_ranks=rule,
        threads=threads,
        progress=progress,
    ).distances
