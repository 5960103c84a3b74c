"""Predictions that are corrected by the true window every few samples.

The state of a delay window h is z = S⁻¹ Uᵀ h, and s samples later A z. With `reseed` = k, the window at time t is
predicted from the true window s samples earlier where t is a multiple of k, and from the predicted one elsewhere:

    depth[t] = 0                      for t < s (true windows)
               1                      where t is a multiple of k
               depth[t - s] + 1       elsewhere
    for m = 1, 2, ...:  z[t] = A z[t - s] for all t of depth m at once
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from .arrays import FloatArray


def window_count(samples: int, n_delays: int, delay_interval: int) -> int:
    """The delay windows of a trial of `samples` samples; not negative."""
    return max(samples - (n_delays - 1) * delay_interval, 0)


def windows_of(trial: FloatArray, n_delays: int, delay_interval: int) -> FloatArray:
    """The delay windows of a trial, newest sample first.

    Parameters
    ----------
    trial : ndarray, shape (time, channels)
    n_delays, delay_interval : int

    Returns
    -------
    ndarray, shape (time - (n_delays - 1) delay_interval, channels n_delays)
    """
    count = window_count(len(trial), n_delays, delay_interval)
    newest = (n_delays - 1) * delay_interval
    starts = [newest - delay * delay_interval for delay in range(n_delays)]
    return np.hstack([trial[start : start + count] for start in starts])


def states_of(trial: FloatArray, encoder: FloatArray, n_delays: int, delay_interval: int) -> FloatArray:
    """The windows of a trial times `encoder`, without all windows in memory at once.

    Parameters
    ----------
    trial : ndarray, shape (time, channels)
    encoder : ndarray, shape (channels n_delays, k)
    n_delays, delay_interval : int

    Returns
    -------
    ndarray, shape (windows, k)
    """
    count, channels = window_count(len(trial), n_delays, delay_interval), trial.shape[1]
    states = np.zeros((count, encoder.shape[1]))
    for delay in range(n_delays):
        start = (n_delays - 1 - delay) * delay_interval
        states += trial[start : start + count] @ encoder[delay * channels : (delay + 1) * channels]
    return states


def _depths(count: int, steps_ahead: int, reseed: int) -> NDArray[np.intp]:
    depths = np.zeros(count, dtype=np.intp)
    if reseed == 1:
        depths[steps_ahead:] = 1
        return depths
    for t in range(steps_ahead, count):
        depths[t] = 1 if t % reseed == 0 else depths[t - steps_ahead] + 1
    return depths


def predicted_states(states: FloatArray, operator: FloatArray, steps_ahead: int, reseed: int) -> FloatArray:
    """The states predicted from `states`.

    Parameters
    ----------
    states : ndarray, shape (windows, k)
        True states.
    operator : ndarray, shape (k, k)
        A, with z[t + s] about A z[t].
    steps_ahead, reseed : int
        s, and how often the true state is used.

    Returns
    -------
    ndarray, shape (windows, k)
        The first s states are the true ones.

    Examples
    --------
    >>> import numpy as np
    >>> true = np.ones((5, 1))
    >>> predicted_states(true, np.array([[0.5]]), steps_ahead=1, reseed=2)[:, 0]
    array([1.  , 0.5 , 0.5 , 0.25, 0.5 ])
    """
    depths = _depths(len(states), steps_ahead, reseed)
    by_depth = np.argsort(depths, kind="stable")
    bounds = np.searchsorted(depths[by_depth], np.arange(1, int(depths.max(initial=0)) + 2))
    predicted = states.copy()
    for first, last in itertools.pairwise(bounds):
        times = by_depth[first:last]
        # At depth 1 the state before is a true one: states is still what it was there, predicted may not be.
        before = states if depths[times[0]] == 1 else predicted
        predicted[times] = before[times - steps_ahead] @ operator.T
    return predicted
