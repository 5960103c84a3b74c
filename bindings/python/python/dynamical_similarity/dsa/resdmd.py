"""Residuals of eigenvalues on other data than those of the fit."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arrays import ComplexArray, FloatArray, copied_recording, trials_of
from .dmd import DMD
from .prediction import states_of


class ResidualComputer:
    """How well each eigenpair of a model describes held-out data.

    With X and Y the coordinates of delay windows at t and at t + steps_ahead, one row per pair in the same trial, and
    an eigenpair of Y about X K, K g = lambda g, the residual is |Y g - lambda X g|² / |X g|². It is the square of the
    residual of Colbrook & Townsend (2024), as in dsa-metric. Those of eigenvalues that the data do not have are large.

    Parameters
    ----------
    model : DMD
        A fitted model.
    test_data : array_like or list of array_like
        (time, channels), (trials, time, channels) or a list of trials, with the channels of the fit.
    control_data
        Only None: systems with known inputs are not available yet.
    model_type : str
        "auto" or "local_dmd".

    Attributes
    ----------
    eigenvalues, eigenvectors, residuals, normalized_residuals : ndarray
        After `compute`; see there.

    Raises
    ------
    ValueError
        For another kind of model, or data that do not fit the model.

    Examples
    --------
    >>> import numpy as np
    >>> time = np.arange(200)
    >>> turn = np.stack([np.cos(0.3 * time), np.sin(0.3 * time)], axis=1)
    >>> model = DMD(turn[:100], n_delays=2, rank=2, lamb=0.0).fit()
    >>> ResidualComputer(model, turn[100:]).get_average_residual() < 1e-12
    True
    """

    def __init__(self, model: Any, test_data: Any, control_data: Any = None, model_type: str = "auto") -> None:
        if control_data is not None:
            raise ValueError("control_data is None: systems with known inputs are not available yet")
        if model_type not in ("auto", "local_dmd") or not isinstance(model, DMD):
            raise ValueError(f"residuals are computed for models of the class DMD, not for {type(model).__name__}")
        self.model = model
        self.test_data = test_data
        self.control_data = control_data
        self.model_type = "local_dmd"
        self.eigenvalues: ComplexArray | None = None
        self.eigenvectors: ComplexArray | None = None
        self.residuals: FloatArray | None = None
        self.normalized_residuals: FloatArray | None = None

    def compute(self) -> tuple[ComplexArray, ComplexArray, FloatArray, FloatArray]:
        """The residuals of all eigenvalues.

        Returns
        -------
        eigenvalues : ndarray, shape (rank,)
        eigenvectors : ndarray, shape (rank, rank)
            g of each eigenvalue, one per column; (p, rank) for a model of reduced rank.
        residuals : ndarray, shape (rank,)
        normalized_residuals : ndarray, shape (rank,)
            Divided by the residual of the eigenvalue 1 with the same eigenvector.

        Raises
        ------
        ValueError
            If the data have other channels than the fit, or no trial has a pair of windows.
        """
        model = self.model
        now, later = _pairs(model, self.test_data)
        eigenvalues, vectors = np.linalg.eig(model._fitted().operator.T)
        if model.reduced_rank_reg:
            leading = np.argsort(-np.abs(eigenvalues), kind="stable")[: model.rank]
            eigenvalues, vectors = eigenvalues[leading], vectors[:, leading]
        before, after = now @ vectors, later @ vectors
        sizes = np.square(np.abs(before)).sum(axis=0)
        residuals = np.square(np.abs(after - before * eigenvalues)).sum(axis=0) / sizes
        persistence = np.square(np.abs(after - before)).sum(axis=0) / sizes
        self.eigenvalues, self.eigenvectors = eigenvalues.astype(np.complex128), vectors.astype(np.complex128)
        self.residuals, self.normalized_residuals = residuals, residuals / (persistence + 1e-10)
        return self.eigenvalues, self.eigenvectors, self.residuals, self.normalized_residuals

    def get_average_residual(self) -> float:
        """The mean of the residuals of all eigenvalues."""
        return float(np.mean(self.compute()[2] if self.residuals is None else self.residuals))

    def plot(
        self,
        cmin: float | None = None,
        cmax: float | None = None,
        ax: Any = None,
        figsize: tuple[float, float] = (6, 6),
        title: str | None = None,
    ) -> tuple[Any, Any]:
        """Draws the eigenvalues in the complex plane, coloured by their residuals. Needs matplotlib.

        Parameters
        ----------
        cmin, cmax : float, optional
            The ends of the scale of colours; the least and largest residual if not given.
        ax : matplotlib axes, optional
            Where to draw; a new figure of the size `figsize` if not given.
        title : str, optional

        Returns
        -------
        figure, axes
        """
        import matplotlib.pyplot as plt

        eigenvalues, _, residuals, _ = self.compute()
        figure, ax = plt.subplots(figsize=figsize) if ax is None else (ax.get_figure(), ax)
        circle = np.exp(2j * np.pi * np.linspace(0, 1, 200))
        ax.plot(circle.real, circle.imag, color="grey", linestyle="--", linewidth=1)
        points = ax.scatter(eigenvalues.real, eigenvalues.imag, c=residuals, vmin=cmin, vmax=cmax, cmap="viridis")
        figure.colorbar(points, ax=ax, label="residual")
        ax.set(xlabel="real part", ylabel="imaginary part", aspect="equal", title=title or "")
        return figure, ax


def _pairs(model: DMD, test_data: Any) -> tuple[FloatArray, FloatArray]:
    """Coordinates of windows, and of the windows `steps_ahead` samples later, of all trials."""
    trials = trials_of(copied_recording(test_data))
    model._check_trials(trials)
    encoder, _ = model._coders()
    states = [states_of(trial, encoder, model.n_delays, model.delay_interval) for trial in trials]
    ahead = model.steps_ahead
    now, later = np.vstack([z[:-ahead] for z in states]), np.vstack([z[ahead:] for z in states])
    if len(now) == 0:
        raise ValueError("no trial is long enough for a pair of windows")
    return now, later
