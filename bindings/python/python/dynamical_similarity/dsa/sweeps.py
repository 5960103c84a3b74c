"""Errors of predictions over a grid of two parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import FloatArray, as_floats, is_array
from .dmd import DMD
from .resdmd import ResidualComputer
from .stats import compute_all_stats, measure_nonnormality_transpose

_INPUTS = "systems with known inputs are not available yet"


def split_train_test(data: Any, train_frac: float = 0.8) -> tuple[Any, Any, int]:
    """The first part of the data for fitting, and the rest for testing.

    Trials are divided where there are several, else the time of the one.

    Parameters
    ----------
    data : array_like or list of array_like
        (time, channels), (trials, time, channels) or a list of trials.
    train_frac : float
        The share of the first part, rounded down to whole trials or samples. With 1, both parts are all data.

    Returns
    -------
    train, test : ndarray or list of ndarray
    channels : int

    Raises
    ------
    ValueError
        If a part would be empty.

    Examples
    --------
    >>> import numpy as np
    >>> train, test, channels = split_train_test(np.zeros((1, 10, 3)))
    >>> train.shape, test.shape, channels
    ((1, 8, 3), (1, 2, 3), 3)
    """
    if not is_array(data):
        arrays = [as_floats(trial) for trial in data]
        train, test = _cut(arrays, train_frac)
        return train, test, int(arrays[0].shape[-1])
    array = as_floats(data)
    if array.ndim == 3 and len(array) == 1:
        train, test = _cut(array[0], train_frac)
        return train[None], test[None], int(array.shape[-1])
    train, test = _cut(array, train_frac)
    return train, test, int(array.shape[-1])


def _cut(items: Any, train_frac: float) -> tuple[Any, Any]:
    first = int(train_frac * len(items))
    train, test = items[:first], items[first:] if train_frac < 1 else items
    if len(train) == 0 or len(test) == 0:
        raise ValueError(f"train_frac={train_frac} leaves {len(train)} of {len(items)} to fit and {len(test)} to test")
    return train, test


class DefaultSweeper:
    """Fits `DMD` for every pair of values of two parameters, and predicts data that were held out.

    Parameters
    ----------
    data : array_like or list of array_like
        (time, channels), (trials, time, channels) or a list of trials; see `split_train_test`.
    param1_name, param2_name : str
        Parameters of `DMD`.
    param1_values, param2_values : sequence
        Their values. A pair whose rank exceeds n_delays times the channels is not fitted, and has NaN as its result.
    model_class : str
        Only "DMD".
    control_data
        Only None.
    train_frac : float
        The share of the data that is fitted.
    reseed : int
        How often a prediction is corrected: see `DMD.predict`.
    compute_residuals : bool
        Whether to compute residuals of eigenvalues: see `ResidualComputer`.
    save_models : bool
        Whether to keep the models, in `fitted_models`.
    **model_kwargs
        Further parameters of `DMD`.

    Attributes
    ----------
    aics, mases, mses, nnormals : ndarray, shape (values of param1, values of param2)
        After `sweep`: Akaike's criterion, the mean absolute scaled and the mean squared error of predictions of the
        held-out data, and |Aᵀ A - A Aᵀ|.
    residuals : ndarray or None
        The mean residual of the eigenvalues, if it was asked for.

    Examples
    --------
    >>> import numpy as np
    >>> data = np.random.default_rng(0).normal(size=(200, 2))
    >>> sweeper = DefaultSweeper(data, param1_values=[1, 2], param2_values=[2, 4]).sweep()
    >>> sweeper.mases.shape, bool(np.isnan(sweeper.mases[0, 1]))
    ((2, 2), True)
    """

    def __init__(
        self,
        data: Any,
        param1_name: str = "n_delays",
        param1_values: Sequence[Any] | NDArray[Any] | None = None,
        param2_name: str = "rank",
        param2_values: Sequence[Any] | NDArray[Any] | None = None,
        model_class: str = "DMD",
        control_data: Any = None,
        train_frac: float = 0.8,
        reseed: int = 1,
        compute_residuals: bool = False,
        save_models: bool = False,
        **model_kwargs: Any,
    ) -> None:
        if control_data is not None or model_class != "DMD":
            raise ValueError(f"model_class is 'DMD', without control_data: {_INPUTS}")
        if param1_values is None or param2_values is None:
            raise ValueError("param1_values and param2_values are both needed")
        self.data = data
        self.param1_name = param1_name
        self.param1_values = np.array(param1_values)
        self.param2_name = param2_name
        self.param2_values = np.array(param2_values)
        self.model_class_name = model_class
        self.control_data = control_data
        self.train_frac = train_frac
        self.reseed = reseed
        self.compute_residuals = compute_residuals
        self.save_models = save_models
        self.model_kwargs = model_kwargs
        self.train_data, self.test_data, self.dim = split_train_test(data, train_frac)
        self._results: dict[str, FloatArray] | None = None
        self._models: list[list[DMD | None]] = []

    def sweep(self) -> DefaultSweeper:
        """Fits and tests all models.

        Returns
        -------
        DefaultSweeper
            The object itself.

        Raises
        ------
        ValueError
            If a model cannot be fitted, or the held-out data are too short for a window; it names the pair of values.
        """
        shape = (len(self.param1_values), len(self.param2_values))
        names = ["aics", "mases", "mses", "nnormals"] + (["residuals"] if self.compute_residuals else [])
        results = {name: np.full(shape, np.nan) for name in names}
        models: list[list[DMD | None]] = [[None] * shape[1] for _ in range(shape[0])]
        for i, j in np.ndindex(*shape):
            pair = {self.param1_name: self.param1_values[i].item(), self.param2_name: self.param2_values[j].item()}
            if not self._is_possible(pair):
                continue
            try:
                model, values = self._tested(pair)
            except ValueError as error:
                raise ValueError(f"{', '.join(f'{name}={value}' for name, value in pair.items())}: {error}") from error
            for name, value in values.items():
                results[name][i, j] = value
            models[i][j] = model if self.save_models else None
        self._results, self._models = results, models
        return self

    def _is_possible(self, pair: dict[str, Any]) -> bool:
        settings = {**pair, **self.model_kwargs}
        rank, n_delays = pair.get("rank"), settings.get("n_delays", 1)
        return rank is None or "n_delays" not in pair or rank <= n_delays * self.dim

    def _tested(self, pair: dict[str, Any]) -> tuple[DMD, dict[str, float]]:
        model = DMD(self.train_data, **pair, **self.model_kwargs).fit()
        stats = compute_all_stats(self.test_data, model.predict(self.test_data, reseed=self.reseed), model.rank or 0)
        values = {
            "aics": stats["AIC"],
            "mases": stats["MASE"],
            "mses": stats["MSE"],
            "nnormals": measure_nonnormality_transpose(model.A_v),
        }
        if self.compute_residuals:
            values["residuals"] = ResidualComputer(model, self.test_data).get_average_residual()
        return model, values

    def _swept(self) -> dict[str, FloatArray]:
        if self._results is None:
            raise RuntimeError("there are no results yet: call sweep first")
        return self._results

    @property
    def aics(self) -> FloatArray:
        """Akaike's criterion per predicted value."""
        return self._swept()["aics"]

    @property
    def mases(self) -> FloatArray:
        """The mean absolute error, divided by that of persistence."""
        return self._swept()["mases"]

    @property
    def mses(self) -> FloatArray:
        """The mean squared error."""
        return self._swept()["mses"]

    @property
    def nnormals(self) -> FloatArray:
        """|Aᵀ A - A Aᵀ| in the Frobenius norm."""
        return self._swept()["nnormals"]

    @property
    def residuals(self) -> FloatArray | None:
        """The mean residual of the eigenvalues; None if it was not asked for."""
        return self._swept().get("residuals")

    @property
    def fitted_models(self) -> list[list[DMD | None]]:
        """The models, `fitted_models[i][j]`; every one is None unless `save_models` is set."""
        self._swept()
        return self._models

    def get_results(self) -> dict[str, Any]:
        """The values of both parameters and all results, by name."""
        results = self._swept()
        settings = ("param1_name", "param1_values", "param2_name", "param2_values", "train_frac", "reseed")
        return {**{name: getattr(self, name) for name in settings}, "residuals": None, **results}

    def plot(
        self,
        x_axis_param: str | None = None,
        legend_param: str | None = None,
        metrics: Sequence[str] | None = None,
        figsize: tuple[float, float] | None = None,
        cmap: str = "viridis",
        save_path: str | None = None,
        mase_scale: str = "log",
        title: str | None = None,
    ) -> tuple[Any, Any]:
        """Draws the results as curves, one panel per result. Needs matplotlib.

        Parameters
        ----------
        x_axis_param : str, optional
            The parameter along the axis; the second one if not given. The other one has a curve per value.
        legend_param : str, optional
            Without effect: it is the other parameter.
        metrics : sequence of str, optional
            Of "AIC", "MASE", "MSE", "nnormal" and "residual"; all but "MSE" if not given.
        figsize, cmap, save_path, mase_scale, title
            The size of the figure in inches, the scale of colours, where to save it, the scale of errors, and its
            title.

        Returns
        -------
        figure, list of axes
        """
        import matplotlib
        import matplotlib.pyplot as plt

        results = self._swept()
        known = {"AIC": "aics", "MASE": "mases", "MSE": "mses", "nnormal": "nnormals", "residual": "residuals"}
        names = ["AIC", "MASE", "nnormal", "residual"] if metrics is None else list(metrics)
        names = [name for name in names if known.get(name) in results]
        along_second = x_axis_param in (None, self.param2_name)
        x, of_curves = (
            (self.param2_values, self.param1_values) if along_second else (self.param1_values, self.param2_values)
        )
        colours = matplotlib.colormaps[cmap](np.linspace(0, 0.9, max(len(of_curves), 1)))
        figure, panels = plt.subplots(1, len(names), figsize=figsize or (4 * len(names), 4), squeeze=False)
        for name, ax in zip(names, panels[0], strict=True):
            values = results[known[name]] if along_second else results[known[name]].T
            for curve, value, colour in zip(values, of_curves, colours, strict=True):
                ax.plot(x, curve, label=str(value), color=colour, marker="o", markersize=3)
            if name == "MASE":
                ax.axhline(1, color="black", linestyle="--", linewidth=0.7)
            if name in ("MASE", "MSE"):
                ax.set_yscale(mase_scale)
            ax.set(xlabel=self.param2_name if along_second else self.param1_name, ylabel=name)
        panels[0, -1].legend(title=self.param1_name if along_second else self.param2_name, fontsize=8)
        if title:
            figure.suptitle(title)
        figure.tight_layout()
        if save_path:
            figure.savefig(save_path, bbox_inches="tight")
        return figure, list(panels[0])


