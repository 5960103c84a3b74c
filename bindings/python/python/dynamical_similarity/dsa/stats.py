"""Errors of predictions, and comparisons of a recording with the identity or between its parts.

Every error takes the true and the predicted samples as arrays or tensors of one shape, (time, channels) or
(trials, time, channels), or as lists of trials of unequal length.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from .arrays import FloatArray, as_floats, as_operator, is_array
from .dmd import DMD
from .dsa import DSA
from .notices import say_once
from .simdist import SimilarityTransformDist

__all__ = [
    "aic",
    "compare_data_splits",
    "compute_all_stats",
    "correl",
    "dsa_bw_data_splits",
    "dsa_to_id",
    "log_mse",
    "mae",
    "mase",
    "measure_nonnormality_transpose",
    "measure_transient_growth",
    "mse",
    "nmse",
    "r2",
]


def _trials(values: Any) -> list[FloatArray]:
    """(time, channels) of every trial; one channel for a single series."""
    if (
        not is_array(values)
        and isinstance(values, (list, tuple))
        and any(getattr(one, "ndim", 0) > 0 for one in values)
    ):
        return [trial for one in values for trial in _trials(one)]
    array = as_floats(values)
    if not np.isfinite(array).all():
        raise ValueError("the samples are not all finite numbers")
    if array.ndim < 2:
        return [array.reshape(-1, 1)]
    return list(array.reshape(-1, *array.shape[-2:]))


def _both(x: Any, y: Any) -> tuple[list[FloatArray], list[FloatArray]]:
    left, right = _trials(x), _trials(y)
    shapes = [trial.shape for trial in left], [trial.shape for trial in right]
    if shapes[0] != shapes[1]:
        raise ValueError(f"both arrays need the same shape, but trials have {shapes[0]} and {shapes[1]}")
    if sum(trial.size for trial in left) == 0:
        raise ValueError("there are no samples")
    return left, right


def _rows(x: Any, y: Any) -> tuple[FloatArray, FloatArray]:
    """All samples of both, (samples, channels)."""
    left, right = _both(x, y)
    return np.vstack(left), np.vstack(right)


def mae(x: Any, y: Any) -> float:
    """The mean absolute error.

    Examples
    --------
    >>> mae([1.0, 2.0], [1.0, 4.0])
    1.0
    """
    left, right = _rows(x, y)
    return float(np.abs(left - right).mean())


def mase(true_vals: Any, pred_vals: Any) -> float:
    """The mean absolute error, divided by that of persistence: each sample predicted by the one before it in its trial.

    Raises
    ------
    ValueError
        If no sample differs from the one before it.

    Examples
    --------
    >>> mase([1.0, 2.0, 3.0], [1.0, 2.0, 4.5])
    0.5
    """
    trials, _ = _both(true_vals, pred_vals)
    steps = np.vstack([np.diff(trial, axis=0) for trial in trials])
    persistence = float(np.abs(steps).mean()) if steps.size else 0.0
    if persistence == 0.0:
        raise ValueError("the true samples do not change, so there is no error of persistence to divide by")
    return mae(true_vals, pred_vals) / persistence


def mse(x: Any, y: Any) -> float:
    """The mean squared error.

    Examples
    --------
    >>> mse([1.0, 2.0], [1.0, 4.0])
    2.0
    """
    left, right = _rows(x, y)
    return float(np.square(left - right).mean())


def nmse(x: Any, y: Any, eps: float = 1e-10) -> float:
    """The mean squared error, divided by the variance of all true samples together.

    Where this variance is below `eps`, the result is 0 for an error below `eps`, and infinite for any other.

    Examples
    --------
    >>> nmse([0.0, 2.0], [1.0, 1.0])
    1.0
    """
    left, right = _rows(x, y)
    error, variance = float(np.square(left - right).mean()), float(np.var(left))
    if variance < eps:
        return 0.0 if error < eps else float("inf")
    return error / variance


def r2(true_vals: Any, pred_vals: Any) -> float:
    """1 - (sum of squared errors) / (sum of squared deviations from the mean) of each channel, averaged over channels.

    Raises
    ------
    ValueError
        If a channel of the true samples does not vary.

    Examples
    --------
    >>> r2([0.0, 2.0], [0.0, 2.0])
    1.0
    """
    true, predicted = _rows(true_vals, pred_vals)
    total = np.square(true - true.mean(axis=0)).sum(axis=0)
    _check_varies(total, "the true samples")
    return float(np.mean(1 - np.square(true - predicted).sum(axis=0) / total))


def correl(x: Any, y: Any) -> float:
    """The correlation of each channel of `x` with that of `y`, averaged over channels.

    Raises
    ------
    ValueError
        If a channel does not vary.

    Examples
    --------
    >>> round(correl([0.0, 1.0, 2.0], [1.0, 3.0, 5.0]), 12)
    1.0
    """
    centred = [rows - rows.mean(axis=0) for rows in _rows(x, y)]
    squares = [np.square(rows).sum(axis=0) for rows in centred]
    for one in squares:
        _check_varies(one, "the samples")
    return float(np.mean((centred[0] * centred[1]).sum(axis=0) / np.sqrt(squares[0] * squares[1])))


def _check_varies(squares: FloatArray, what: str) -> None:
    still = np.flatnonzero(squares == 0)
    if still.size:
        raise ValueError(f"channel {still[0]} of {what} does not vary, so this statistic is not defined")


def log_mse(x: Any, y: Any, norm: bool = True) -> float:
    """ln(mean squared error), times the number of values unless `norm`; minus infinity for a perfect prediction.

    Examples
    --------
    >>> log_mse([0.0, 0.0], [1.0, 1.0], norm=False)
    0.0
    """
    left, right = _rows(x, y)
    error = float(np.square(left - right).mean())
    logarithm = float(np.log(error)) if error > 0 else float("-inf")
    return logarithm if norm else logarithm * left.size


def aic(x: Any, y: Any, rank: int, norm: bool = True) -> float:
    """Akaike's criterion N ln(mean squared error) + 2 (rank² + 1) of N values, divided by N if `norm`.

    Examples
    --------
    >>> aic([0.0, 0.0], [1.0, 1.0], rank=1)
    2.0
    """
    values = sum(trial.size for trial in _trials(x))
    criterion = log_mse(x, y, norm=True) + 2 * (rank * rank + 1) / values
    return criterion if norm else criterion * values


def compute_all_stats(true_vals: Any, pred_vals: Any, rank: int, norm: bool = True) -> dict[str, float]:
    """All errors of a prediction.

    Parameters
    ----------
    true_vals, pred_vals : array_like
        Of one shape.
    rank : int
        The rank of the model, for Akaike's criterion.
    norm : bool
        Whether "AIC" and "logMSE" are per value.

    Returns
    -------
    dict
        With the keys MAE, MASE, NMSE, MSE, R2, Correl, AIC and logMSE.

    Examples
    --------
    >>> sorted(compute_all_stats([0.0, 1.0, 3.0], [0.0, 1.0, 2.0], rank=1))
    ['AIC', 'Correl', 'MAE', 'MASE', 'MSE', 'NMSE', 'R2', 'logMSE']
    """
    return {
        "MAE": mae(true_vals, pred_vals),
        "MASE": mase(true_vals, pred_vals),
        "NMSE": nmse(true_vals, pred_vals),
        "MSE": mse(true_vals, pred_vals),
        "R2": r2(true_vals, pred_vals),
        "Correl": correl(true_vals, pred_vals),
        "AIC": aic(true_vals, pred_vals, rank, norm=norm),
        "logMSE": log_mse(true_vals, pred_vals, norm=norm),
    }


def dsa_to_id(
    data: Any,
    rank: int,
    n_delays: int,
    delay_interval: int,
    iters: int = 1000,
    lr: float = 1e-2,
    score_method: str = "angular",
    device: Any = "cpu",
) -> float:
    """The distance between the operator of a recording and the identity of its rank.

    Parameters
    ----------
    data : array_like
        (time, channels) or (trials, time, channels), or a list of trials.
    rank, n_delays, delay_interval : int
        Settings of `DMD`.
    iters, lr, device
        Without effect.
    score_method : str
        "angular", "euclidean" or "wasserstein".

    Examples
    --------
    >>> import numpy as np
    >>> time = np.arange(100)
    >>> turn = np.stack([np.cos(0.3 * time), np.sin(0.3 * time)], axis=1)
    >>> round(dsa_to_id(turn, rank=2, n_delays=1, delay_interval=1), 2)
    0.3
    """
    if (iters, lr) != (1000, 1e-2):
        say_once("search")
    dmd = DMD(data, n_delays, delay_interval, rank, device=device).fit()
    operator = as_operator(dmd)
    return SimilarityTransformDist(score_method=score_method).fit_score(operator, np.eye(len(operator)))


def compare_data_splits(
    data: Any,
    rank: Any,
    n_delays: Any,
    delay_interval: Any,
    split_method: str = "auto",
    split_points: Any = None,
    nsplits: int = 2,
    iters: int = 1000,
    lr: float = 1e-2,
    score_method: str = "angular",
    device: Any = "cpu",
    avg: bool = True,
    wasserstein_compare: Any = None,
    verbose: bool | None = None,
    steps_ahead: int | None = None,
) -> Any:
    """Distances between the parts of a recording, or between recordings in the same stretch of time.

    Parameters
    ----------
    data : array_like or list
        A recording, or with split_method "list" the parts themselves, or with "custom" a list of recordings
        (trials, time, channels).
    rank, n_delays, delay_interval, steps_ahead
        Settings of `DMD`.
    split_method : str
        "equal" cuts the first axis of an array (time, or trials) into `nsplits` equal parts; samples that are left over
        at the end are not used. "list" takes the entries of `data` as parts. "custom" cuts time at `split_points`.
        "auto" is "list" for a list, "custom" for an array with `split_points`, and "equal" for any other array.
    split_points : sequence of int, optional
        Stretch k begins at point k and ends before point k + 1.
    nsplits : int
        Parts for "equal".
    score_method : str
        "angular", "euclidean" or "wasserstein".
    avg : bool
        Whether to average: over pairs, and for a list with "custom" over stretches.
    iters, lr, device, wasserstein_compare, verbose
        Without effect.

    Returns
    -------
    float or ndarray
        With `avg`, the mean distance of all pairs of parts; else their matrix. For "custom" with a list of m
        recordings, the matrices (m, m) of all stretches, (stretches, m, m), or with `avg` their mean, (m, m).
    models : list of DSA
        For "custom" only.

    Raises
    ------
    ValueError
        If the parts cannot be cut, or cannot be fitted.

    Examples
    --------
    >>> import numpy as np
    >>> time = np.arange(200)
    >>> turn = np.stack([np.cos(0.3 * time), np.sin(0.3 * time)], axis=1)
    >>> compare_data_splits(turn, rank=2, n_delays=2, delay_interval=1) < 0.1
    True
    """
    if wasserstein_compare is not None:
        say_once("wasserstein_compare")
    settings: dict[str, Any] = {
        "rank": rank,
        "n_delays": n_delays,
        "delay_interval": delay_interval,
        "score_method": score_method,
        "device": device,
    }
    if steps_ahead is not None:
        settings["steps_ahead"] = steps_ahead
    listed = isinstance(data, (list, tuple))
    if split_method == "auto":
        split_method = "list" if listed else "custom" if split_points is not None else "equal"
    if split_method == "custom" and listed:
        models = [DSA([_stretch(one, *ends) for one in data], **settings) for ends in _ends(split_points)]
        matrices = np.array([model.fit_score() for model in models])
        return (matrices.mean(axis=0) if avg else matrices), models
    model = DSA(_parts(data, split_method, split_points, nsplits), **settings)
    distances = model.fit_score()
    result = float(distances[np.tril_indices(len(distances), k=-1)].mean()) if avg else distances
    return (result, [model]) if split_method == "custom" else result


dsa_bw_data_splits = compare_data_splits


def _parts(data: Any, split_method: str, split_points: Any, nsplits: int) -> list[Any]:
    if split_method == "list":
        parts = list(data)
    elif split_method == "equal":
        array = as_floats(data)
        length = len(array) // max(nsplits, 1)
        parts = [array[part * length : (part + 1) * length] for part in range(nsplits)]
    elif split_method == "custom":
        parts = [_stretch(data, *ends) for ends in _ends(split_points)]
    else:
        raise ValueError(f"split_method is auto, equal, list or custom, but it is {split_method!r}")
    if len(parts) < 2:
        raise ValueError(f"at least two parts are needed, but there are {len(parts)}")
    return parts


def _ends(split_points: Any) -> list[tuple[int, int]]:
    if split_points is None or len(split_points) < 2:
        raise ValueError("split_method='custom' needs at least two split_points")
    points = [int(point) for point in split_points]
    return list(itertools.pairwise(points))


def _stretch(recording: Any, first: int, last: int) -> FloatArray:
    array = as_floats(recording)
    return array[:, first:last] if array.ndim == 3 else array[first:last]


def measure_nonnormality_transpose(A: Any) -> float:
    """|Aᵀ A - A Aᵀ| in the Frobenius norm; 0 for a normal operator.

    Examples
    --------
    >>> measure_nonnormality_transpose([[0.0, 1.0], [-1.0, 0.0]])
    0.0
    """
    operator = as_operator(A)
    return float(np.linalg.norm(operator.T @ operator - operator @ operator.T))


def measure_transient_growth(A: Any) -> float:
    """The largest singular value of A, by which one step can lengthen a state; it may exceed 1 for a stable operator.

    Examples
    --------
    >>> round(measure_transient_growth([[0.5, 5.0], [0.0, 0.2]]), 2)
    5.03
    """
    return float(np.linalg.norm(as_operator(A), ord=2))
