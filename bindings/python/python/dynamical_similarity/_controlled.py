"""Systems that are driven by known inputs: identification, filtering, and distances with their parts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from . import _native
from ._compare import DistanceMatrix
from ._errors import Error
from ._progress import Progress, long
from ._recording import trials_of

if TYPE_CHECKING:
    from typing import TypeAlias

    from ._recording import RecordingLike

    SystemLike: TypeAlias = "ControlledModel | tuple[npt.ArrayLike, npt.ArrayLike]"
    """A model, or the matrices A and B of a system."""

Numbers = npt.NDArray[np.float64]


class ControlledModel:
    """A system with known inputs that was identified: x(t + 1) = A x(t) + B u(t) + w(t), y(t) = C x(t) + v(t).

    :func:`fit_controlled` makes it; it can be pickled, and does not change. The states have no units of their own: any change of
    their basis gives the same outputs.

    Examples
    --------
    >>> import numpy as np
    >>> import dynamical_similarity as ds
    >>> u = np.random.default_rng(0).normal(size=500)
    >>> y = np.zeros(500)
    >>> for t in range(499):
    ...     y[t + 1] = 0.8 * y[t] + u[t]
    >>> model = ds.fit_controlled(y, u, delays=5, order=1)
    >>> model, model.eigenvalues.real.round(6)
    (ControlledModel(order=1, inputs=1, outputs=1), array([0.8]))
    """

    def __init__(self, native: _native.ControlledModel) -> None:
        self._native = native
        self._sizes = native.summary()

    @cached_property
    def _matrices(self) -> dict[str, Numbers]:
        matrices = self._native.matrices()
        for matrix in matrices.values():
            matrix.setflags(write=False)
        return matrices

    @property
    def state_matrix(self) -> Numbers:
        """A, shape (order, order)."""
        return self._matrices["state_matrix"]

    @property
    def input_matrix(self) -> Numbers:
        """B, shape (order, inputs); with several input delays, a column for each delay of each input, the newest first."""
        return self._matrices["input_matrix"]

    @property
    def output_matrix(self) -> Numbers:
        """C, shape (outputs, order)."""
        return self._matrices["output_matrix"]

    @property
    def process_noise(self) -> Numbers:
        """The covariance of w, shape (order, order)."""
        return self._matrices["process_noise"]

    @property
    def observation_noise(self) -> Numbers:
        """The covariance of v, shape (outputs, outputs)."""
        return self._matrices["observation_noise"]

    @property
    def cross_noise(self) -> Numbers:
        """The covariance of w and v, shape (order, outputs)."""
        return self._matrices["cross_noise"]

    @cached_property
    def singular_values(self) -> Numbers:
        """The singular values that the order was chosen from, descending, all of them."""
        return self._native.singular_values()

    @cached_property
    def eigenvalues(self) -> npt.NDArray[np.complex128]:
        """The eigenvalues of A, by descending modulus."""
        parts = self._native.eigenvalues()
        return np.asarray(parts[:, 0] + 1j * parts[:, 1])

    @property
    def order(self) -> int:
        """States."""
        return self._sizes["order"]

    @property
    def inputs(self) -> int:
        """Inputs of a recording."""
        return self._sizes["inputs"]

    @property
    def outputs(self) -> int:
        """Outputs of a recording."""
        return self._sizes["outputs"]

    @property
    def columns(self) -> int:
        """Pairs of states that A and B rest on."""
        return self._sizes["columns"]

    def markov_parameters(self, count: int) -> Numbers:
        """C B, C A B, C A² B, ...: the outputs that follow an impulse of each input, whatever the basis of the states.

        Parameters
        ----------
        count : int

        Returns
        -------
        ndarray, shape (count, outputs, inputs)
        """
        found = self._native.markov_parameters(count)
        shape = (count, self.output_matrix.shape[0], self.input_matrix.shape[1])
        return np.stack(found) if found else np.zeros(shape)

    def filter(
        self, outputs: RecordingLike, inputs: RecordingLike, *, correct_every: int = 1
    ) -> tuple[Numbers, Numbers] | list[tuple[Numbers, Numbers]]:
        """Run the Kalman filter over trials, which may be new.

        Parameters
        ----------
        outputs, inputs : array or list of arrays
            As in :func:`fit_controlled`.
        correct_every : int
            The outputs of every so-many-th sample correct the state. With 1 every prediction is one step ahead; with more than
            the samples of a trial, the outputs after the first sample are a simulation from the inputs.

        Returns
        -------
        states : ndarray, shape (time, order)
            The state at each sample, from the samples before it.
        predicted : ndarray, shape (time, outputs)
            The outputs that were expected. For several trials, a list of such pairs.
        """
        all_outputs, all_inputs = _trials(outputs, inputs)
        found = []
        for y, u in zip(all_outputs, all_inputs):
            states, predicted = self._native.filter(u, y, correct_every)
            found.append((np.ascontiguousarray(states.T), np.ascontiguousarray(predicted.T)))
        return found if len(found) > 1 else found[0]

    def __reduce__(self) -> tuple[Any, ...]:
        return _model_of_bytes, (self._native.to_bytes(),)

    def __repr__(self) -> str:
        return f"ControlledModel(order={self.order}, inputs={self.inputs}, outputs={self.outputs})"


def _model_of_bytes(data: bytes) -> ControlledModel:
    return ControlledModel(_native.ControlledModel.from_bytes(data))


def _trials(outputs: RecordingLike, inputs: RecordingLike) -> tuple[list[Numbers], list[Numbers]]:
    def of(recording: RecordingLike) -> list[Numbers]:
        return cast("list[Numbers]", trials_of(recording, np.float64))

    return of(outputs), of(inputs)


def fit_controlled(
    outputs: RecordingLike,
    inputs: RecordingLike,
    *,
    delays: int,
    order: int | str = "squares:0.999",
    method: str = "subspace",
    input_delays: int = 1,
    ridge: float = 0.0,
) -> ControlledModel:
    """Identify a system from its outputs and its known inputs.

    Where inputs differ, a fit of the outputs alone takes a difference in input for a difference in dynamics.

    Parameters
    ----------
    outputs, inputs : array, list of arrays or path
        Samples of shape (time, channels) or (trials, time, channels), a list of trials of any lengths, or the path of a file:
        as many trials, of the same lengths. Means are not subtracted: an offset becomes a state of its own.
    delays : int
        Samples of the past, and of the future, of a window (subspace identification); samples of a window of outputs (``"dmdc"``).
        It should span the slowest response, and at least the number of states.
    order : int or str
        The number of states: a number, ``"squares:F"`` for the smallest that holds a fraction of the squares of the singular values,
        or ``"gap"`` for the largest ratio of two neighbours.
    method : {"subspace", "dmdc"}
        Subspace identification (N4SID), or dynamic mode decomposition with control, whose eigenvalues noise shrinks.
    input_delays : int
        With ``"dmdc"``, the samples of inputs that act at once.
    ridge : float
        The ridge of the regression.

    Returns
    -------
    ControlledModel

    Raises
    ------
    Error
        Also where inputs do not excite the system (constants, slow signals, a few sines), are outputs at the same time, or leave too
        few columns.

    Notes
    -----
    Van Overschee & De Moor, Automatica 30 (1994) 75; Huang, Ostrow, Singh, Kozachkov, Fiete & Rajan 2025, arXiv 2510.25943;
    Proctor, Brunton & Kutz, SIAM J. Appl. Dyn. Syst. 15 (2016) 142.

    Examples
    --------
    See :class:`ControlledModel`.
    """
    all_outputs, all_inputs = _trials(outputs, inputs)
    settings = {
        "method": method,
        "delays": delays,
        "input_delays": input_delays,
        "order": str(order),
        "ridge": ridge,
    }
    return ControlledModel(_native.fit_controlled(all_inputs, all_outputs, settings))


@dataclass(frozen=True)
class ControlledDistance:
    """The distance between two systems with known inputs, and its parts.

    Attributes
    ----------
    joint : float
        The smallest |C K₁ - K₂| over orthogonal C, with K = [B, A B, ..., A^(n-1) B]: dynamics and inputs together.
    state : float
        |C A₁ Cᵀ - A₂| with that C: the part of the dynamics.
    input : float
        |C B₁ - B₂| with that C: the part of the inputs.
    joint_angle, state_angle, input_angle : float
        The angles between the same pairs, in radians.
    transform : ndarray
        C, shape (order, order).
    """

    joint: float
    state: float
    input: float
    joint_angle: float
    state_angle: float
    input_angle: float
    transform: Numbers

    def __repr__(self) -> str:
        return f"ControlledDistance(joint={self.joint:.6g}, state={self.state:.6g}, input={self.input:.6g})"


def _system(of: SystemLike) -> tuple[Numbers, Numbers]:
    if isinstance(of, ControlledModel):
        return of.state_matrix, of.input_matrix
    if isinstance(of, (str, os.PathLike)) or len(of) != 2:
        raise Error("a system is a model, or a pair of its matrices A and B")
    a, b = (np.ascontiguousarray(matrix, np.float64) for matrix in of)
    if a.ndim != 2 or b.ndim != 2:
        raise Error(f"A and B are matrices, and these have {a.ndim} and {b.ndim} axes")
    return a, b


def compare_controlled(a: SystemLike, b: SystemLike) -> ControlledDistance:
    """Measure the distance between two systems with known inputs, and whether they differ in dynamics or in inputs.

    Parameters
    ----------
    a, b : ControlledModel or (A, B)
        Systems of one order and one number of inputs.

    Returns
    -------
    ControlledDistance

    Examples
    --------
    >>> import numpy as np
    >>> import dynamical_similarity as ds
    >>> a, b = np.array([[0.9, 0.0], [0.1, 0.5]]), np.array([[1.0], [2.0]])
    >>> turned = a[::-1, ::-1], b[::-1]  # the states in another order
    >>> found = ds.compare_controlled((a, b), turned)
    >>> bool(found.joint < 1e-14)
    True
    >>> found = ds.compare_controlled((a, b), (a, 2 * b))  # the same dynamics, driven twice as strongly
    >>> bool(found.input > 1), bool(found.state < 1e-14)
    (True, True)
    """
    return ControlledDistance(**_native.compare_controlled(_system(a), _system(b)))


def controlled_distance_matrix(
    models: Iterable[SystemLike],
    *,
    labels: Sequence[str] | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> dict[str, DistanceMatrix]:
    """Measure the distances of systems with known inputs with each other.

    Parameters
    ----------
    models : iterable of ControlledModel or (A, B)
        Systems of one order and one number of inputs.
    labels : sequence of str, optional
        Names of the systems.
    threads : int, optional
        Threads to use; all cores by default.
    progress : bool or callable
        True for a bar, or a function of the pairs done and of all pairs.

    Returns
    -------
    dict of DistanceMatrix
        One matrix for each part: ``"joint"``, ``"state"`` and ``"input"``; see :class:`ControlledDistance`.
    """
    systems = [_system(model) for model in models]
    found = _native.controlled_distances(systems, long(threads, progress, "comparing"))
    return {part: DistanceMatrix(values, metric=part, row_labels=labels) for part, values in found.items()}