def sweep_local_dmd(data: Any, n_delays_values: Any, rank_values: Any, **kwargs: Any) -> DefaultSweeper:
    """A `DefaultSweeper` over delays and ranks that has been swept; see there for the keywords."""
    return DefaultSweeper(data, param1_values=n_delays_values, param2_values=rank_values, **kwargs).sweep()


def sweep_ranks_delays(
    data: Any,
    n_delays: Any,
    ranks: Any,
    control_data: Any = None,
    train_frac: float = 0.8,
    reseed: int = 5,
    return_residuals: bool = True,
    model_class: str = "DMD",
    **model_kwargs: Any,
) -> tuple[FloatArray, ...]:
    """Errors over delays and ranks.

    Parameters
    ----------
    data, control_data, train_frac, reseed, model_class, **model_kwargs
        As for `DefaultSweeper`.
    n_delays, ranks : sequence of int

    Returns
    -------
    aics, mases, nnormals : ndarray, shape (len(n_delays), len(ranks))
    residuals : ndarray
        Of the same shape, unless `return_residuals` is False.

    Examples
    --------
    >>> import numpy as np
    >>> data = np.random.default_rng(0).normal(size=(200, 2))
    >>> [result.shape for result in sweep_ranks_delays(data, [1, 2, 3], [2, 4])]
    [(3, 2), (3, 2), (3, 2), (3, 2)]
    """
    sweeper = DefaultSweeper(
        data,
        param1_values=n_delays,
        param2_values=ranks,
        control_data=control_data,
        train_frac=train_frac,
        reseed=reseed,
        compute_residuals=return_residuals,
        model_class=model_class,
        **model_kwargs,
    ).sweep()
    results = (sweeper.aics, sweeper.mases, sweeper.nnormals)
    return results if sweeper.residuals is None else (*results, sweeper.residuals)
