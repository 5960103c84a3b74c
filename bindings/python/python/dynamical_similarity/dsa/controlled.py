"""Models of systems with known inputs, and the distance between them, with the call forms of dsa-metric."""

from __future__ import annotations

from typing import Any

import numpy as np

import dynamical_similarity as ds

from .arrays import (
    FloatArray,
    TensorArray,
    as_floats,
    as_operator,
    copied_recording,
    like_recording,
    tensor_array,
    trials_of,
)
from .notices import notice_device, say_once


class _ControlledFit:
    """What both kinds of models share: data, the fitted model, predictions and latent states."""

    A_v: TensorArray | None = None
    B_v: TensorArray | None = None
    C_v: TensorArray | None = None

    def __init__(self, data: Any, control_data: Any, device: Any) -> None:
        notice_device(device)
        self._fitted: ds.ControlledModel | None = None
        self.data: FloatArray | list[FloatArray] | None = None
        self.control_data: FloatArray | list[FloatArray] | None = None
        self._take(data, control_data)

    def _take(self, data: Any, control_data: Any) -> None:
        if data is not None:
            self.data = copied_recording(data)
        if control_data is not None:
            self.control_data = copied_recording(control_data)

    def _fit(self, data: Any, control_data: Any, **settings: Any) -> None:
        self._take(data, control_data)
        if self.data is None or self.control_data is None:
            raise ValueError("data and control_data are both needed: give them to the class or to fit")
        outputs, inputs = trials_of(self.data), trials_of(self.control_data)
        self._fitted = ds.fit_controlled(outputs, inputs, **settings)
        self.A_v = tensor_array(self._fitted.state_matrix)
        self.B_v = tensor_array(self._fitted.input_matrix)
        self.C_v = tensor_array(self._fitted.output_matrix)

    @property
    def A(self) -> TensorArray | None:
        """The state matrix, `A_v`."""
        return self.A_v

    @property
    def B(self) -> TensorArray | None:
        """The input matrix, `B_v`."""
        return self.B_v

    @property
    def C(self) -> TensorArray | None:
        """The output matrix, `C_v`."""
        return self.C_v

    def _filtered(self, data: Any, control_data: Any, every: int) -> tuple[Any, list[tuple[FloatArray, FloatArray]]]:
        if self._fitted is None:
            raise ValueError("there is no model: call fit first")
        recording = self.data if data is None else copied_recording(data)
        inputs = self.control_data if control_data is None else copied_recording(control_data)
        assert recording is not None and inputs is not None
        outputs = trials_of(recording)
        found = self._fitted.filter(outputs, trials_of(inputs), correct_every=every)
        return recording, found if isinstance(found, list) else [found]

    def predict(self, test_data: Any = None, control_data: Any = None, reseed: int | None = None) -> Any:
        """Predictions of the Kalman filter.

        Parameters
        ----------
        test_data, control_data : array_like or list of array_like, optional
            Those of the fit if not given.
        reseed : int, optional
            Every so-many-th sample corrects the state; each one, if not given.

        Returns
        -------
        TensorArray or list of TensorArray
            In the shape of the data.
        """
        recording, found = self._filtered(test_data, control_data, 1 if reseed is None else reseed)
        return like_recording([predicted for _, predicted in found], recording)

    def get_training_latent_states(self, return_aligned: bool = True) -> Any:
        """The states of the training data; see `project_to_latent`."""
        return self.project_to_latent(self.data, self.control_data, return_aligned)

    def project_to_latent(
        self, test_data: Any, control_data: Any, return_aligned: bool = True, method: str = "filter"
    ) -> Any:
        """The states that the Kalman filter expects at each sample, from the samples before it.

        Parameters
        ----------
        test_data, control_data : array_like or list of array_like
        return_aligned : bool
            Whether to join the trials.
        method : str
            Only "filter"; there is no smoother.

        Returns
        -------
        list of ndarray, or tuple of three ndarray
            A trial's states, (time, rank) each; or, joined, the states, those that follow them, and the inputs between.
        """
        if method != "filter":
            raise ValueError(f"method is 'filter', but it is {method!r}: there is no smoother")
        _, found = self._filtered(test_data, control_data, 1)
        states = [of_trial for of_trial, _ in found]
        if not return_aligned:
            return states
        inputs = trials_of(copied_recording(self.control_data if control_data is None else control_data))
        parts = ([x[:-1] for x in states], [x[1:] for x in states], [u[:-1] for u in inputs])
        return tuple(np.concatenate(part) for part in parts)


