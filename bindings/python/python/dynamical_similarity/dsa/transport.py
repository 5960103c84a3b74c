"""Transport plans between eigenvalues, for which SciPy is needed.

The distance itself needs no plan and no SciPy. A plan is asked for by its user alone (`C_star` after a Wasserstein
comparison), or is needed because the eigenvalues have weights.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from .arrays import ComplexArray, FloatArray


def _scipy_optimize() -> Any:
    try:
        return importlib.import_module("scipy.optimize")
    except ImportError as error:
        raise ImportError("a transport plan between eigenvalues needs SciPy: pip install scipy") from error


def squared_distances(a: ComplexArray, b: ComplexArray) -> FloatArray:
    """|a_i - b_j|², shape (len(a), len(b))."""
    difference = a[:, None] - b[None, :]
    squares: FloatArray = np.square(difference.real) + np.square(difference.imag)
    return squares


def transport_plan(costs: FloatArray, weights_a: FloatArray, weights_b: FloatArray) -> FloatArray:
    """The plan that moves the masses `weights_a` to `weights_b` at the least cost.

    Parameters
    ----------
    costs : ndarray, shape (m, n)
    weights_a, weights_b : ndarray, shapes (m,) and (n,)
        Masses with the same sum.

    Returns
    -------
    ndarray, shape (m, n)
        It is a matching where all masses are equal; else a linear programme is solved (HiGHS).

    Raises
    ------
    ImportError
        Without SciPy.
    """
    optimize = _scipy_optimize()
    rows, columns = costs.shape
    if rows == columns and np.ptp(weights_a) == 0 and np.ptp(weights_b) == 0:
        plan = np.zeros(costs.shape)
        plan[optimize.linear_sum_assignment(costs)] = weights_a[0]
        return plan
    constraints = np.vstack([np.kron(np.eye(rows), np.ones(columns)), np.kron(np.ones(rows), np.eye(columns))])
    masses = np.concatenate([weights_a, weights_b])
    solution = optimize.linprog(costs.ravel(), A_eq=constraints, b_eq=masses, method="highs")
    if not solution.success:
        raise ValueError(f"no plan carries these weights into each other: {solution.message}")
    result: FloatArray = np.asarray(solution.x, dtype=np.float64).reshape(costs.shape)
    return result
