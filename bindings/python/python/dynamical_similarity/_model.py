"""Fits: from a recording to a linear operator between its delay windows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _native
from ._blocks import blocks_of
from ._errors import Error
from ._progress import Progress, long
from ._recording import Array, recordings_of, trials_of
from ._settings import model_settings
from ._spectrum import Spectrum

if TYPE_CHECKING:
    from ._recording import RecordingLike


def _fixed(array: Any) -> Any:
    """An array that cannot be written: it belongs to a model."""
    array.setflags(write=False)
    return array


class Model:
    """An operator that was fitted to a recording. :func:`fit` makes it; it can be pickled, and does not change.

    With H the matrix of all delay windows (a row per window, its means subtracted) and H = V S Uᵀ its leading singular values
    and vectors, the operator A carries the whitened coordinates of one window to those of the next: v(t + 1) = A v(t).

    Examples
    --------
    >>> import numpy as np
    >>> import dynamical_similarity as ds
    >>> x = np.cos(0.3 * np.arange(200.0))
    >>> model = ds.fit(x, delays=4, rank=2)
    >>> model
    Model(rank=2, delays=4, interval=1, channels=1)
    >>> bool(np.allclose(np.angle(model.eigenvalues), [0.3, -0.3]))
    True
    """

    def __init__(self, native: _native.Model) -> None:
        self._native = native

    @cached_property
    def _summary(self) -> dict[str, Any]:
        return self._native.summary()

    @cached_property
    def operator(self) -> Array:
        """The operator A, shape (rank, rank)."""
        return _fixed(self._native.operator())  # type: ignore[no-any-return]

    @cached_property
    def basis(self) -> Array:
        """U, shape (channels x delays, rank), with orthonormal columns; the newest sample of a window comes first."""
        return _fixed(self._native.basis())  # type: ignore[no-any-return]

    @cached_property
    def singular_values(self) -> Array:
        """The singular values of the directions that were kept, descending, in the units of the samples."""
        return _fixed(self._native.singular_values())  # type: ignore[no-any-return]

    @cached_property
    def spectrum(self) -> Array:
        """All singular values that the fit has found, descending."""
        return _fixed(self._native.spectrum())  # type: ignore[no-any-return]

    @cached_property
    def intercept(self) -> Array:
        """b of v(t + 1) = A v(t) + b, which centring leaves; empty without centring."""
        return _fixed(self._native.intercept())  # type: ignore[no-any-return]

    @cached_property
    def eigenvalues(self) -> npt.NDArray[np.complexfloating[Any, Any]]:
        """The eigenvalues of the operator, by descending modulus."""
        parts = self._native.eigenvalues()
        return _fixed(parts[:, 0] + 1j * parts[:, 1])  # type: ignore[no-any-return]

    def frequencies(self, rate: float = 1.0) -> Array:
        """How often per second each mode goes round: the angle of its eigenvalue, as a multiple of a full turn, times the rate.

        Parameters
        ----------
        rate : float
            Samples per second. Without it, frequencies are in cycles per sample.

        Returns
        -------
        ndarray
            In the order of :attr:`eigenvalues`, from -rate/2 to rate/2 (divided by the steps ahead); the modes of a conjugate
            pair have frequencies of opposite sign, and a mode that only decays has 0.

        Examples
        --------
        >>> import numpy as np
        >>> import dynamical_similarity as ds
        >>> x = np.cos(2 * np.pi * 8 * np.arange(0, 2, 0.01))
        >>> ds.fit(x, delays=4, rank=2).frequencies(rate=100).round(6)
        array([ 8., -8.])
        """
        found: Array = np.angle(self.eigenvalues) * (rate / (2 * np.pi * self.settings["steps_ahead"]))
        return found

    def decay_times(self, rate: float = 1.0) -> Array:
        """How long each mode takes to fall to 1/e, in seconds: infinite on the unit circle, negative where a mode grows.

        These are times of the operator. Neighbouring windows share most of their samples, so that with more delays and a low rank
        modes fade more slowly than the process does; compare such times at equal settings only.

        Parameters
        ----------
        rate : float
            Samples per second. Without it, times are in samples.

        Examples
        --------
        >>> import numpy as np
        >>> import dynamical_similarity as ds
        >>> x = np.exp(-np.arange(0, 1, 0.01) / 0.2)
        >>> ds.fit(x, delays=1, rank=1, centre="none").decay_times(rate=100).round(6)
        array([0.2])
        """
        with np.errstate(divide="ignore"):
            found: Array = -self.settings["steps_ahead"] / (rate * np.log(np.abs(self.eigenvalues)))
        return found

    @property
    def rank(self) -> int:
        """The rank of the operator."""
        return int(self._summary["rank"])

    @property
    def delays(self) -> int:
        """Samples of a window, per channel."""
        return int(self._summary["delays"])

    @property
    def interval(self) -> int:
        """Samples from one delay of a window to the next."""
        return int(self._summary["interval"])

    @property
    def channels(self) -> int:
        """Channels of the recording."""
        return int(self._summary["channels"])

    @property
    def windows(self) -> int:
        """Windows of all trials."""
        return int(self._summary["windows"])

    @property
    def residual(self) -> float:
        """The relative error one step ahead, in whitened coordinates, on the data of the fit."""
        return float(self._summary["residual"])

    @property
    def condition(self) -> float:
        """The largest kept singular value divided by the smallest."""
        return float(self._summary["condition"])

    @property
    def fit_path(self) -> str:
        """How the singular vectors were found: ``"gram"``, ``"compensated-gram"``, ``"qr"`` or ``"krylov"``."""
        return str(self._summary["fit_path"])

    @property
    def settings(self) -> dict[str, Any]:
        """All settings of the fit."""
        return dict(self._summary["settings"])

    @cached_property
    def warnings(self) -> list[str]:
        """What a reader should know of the fit, such as ``"few_rows"`` or ``"near_tie"``; with the numbers of channels where
        it is about channels."""
        found = []
        for name, value in self._summary["warnings"].items():
            if isinstance(value, dict):
                channels = [str(channel) for channel in range(64) if value["first"] >> channel & 1]
                channels += ["64 or above"] if value["further"] else []
                if channels:
                    found.append(f"{name}: channels {', '.join(channels)}")
            elif value:
                found.append(name)
        return found

    def predict(self, recording: RecordingLike, *, steps: int | None = 1) -> Array | list[Array]:
        """Predict samples from the windows before them.

        Parameters
        ----------
        recording : array, list of arrays or path
            A recording of the same channels, in the precision of the one that was fitted.
        steps : int or None
            How often the operator is applied to a true window; ``None`` lets it run freely from the first windows of each trial.

        Returns
        -------
        ndarray or list of ndarray
            In the shape of the recording. Samples that the horizon does not reach are NaN.

        Examples
        --------
        >>> import numpy as np
        >>> import dynamical_similarity as ds
        >>> x = np.cos(0.3 * np.arange(200.0))[:, np.newaxis]
        >>> predicted = ds.fit(x, delays=4, rank=2).predict(x)
        >>> bool(np.abs(predicted - x)[4:].max() < 1e-6), int(np.isnan(predicted).sum())
        (True, 4)
        """
        trials = self._trials(recording)
        found, first = self._native.predict(trials, steps)
        whole = []
        for trial, predicted in zip(trials, found):
            array = np.full_like(trial, np.nan)
            array[first:] = predicted
            whole.append(array)
        axes = None if isinstance(recording, (list, tuple, str, os.PathLike)) else np.ndim(recording)  # type: ignore[arg-type]
        if axes in (1, 2):
            return whole[0][:, 0] if axes == 1 else whole[0]
        return np.stack(whole) if axes == 3 else whole

    def prediction_errors(self, recording: RecordingLike, *, steps: int | None = 1) -> dict[str, float]:
        """The errors of predicting a recording: ``mean_squared_error``, ``r_squared``, ``mean_absolute_scaled_error`` (below 1 is
        better than repeating the last sample), ``akaike``, and the number of predicted ``values``."""
        return self._native.prediction_errors(self._trials(recording), steps)

    def residuals(self, held_out: RecordingLike) -> Spectrum:
        """The eigenvalues with their residuals on data that were not used in the fit: which of them to trust.

        For an eigenvalue λ with the eigenfunction g the residual is ‖Y g - λ X g‖ / ‖X g‖, X and Y being the states of the windows
        at t and at t + steps_ahead in the coordinates of the model (Colbrook & Townsend 2024).

        Parameters
        ----------
        held_out : array, list of arrays or path
            A recording of the same channels, in the precision of the one that was fitted.

        Returns
        -------
        Spectrum

        Examples
        --------
        >>> import numpy as np
        >>> import dynamical_similarity as ds
        >>> x = np.cos(0.3 * np.arange(1000)) + 0.01 * np.random.default_rng(0).normal(size=1000)
        >>> spectrum = ds.fit(x[:500], delays=8, rank=4).residuals(x[500:])
        >>> spectrum.cleaned(0.1).eigenvalues.round(2)
        array([0.96+0.3j, 0.96-0.3j])
        """
        return Spectrum.of_rows(self._native.residuals(self._trials(held_out), False))

    def held_out_residuals(self, recording: RecordingLike) -> Spectrum:
        """The eigenvalues with residuals on held-out halves of the recording that was fitted.

        Each half is fitted with the settings of this model. An eigenvalue gets the eigenfunction of the nearest eigenvalue of each
        half, and the root mean square of its residuals on the *other* half.

        Parameters
        ----------
        recording : array, list of arrays or path
            The recording of the fit.

        Returns
        -------
        Spectrum
        """
        return Spectrum.of_rows(self._native.residuals(self._trials(recording), True))

    def _trials(self, recording: RecordingLike) -> list[Array]:
        return trials_of(recording, self.operator.dtype.type)

    def __reduce__(self) -> tuple[Any, ...]:
        return _model_of_bytes, (self._native.to_bytes(),)

    def __repr__(self) -> str:
        said = f"rank={self.rank}, delays={self.delays}, interval={self.interval}, channels={self.channels}"
        if self.operator.dtype == np.float32:
            said += ", float32"
        if self.warnings:
            said += f", warnings={self.warnings}"
        return f"Model({said})"


def _model_of_bytes(data: bytes) -> Model:
    return Model(_native.Model.from_bytes(data))


def fit(
    recording: RecordingLike,
    *,
    delays: int,
    rank: int | str | None = "auto",
    interval: int = 1,
    steps_ahead: int = 1,
    ridge: float = 1e-8,
    centre: str | None = None,
    scale: str = "none",
    reduced_rank: bool = False,
    conditions: Sequence[int] | None = None,
    dsa_metric: bool = False,
) -> Model:
    """Fit a linear operator to the delay windows of a recording (Hankel DMD in whitened coordinates).

    Parameters
    ----------
    recording : array, list of arrays or path
        Samples of shape (time, channels) or (trials, time, channels), a list of trials of any lengths, or the path of a file.
        float32 is fitted in single precision, everything else in double precision. Arrays in C order are not copied.
    delays : int
        Samples of a window, per channel.
    rank : int, str or None
        The rank of the operator: a number, or a rule that chooses it from the data: ``"auto"`` (which is ``"latent"``),
        ``"state-order"``, ``"predictive"``, ``"hard-threshold"``, ``"threshold:S"``, ``"variance:F"``, or ``"full"``, as None.
        Operators are compared at one rank: see :func:`fit_all`.
    interval : int
        Samples from one delay of a window to the next.
    steps_ahead : int
        Samples by which the operator predicts ahead.
    ridge : float
        The ridge of the regression, in whitened coordinates.
    centre : {"mean", "none", "condition"}, optional
        What is subtracted: each channel's mean (the default), nothing, or the mean of each condition at each time.
    scale : {"none", "unit-variance", "unit-norm"}
        What every sample is divided by.
    reduced_rank : bool
        Fit the operator by reduced-rank regression.
    conditions : sequence of int, optional
        The condition of each trial.
    dsa_metric : bool
        Use the conventions of the package dsa-metric: nothing is subtracted, and a rank that is too large is cut down.

    Returns
    -------
    Model

    Notes
    -----
    A recording of a single trial that is larger than the memory is read in blocks, several times, where the rank is a number: an
    array that NumPy maps into memory (``numpy.load(path, mmap_mode="r")``, ``numpy.memmap``), the path of a ``.npy`` file, a data
    set of h5py, or anything else with a shape, a type and slices. The operator has the bits of a fit in memory.

    Raises
    ------
    Error
        With a sentence that says what is wrong with the recording or the settings, and what would be right.

    Examples
    --------
    >>> import dynamical_similarity as ds
    >>> x = ds.simulate("lorenz", samples=1000, seed=1)
    >>> ds.fit(x, delays=20, rank=6)
    Model(rank=6, delays=20, interval=1, channels=3)
    """
    settings = model_settings(
        delays=delays,
        rank=rank,
        interval=interval,
        steps_ahead=steps_ahead,
        ridge=ridge,
        centre=centre,
        scale=scale,
        reduced_rank=reduced_rank,
        dsa_metric=dsa_metric,
    )
    labels = None if conditions is None else [int(label) for label in conditions]
    if labels is None and (blocks := blocks_of(recording)) is not None:
        if settings["rank"].isdecimal() and not reduced_rank:
            try:
                return Model(blocks.fit(settings))
            except Error as error:
                # What sums over blocks cannot do, a fit in memory may.
                if error.kind not in ("InvalidSetting", "RankTooLarge"):
                    raise
        recording = np.asarray(blocks.source)
    return Model(_native.fit(trials_of(recording), settings, labels))


def fit_all(
    recordings: Iterable[RecordingLike] | Mapping[Any, RecordingLike],
    *,
    delays: int,
    rank: int | str | None = "auto",
    threads: int | None = None,
    progress: Progress = None,
    **settings: Any,
) -> list[Model]:
    """Fit several recordings at one rank, on all cores, so that they can be compared.

    A rule that reads samples (``"auto"``, ``"latent"``, ``"state-order"``, ``"predictive"``) is applied to each recording, and
    all recordings take the lower median of the answers, at least 2; a recording that the rule refuses has no vote. Of other rules
    they take the smallest answer.

    Parameters
    ----------
    recordings : iterable, or mapping of names to recordings
        Recordings, each as :func:`fit` takes it; they are fitted in double precision.
    delays, rank, **settings
        As in :func:`fit`.
    threads : int, optional
        Threads to use; all cores by default. The number changes no bit.
    progress : bool or callable
        True for a bar, or a function of the pieces done and of all pieces.

    Returns
    -------
    list of Model

    Examples
    --------
    >>> import dynamical_similarity as ds
    >>> lorenz = [ds.simulate("lorenz", samples=600, seed=seed) for seed in range(3)]
    >>> [model.rank for model in ds.fit_all(lorenz, delays=10)]
    [3, 3, 3]
    """
    trials, _ = recordings_of(recordings)
    chosen = rank_of_all(trials, delays=delays, rank=rank, threads=threads, **settings)
    how = model_settings(delays=delays, rank=chosen, **settings)
    return [Model(model) for model in _native.fit_all(trials, how, long(threads, progress, "fitting"))]


def rank_of_all(
    trials: list[list[npt.NDArray[np.float64]]],
    *,
    delays: int,
    rank: int | str | None,
    threads: int | None = None,
    **settings: Any,
) -> int:
    """The rank that all recordings take; see :func:`fit_all`."""
    if rank is not None and not isinstance(rank, str):
        return rank
    how = model_settings(delays=delays, rank=rank, **settings)
    long_work = long(threads, None, "")
    if how["rank"] in ("auto", "latent", "state-order", "predictive"):
        return _native.common_rank(trials, how, long_work)[0]
    if not trials:
        raise Error("at least one recording is needed to choose a rank")
    return min(Model(model).rank for model in _native.fit_all(trials, how, long_work))