class SubspaceDMDc(_ControlledFit):
    """Subspace identification of a system with known inputs (N4SID).

    Parameters
    ----------
    data, control_data : array_like or list of array_like, optional
        Outputs and inputs, as for `DMD`: as many trials, of the same lengths. They are copied.
    n_delays : int
        Samples of the past, and of the future, of a window.
    rank : int, optional
        The number of states; the smallest with 99.9 % of the squares if not given.
    lamb : float
        The ridge.
    backend : str
        "n4sid" or "custom", which give the same here.
    device, verbose, send_to_cpu
        Without effect.

    Attributes
    ----------
    A_v, B_v, C_v : TensorArray
        The matrices of the system, after `fit`.
    info : dict
        `rank_used`, `singular_values_O`, the covariances `Q_hat`, `R_hat`, `S_hat` and `noise_covariance`, after `fit`.

    Examples
    --------
    >>> import numpy as np
    >>> u = np.random.default_rng(0).normal(size=(400, 1))
    >>> y = np.zeros((400, 1))
    >>> for t in range(399):
    ...     y[t + 1] = 0.8 * y[t] + u[t]
    >>> model = SubspaceDMDc(y, u, n_delays=4, rank=1)
    >>> model.fit()
    >>> model.A_v.numpy().round(6)
    array([[0.8]])
    """

    def __init__(
        self,
        data: Any = None,
        control_data: Any = None,
        n_delays: int = 1,
        rank: int | None = None,
        lamb: float = 1e-8,
        device: Any = "cpu",
        verbose: bool = False,
        send_to_cpu: bool = False,
        backend: str = "n4sid",
    ) -> None:
        super().__init__(data, control_data, device)
        if backend not in ("n4sid", "custom"):
            raise ValueError(f"backend is 'n4sid' or 'custom', but it is {backend!r}")
        self.n_delays, self.rank, self.lamb, self.backend = n_delays, rank, lamb, backend
        self.info: dict[str, Any] | None = None

    def fit(self, data: Any = None, control_data: Any = None) -> None:
        """Identifies the system.

        Raises
        ------
        ValueError
            If data are missing or do not fit each other, a trial is too short, or the inputs do not excite the system.
        """
        order = "squares:0.999" if self.rank is None else self.rank
        self._fit(data, control_data, delays=self.n_delays, order=order, ridge=self.lamb)
        model = self._fitted
        assert model is not None
        upper = np.hstack([model.process_noise, model.cross_noise])
        lower = np.hstack([model.cross_noise.T, model.observation_noise])
        self.info = {
            "rank_used": model.order,
            "singular_values_O": model.singular_values,
            "Q_hat": model.process_noise,
            "R_hat": model.observation_noise,
            "S_hat": model.cross_noise,
            "noise_covariance": np.vstack([upper, lower]),
            "T_total": model.columns,
        }


class DMDc(_ControlledFit):
    """Dynamic mode decomposition with control: windows of outputs and inputs, and a ridge regression for the next window.

    Parameters
    ----------
    data, control_data, lamb, device, verbose, send_to_cpu
        As for `SubspaceDMDc`.
    n_delays, n_control_delays : int
        Samples of a window of outputs, and of inputs.
    rank_output : int, optional
        The number of states; the smallest with 99.9 % of the squares if not given.
    rank_explained_variance_output : float, optional
        The fraction of the squares instead.
    rank_input, rank_thresh_input, rank_explained_variance_input
        Without effect: the regression uses all directions, with its ridge.
    delay_interval, steps_ahead : int
        Only 1.

    Examples
    --------
    >>> import numpy as np
    >>> u = np.random.default_rng(0).normal(size=(400, 1))
    >>> y = np.zeros((400, 1))
    >>> for t in range(399):
    ...     y[t + 1] = 0.8 * y[t] + u[t]
    >>> model = DMDc(y, u, rank_output=1)
    >>> model.fit()
    >>> model.A_v.numpy().round(6)
    array([[0.8]])
    """

    def __init__(
        self,
        data: Any = None,
        control_data: Any = None,
        n_delays: int = 1,
        n_control_delays: int = 1,
        delay_interval: int = 1,
        rank_input: int | None = None,
        rank_thresh_input: float | None = None,
        rank_explained_variance_input: float | None = None,
        rank_output: int | None = None,
        rank_thresh_output: float | None = None,
        rank_explained_variance_output: float | None = None,
        lamb: float = 1e-8,
        device: Any = "cpu",
        verbose: bool = False,
        send_to_cpu: bool = False,
        steps_ahead: int = 1,
    ) -> None:
        super().__init__(data, control_data, device)
        if any(rule is not None for rule in (rank_input, rank_thresh_input, rank_explained_variance_input)):
            say_once("rank_input")
        if (delay_interval, steps_ahead) != (1, 1):
            raise ValueError("delay_interval and steps_ahead are 1 for systems with known inputs")
        if rank_thresh_output is not None:
            raise ValueError("give rank_output or rank_explained_variance_output: there is no threshold here")
        if rank_output is not None and rank_explained_variance_output is not None:
            raise ValueError("give one of rank_output and rank_explained_variance_output, not both")
        self.n_delays, self.n_control_delays, self.lamb = n_delays, n_control_delays, lamb
        self.rank_output, self.rank_explained_variance_output = rank_output, rank_explained_variance_output

    def fit(self, data: Any = None, control_data: Any = None) -> None:
        """Fits the system; see `SubspaceDMDc.fit`."""
        share = 0.999 if self.rank_explained_variance_output is None else self.rank_explained_variance_output
        self._fit(
            data,
            control_data,
            delays=self.n_delays,
            order=f"squares:{share!r}" if self.rank_output is None else self.rank_output,
            method="dmdc",
            input_delays=self.n_control_delays,
            ridge=self.lamb,
        )


