"""Hankel DMD with the call forms of dsa-metric."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from . import core
from .arrays import (
    ComplexArray,
    FloatArray,
    TensorArray,
    as_floats,
    copied_recording,
    like_recording,
    tensor_array,
    trials_of,
)
from .notices import notice_device
from .prediction import predicted_states, states_of, windows_of


def embed_signal_torch(data: Any, n_delays: int, delay_interval: int = 1) -> TensorArray:
    """The delay windows of samples, newest sample first.

    Parameters
    ----------
    data : array_like, shape (time, channels) or (trials, time, channels)
    n_delays : int
        Samples of a window.
    delay_interval : int
        Samples between two delays.

    Returns
    -------
    TensorArray, shape ([trials,] time - (n_delays - 1) delay_interval, channels n_delays)

    Raises
    ------
    ValueError
        If a trial is shorter than a window.

    Examples
    --------
    >>> import numpy as np
    >>> embed_signal_torch(np.arange(4.0)[:, None], 2).numpy()
    array([[1., 0.],
           [2., 1.],
           [3., 2.]])
    """
    if n_delays < 1 or delay_interval < 1:
        raise ValueError(f"n_delays and delay_interval are at least 1, but they are {n_delays} and {delay_interval}")
    recording = copied_recording(as_floats(data))
    trials = trials_of(recording)
    span = (n_delays - 1) * delay_interval + 1
    if min(len(trial) for trial in trials) < span:
        raise ValueError(
            f"a window of {n_delays} delays, {delay_interval} apart, spans {span} samples, more than a trial has"
        )
    embedded: TensorArray = like_recording([windows_of(trial, n_delays, delay_interval) for trial in trials], recording)
    return embedded


class DMD:
    """Hankel DMD of one system: delay windows, their leading directions, and a ridge regression between them.

    The windows of all trials are decomposed together, H = V S Uᵀ, and A_v maps the coordinates of a window to those of
    the window `steps_ahead` samples later in the same trial, v[t + s] about A_v v[t], with the ridge `lamb`. Samples
    are neither centred nor scaled. Everything is computed in float64. A_v is determined up to the signs of the
    directions.

    Parameters
    ----------
    data : array_like or list of array_like, optional
        (time, channels), (trials, time, channels), or a list of trials of unequal length. It is copied. It may be given
        to `fit` instead.
    n_delays : int
        Samples of a delay window.
    delay_interval : int
        Samples between two delays.
    rank : int, optional
        Directions kept. A number above that of the directions in the data is cut down to it. None, with no other rule,
        keeps all.
    rank_thresh : float, optional
        Keep directions with singular values above this one, at least one.
    rank_explained_variance : float, optional
        Keep the fewest directions with this fraction of the sum of squares, in (0, 1].
    reduced_rank_reg : bool
        Reduced-rank regression on all directions. `A_v` is then p x p of rank `rank`, and transposed:
        v[t + s] is about A_vᵀ v[t]. The rules for the rank look at singular values here, too.
    lamb : float
        The ridge, in units of the coordinates of windows, whose sum of squares is 1.
    device, verbose, send_to_cpu
        Without effect.
    steps_ahead : int
        Samples between the windows of a pair.

    Raises
    ------
    ValueError
        If more than one rule for the rank is given, or the data are no recording.

    Examples
    --------
    >>> import numpy as np
    >>> time = np.arange(200)
    >>> rotation = np.stack([np.cos(0.3 * time), np.sin(0.3 * time)], axis=1)
    >>> dmd = DMD(rotation, n_delays=3, rank=2).fit()
    >>> dmd.A_v.numpy().shape
    (2, 2)
    >>> bool(np.allclose(np.angle(np.linalg.eigvals(dmd.A_v)), [0.3, -0.3], atol=1e-6))
    True
    """

    def __init__(
        self,
        data: Any = None,
        n_delays: int = 1,
        delay_interval: int = 1,
        rank: int | None = None,
        rank_thresh: float | None = None,
        rank_explained_variance: float | None = None,
        reduced_rank_reg: bool = False,
        lamb: float = 1e-8,
        device: Any = "cpu",
        verbose: bool = False,
        send_to_cpu: bool = False,
        steps_ahead: int = 1,
    ) -> None:
        notice_device(device)
        self.n_delays = n_delays
        self.delay_interval = delay_interval
        self.reduced_rank_reg = reduced_rank_reg
        self.lamb = lamb
        self.device = device
        self.verbose = verbose
        self.send_to_cpu = send_to_cpu
        self.steps_ahead = steps_ahead
        self.rank_thresh = rank_thresh
        self.rank_explained_variance = rank_explained_variance
        self._rank_rule = rank
        self._model: core.Model | None = None
        self._recording = None if data is None else copied_recording(data)
        self._check_rules()

    def _check_rules(self) -> None:
        rules = (self._rank_rule, self.rank_thresh, self.rank_explained_variance)
        if sum(rule is not None for rule in rules) > 1:
            raise ValueError("give one of rank, rank_thresh and rank_explained_variance, not more")

    @property
    def rank(self) -> int | None:
        """The rank of the operator after `fit`, the one that was asked for before.

        The rule for the rank is kept: another `fit` applies it again.
        """
        return self._rank_rule if self._model is None else self._model.rank

    @rank.setter
    def rank(self, rank: int | None) -> None:
        self._forget()
        self._rank_rule = rank

    def fit(
        self,
        data: Any = None,
        n_delays: int | None = None,
        delay_interval: int | None = None,
        rank: int | None = None,
        rank_thresh: float | None = None,
        rank_explained_variance: float | None = None,
        lamb: float | None = None,
        device: Any = None,
        verbose: bool | None = None,
        steps_ahead: int | None = None,
    ) -> DMD:
        """Fits the operator. What is given replaces what was given before, for later fits too.

        Parameters
        ----------
        data, n_delays, delay_interval, rank, rank_thresh, rank_explained_variance, lamb, device, verbose, steps_ahead
            As for the class. One rule for the rank replaces all others.

        Returns
        -------
        DMD
            The object itself.

        Raises
        ------
        ValueError
            If there are no data, a setting is outside its range, a sample is not finite, or a trial is too short.
        """
        notice_device(device)
        if data is not None:
            self._recording = copied_recording(data)
        if self._recording is None:
            raise ValueError("there are no data: give them to DMD or to fit")
        if not (rank is None and rank_thresh is None and rank_explained_variance is None):
            self._rank_rule, self.rank_thresh, self.rank_explained_variance = rank, rank_thresh, rank_explained_variance
        self._check_rules()
        self.n_delays = self.n_delays if n_delays is None else n_delays
        self.delay_interval = self.delay_interval if delay_interval is None else delay_interval
        self.lamb = self.lamb if lamb is None else lamb
        self.verbose = self.verbose if verbose is None else verbose
        self.steps_ahead = self.steps_ahead if steps_ahead is None else steps_ahead
        self._forget()
        self._model = core.fit(
            trials_of(self._recording),
            delays=self.n_delays,
            interval=self.delay_interval,
            rank=self._rank_rule,
            threshold=self.rank_thresh,
            explained_variance=self.rank_explained_variance,
            ridge=self.lamb,
            steps_ahead=self.steps_ahead,
            reduced_rank=self.reduced_rank_reg,
        )
        return self

    def _forget(self) -> None:
        self._model = None
        for name in ("A_v", "A_havok_dmd", "S", "U", "V", "H"):
            self.__dict__.pop(name, None)

    def _fitted(self) -> core.Model:
        if self._model is None:
            raise ValueError("there is no model yet: call fit first")
        return self._model

    def _data(self) -> FloatArray | list[FloatArray]:
        if self._recording is None:
            raise ValueError("there are no data: give them to DMD or to fit")
        return self._recording

    @property
    def data(self) -> Any:
        """The samples, as one array or, if trials differ in length, a list of arrays; None before there are any."""
        if isinstance(self._recording, list):
            return [tensor_array(one) for one in self._recording]
        return None if self._recording is None else tensor_array(self._recording)

    @property
    def n(self) -> int:
        """Channels."""
        return int(trials_of(self._data())[0].shape[1])

    @property
    def ntrials(self) -> int:
        """Trials."""
        return len(trials_of(self._data()))

    @property
    def is_list_data(self) -> bool:
        """Whether the samples are a list of arrays."""
        return isinstance(self._recording, list)

    @cached_property
    def A_v(self) -> TensorArray:
        """The operator in the coordinates of windows, (rank, rank); (p, p) and transposed with `reduced_rank_reg`."""
        operator = self._fitted().operator
        return tensor_array(np.array(operator.T if self.reduced_rank_reg else operator, order="C"))

    @property
    def A(self) -> TensorArray:
        """The same as `A_v`."""
        return self.A_v

    @cached_property
    def A_havok_dmd(self) -> TensorArray:
        """The operator on delay windows, U S A S⁻¹ Uᵀ, (channels n_delays, channels n_delays)."""
        encoder, decoder = self._coders()
        return tensor_array(decoder @ self._fitted().operator @ encoder.T)

    @cached_property
    def S(self) -> TensorArray:
        """All min(windows, channels n_delays) singular values of the delay windows, descending."""
        model = self._fitted()
        kept = model.singular_values
        windows = np.vstack(
            [windows_of(trial, self.n_delays, self.delay_interval) for trial in trials_of(self._data())]
        )
        values = np.asarray(np.linalg.svd(windows, compute_uv=False), np.float64)
        values[: len(kept)] = kept[: len(values)]
        return tensor_array(values)

    @property
    def cumulative_explained_variance(self) -> TensorArray:
        """The share of the sum of squares that the leading directions hold, one number for each of `S`."""
        squares = np.square(self.S.numpy())
        return tensor_array(np.cumsum(squares) / np.sum(squares))

    @cached_property
    def U(self) -> TensorArray:
        """The directions kept, one per column, (channels n_delays, rank)."""
        return tensor_array(self._fitted().basis.copy())

    @cached_property
    def V(self) -> TensorArray:
        """The coordinates of all windows in the directions kept, trials one after the other, (windows, rank)."""
        return tensor_array(np.vstack(self._states(trials_of(self._data()))))

    @cached_property
    def H(self) -> Any:
        """The delay windows, newest sample first: one array, or a list of arrays if trials differ in length."""
        recording = self._data()
        windows = [windows_of(trial, self.n_delays, self.delay_interval) for trial in trials_of(recording)]
        return like_recording(windows, recording)

    @property
    def S_mat(self) -> TensorArray:
        """The singular values of the directions kept, on a diagonal, (rank, rank)."""
        return tensor_array(np.diag(self._fitted().singular_values))

    @property
    def S_mat_inv(self) -> TensorArray:
        """The inverse of `S_mat`."""
        return tensor_array(np.diag(1.0 / self._fitted().singular_values))

    def _coders(self) -> tuple[FloatArray, FloatArray]:
        """U S⁻¹, which makes coordinates of windows, and U S, which makes windows of coordinates."""
        model = self._fitted()
        return model.basis / model.singular_values, model.basis * model.singular_values

    def _states(self, trials: list[FloatArray]) -> list[FloatArray]:
        encoder, _ = self._coders()
        return [states_of(trial, encoder, self.n_delays, self.delay_interval) for trial in trials]

    def predict(self, test_data: Any = None, reseed: int | None = None, full_return: bool = False) -> Any:
        """Predicts samples from delay windows.

        The window at time t is predicted from the true one `steps_ahead` samples earlier where t is a multiple of
        `reseed`, and from the predicted one elsewhere.

        Parameters
        ----------
        test_data : array_like or list of array_like, optional
            (time, channels), (trials, time, channels) or a list of them; the data of the fit if not given.
        reseed : int, optional
            How often the true window is used: 1, the default, predicts one step each time.
        full_return : bool
            Whether to return the windows too.

        Returns
        -------
        TensorArray or list of TensorArray
            The predicted samples, shaped as the data. The first (n_delays - 1) delay_interval + steps_ahead samples of
            a trial are the true ones.
        predicted_windows, true_windows
            With `full_return`: the delay windows, (trials, windows, channels n_delays), or a list of such arrays for a
            list.

        Raises
        ------
        ValueError
            If the channels are not those of the fit, a trial has no window, `reseed` is below 1, or the prediction
            leaves the range of the numbers.
        """
        model = self._fitted()
        reseed = 1 if reseed is None else int(reseed)
        if reseed < 1:
            raise ValueError(f"reseed is at least 1, but it is {reseed}")
        recording = self._data() if test_data is None else copied_recording(test_data)
        trials = trials_of(recording)
        self._check_trials(trials)
        _, decoder = self._coders()
        # A prediction that overflows is refused below, with a sentence.
        with np.errstate(over="ignore", invalid="ignore"):
            states = [predicted_states(z, model.operator, self.steps_ahead, reseed) for z in self._states(trials)]
            samples = [self._predicted_samples(trial, z, decoder) for trial, z in zip(trials, states, strict=True)]
        if not all(np.isfinite(sample).all() for sample in samples):
            raise ValueError("the prediction grows beyond the range of float64; use a smaller reseed")
        listed = isinstance(test_data, (list, tuple))
        result = _shaped(samples, recording, listed)
        if not full_return:
            return result
        true = [windows_of(trial, self.n_delays, self.delay_interval) for trial in trials]
        predicted = [z @ decoder.T for z in states]
        for of_trial, windows in zip(predicted, true, strict=True):
            of_trial[: self.steps_ahead] = windows[: self.steps_ahead]
        return (
            result,
            _shaped(predicted, recording, listed, windows=True),
            _shaped(true, recording, listed, windows=True),
        )

    def _predicted_samples(self, trial: FloatArray, states: FloatArray, decoder: FloatArray) -> FloatArray:
        """The samples of a trial: the true ones while nothing predicts them, then the newest of each predicted window."""
        samples = trial.copy()
        first = (self.n_delays - 1) * self.delay_interval + self.steps_ahead
        samples[first:] = states[self.steps_ahead :] @ decoder[: trial.shape[1]].T
        return samples

    def _check_trials(self, trials: list[FloatArray]) -> None:
        span = (self.n_delays - 1) * self.delay_interval + 1
        channels = self._fitted().basis.shape[0] // self.n_delays
        for trial in trials:
            if trial.shape[1] != channels:
                raise ValueError(f"the model was fitted to {channels} channels, but these data have {trial.shape[1]}")
            if len(trial) < span:
                raise ValueError(f"a window spans {span} samples, but a trial has {len(trial)}")
            if not np.isfinite(trial).all():
                raise ValueError("the data have samples that are not finite numbers")

    def project_onto_modes(self) -> tuple[ComplexArray, Any, Any]:
        """The eigenfunctions of the operator along the data of the fit.

        Returns
        -------
        eigenvalues : ndarray, shape (rank,)
        values : ndarray, shape ([trials,] windows, rank)
            The coordinates of every window in the basis of eigenvectors; a list if trials differ in length.
        samples : ndarray, shape ([trials,] windows, channels)
            The newest sample of every window.

        Raises
        ------
        ValueError
            If there is no model, or it is one of reduced rank.
        """
        model, recording = self._fitted(), self._data()
        if self.reduced_rank_reg:
            raise ValueError(
                "an operator of reduced rank has no full basis of eigenvectors; fit without reduced_rank_reg"
            )
        eigenvalues, vectors = np.linalg.eig(model.operator)
        inverse = np.linalg.inv(vectors)
        trials = trials_of(recording)
        values: list[Any] = [z @ inverse.T for z in self._states(trials)]
        offset = (self.n_delays - 1) * self.delay_interval
        samples = like_recording([trial[offset:] for trial in trials], recording)
        return eigenvalues.astype(np.complex128), like_recording(values, recording), samples


def _shaped(
    parts: list[FloatArray], recording: FloatArray | list[FloatArray], listed: bool, windows: bool = False
) -> Any:
    """What was found for each trial, as dsa-metric shapes it: windows always have an axis of trials."""
    array = like_recording(parts, recording)
    found = list(array) if listed or isinstance(array, list) else [array]
    if windows:
        found = [one[None] if one.ndim == 2 else one for one in found]
    return found if listed or isinstance(array, list) else found[0]