class ControllabilitySimilarityTransformDist:
    """The distance between two systems with known inputs.

    | compare | distance |
    | --- | --- |
    | "joint" | min over orthogonal C of |C K_A - K_B|, with K = [B, A B, ..., A^(n-1) B] |
    | "control" | min over orthogonal C of |C B_A - B_B| |

    An exactly rotated pair has the joint distance 0; in dsa-metric it has not, because the transform is applied the wrong way
    round, and K holds powers of the transposed matrix, too.

    Parameters
    ----------
    score_method : str
        "euclidean", or "angular" for angles between the same pairs.
    compare : str
        "joint" or "control"; "state" is what `SimilarityTransformDist` compares.
    align_inputs : bool
        Only False.
    return_distance_components : bool
        Whether "joint" also gives the parts of the state and of the inputs under its transform.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = np.array([[0.9, 0.0], [0.1, 0.5]]), np.array([[1.0], [2.0]])
    >>> comparison = ControllabilitySimilarityTransformDist(return_distance_components=True)
    >>> joint, state, control = comparison.fit_score(a, a[::-1, ::-1], b, b[::-1])
    >>> bool(joint < 1e-14)
    True
    """

    def __init__(
        self,
        *,
        score_method: str = "euclidean",
        compare: str = "joint",
        align_inputs: bool = False,
        return_distance_components: bool = False,
    ) -> None:
        if score_method not in ("euclidean", "angular"):
            raise ValueError(f"score_method is 'euclidean' or 'angular', but it is {score_method!r}")
        if compare == "state":
            raise ValueError("to compare states alone, use SimilarityTransformDist")
        if compare not in ("joint", "control"):
            raise ValueError(f"compare is 'joint' or 'control', but it is {compare!r}")
        if align_inputs:
            raise ValueError("align_inputs is not possible: inputs are known, and are not rotated")
        self.score_method, self.compare, self.align_inputs = score_method, compare, align_inputs
        self.return_distance_components = return_distance_components

    def fit_score(self, A: Any, B: Any, A_control: Any, B_control: Any) -> Any:
        """The distance between the systems (A, A_control) and (B, B_control).

        Parameters
        ----------
        A, B : array_like
            State matrices.
        A_control, B_control : array_like
            Input matrices.

        Returns
        -------
        float, or tuple of three floats
            With `return_distance_components`, the joint distance and its parts of state and control.
        """
        left, right = (as_operator(A), as_floats(A_control)), (as_operator(B), as_floats(B_control))
        angular = self.score_method == "angular"
        if self.compare == "control":
            return _between_inputs(left[1], right[1], angular)
        found = ds.compare_controlled(left, right)
        if angular:
            parts = found.joint_angle, found.state_angle, found.input_angle
        else:
            parts = found.joint, found.state, found.input
        return parts if self.return_distance_components else parts[0]


def _between_inputs(left: FloatArray, right: FloatArray, angular: bool) -> float:
    """The distance between input matrices under the best orthogonal transform of the states."""
    if left.shape != right.shape:
        raise ValueError(f"input matrices of one shape are needed, but these are {left.shape} and {right.shape}")
    if angular:
        norms = np.linalg.norm(left), np.linalg.norm(right)
        if min(norms) == 0:
            raise ValueError("a zero input matrix has no angle to another one")
        left, right = left / norms[0], right / norms[1]
    u, _, v = np.linalg.svd(right @ left.T)
    chord = float(np.linalg.norm(u @ v @ left - right))
    return float(2 * np.arcsin(min(chord / 2, 1.0))) if angular else chord
