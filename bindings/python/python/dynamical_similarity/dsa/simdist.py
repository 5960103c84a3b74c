"""Distances between two operators with the call forms of dsa-metric."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import core
from .arrays import (
    ComplexArray,
    FloatArray,
    TensorArray,
    as_array,
    as_floats,
    as_operator,
    is_array,
    tensor_array,
)
from .notices import notice_device, notice_keywords, say_once
from .transport import squared_distances, transport_plan

SCORE_METHODS = ("angular", "euclidean", "wasserstein")


def check_score_method(score_method: str) -> str:
    """`score_method` itself, if there is one of this name.

    Raises
    ------
    ValueError
        If there is none.
    """
    if score_method not in SCORE_METHODS:
        raise ValueError(f"score_method is one of {', '.join(SCORE_METHODS)}, but it is {score_method!r}")
    return score_method


def check_equal_ranks(left: int, right: int, score_method: str) -> None:
    """Refuses operators of unequal ranks for every distance but the one between eigenvalues.

    Raises
    ------
    ValueError
    """
    if left != right:
        raise ValueError(
            f"score_method='{score_method}' needs operators of one rank, but these have ranks {left} and {right}; fit "
            "both with the same rank, or compare eigenvalues with score_method='wasserstein'"
        )


class SimilarityTransformDist:
    """The distance between two operators.

    | score_method | distance |
    | --- | --- |
    | "angular" | min over orthogonal C of the angle between A and C B Cᵀ, in [0, pi] radians |
    | "euclidean" | min over orthogonal C of the Frobenius norm of A/|A| - C B Cᵀ/|B|, in [0, 2] |
    | "wasserstein" | the mean squared distance between eigenvalues under the best matching (no root is taken) |

    The search is deterministic: the same operators give the same bits, in both orders. It changes neither operator.

    Parameters
    ----------
    iters, lr, device, verbose, eps, rescale_wasserstein
        Without effect.
    score_method : str
        "angular", "euclidean" or "wasserstein".
    compare : str
        Only "state".
    differentiable, sinkhorn_reg
        Gradients are not available: `differentiable=True` is refused.
    **older
        zero_pad, group and wasserstein_compare of older versions are accepted, and have no effect.

    Attributes
    ----------
    C_star : TensorArray
        After `fit`: the orthogonal C with A about C B Cᵀ; for "wasserstein" the transport plan between the eigenvalues,
        with rows of norm 1 (this needs SciPy). None before.
    score_star : float
        After `fit` with "wasserstein": the distance.

    Examples
    --------
    >>> import numpy as np
    >>> a, mirrored = np.array([[0.6, 0.7], [-0.7, 0.6]]), np.array([[0.6, -0.7], [0.7, 0.6]])
    >>> distance = SimilarityTransformDist(score_method="angular")
    >>> bool(distance.fit_score(a, mirrored) < 1e-15)
    True
    >>> distance.C_star.shape
    (2, 2)
    """

    def __init__(
        self,
        iters: int = 200,
        score_method: str = "angular",
        lr: float = 0.01,
        device: Any = "cpu",
        verbose: bool = False,
        eps: float = 1e-5,
        rescale_wasserstein: bool = False,
        compare: str = "state",
        differentiable: bool = False,
        sinkhorn_reg: float = 0.1,
        **older: Any,
    ) -> None:
        notice_keywords(older)
        notice_device(device)
        if (iters, lr, eps) != (200, 0.01, 1e-5) and score_method != "wasserstein":
            say_once("search")
        if rescale_wasserstein:
            say_once("rescale_wasserstein")
        if differentiable:
            raise ValueError("differentiable=True is not available: a distance here has no gradient")
        if compare != "state":
            raise ValueError(f"compare is 'state' for a distance between operators, but it is {compare!r}")
        self.iters = iters
        self.score_method = check_score_method(score_method)
        self.lr = lr
        self.device = device
        self.verbose = verbose
        self.eps = eps
        self.rescale_wasserstein = rescale_wasserstein
        self.compare = compare
        self.differentiable = differentiable
        self.sinkhorn_reg = sinkhorn_reg
        self.A: Any = None
        self.B: Any = None
        self.score_star: float | None = None
        self._angle: float | None = None
        self._transform: FloatArray | None = None
        self._spectra: tuple[ComplexArray, ComplexArray] | None = None
        self._weights: tuple[FloatArray, FloatArray] | None = None

    def fit(
        self,
        A: Any,
        B: Any,
        iters: int | None = None,
        lr: float | None = None,
        score_method: str | None = None,
        wasserstein_weightings: tuple[Any, Any] | None = None,
    ) -> None:
        """Finds the best transform, or the best matching of eigenvalues.

        Parameters
        ----------
        A, B : array_like or DMD
            Square matrices (n, n), fitted models, or for "wasserstein" one-dimensional arrays of eigenvalues.
        iters, lr
            Without effect.
        score_method : str, optional
            In place of that of the object, for this call.
        wasserstein_weightings : pair of array_like, optional
            Weights of the eigenvalues of A and of B, each with the sum 1; equal weights if not given. This needs SciPy.

        Raises
        ------
        ValueError
            If an operator is not square, not finite or (but for "wasserstein") zero; if ranks are unequal, but for
            "wasserstein". There, the smaller of two matrices has eigenvalues 0 added; eigenvalues that are given, or
            have weights, are transported as they are.
        """
        if iters is not None or lr is not None:
            say_once("search")
        method = self.score_method if score_method is None else check_score_method(score_method)
        left, right = _operator_or_eigenvalues(A), _operator_or_eigenvalues(B)
        if left.ndim != right.ndim:
            raise ValueError(
                f"A and B are both matrices or both eigenvalues, but their shapes are {left.shape} and {right.shape}"
            )
        self.score_star = self._angle = self._transform = self._spectra = self._weights = None
        self.A, self.B = left, right
        if method == "wasserstein":
            self._fit_wasserstein(left, right, wasserstein_weightings)
            return
        if left.ndim == 1:
            raise ValueError(f"score_method='{method}' needs matrices; eigenvalues have a Wasserstein distance only")
        check_equal_ranks(len(left), len(right), method)
        self._angle, self._transform = core.angle_and_transform(left, right)

    def _fit_wasserstein(self, left: Any, right: Any, weightings: tuple[Any, Any] | None) -> None:
        matrices = left.ndim == 2
        spectra = [core.eigenvalues(one) if matrices else one for one in (left, right)]
        if weightings is not None:
            self._fit_weighted(spectra[0], spectra[1], weightings)
            return
        if matrices:
            more = max(len(spectra[0]), len(spectra[1]))
            spectra = [np.concatenate([one, np.zeros(more - len(one))]) for one in spectra]
            self.score_star = core.wasserstein_of_operators(left, right)
        else:
            self.score_star = core.wasserstein_of_eigenvalues(left, right)
        self._spectra = (spectra[0], spectra[1])

    def _fit_weighted(self, left: ComplexArray, right: ComplexArray, weightings: tuple[Any, Any]) -> None:
        weights = (as_floats(weightings[0]), as_floats(weightings[1]))
        for one, spectrum in zip(weights, (left, right), strict=True):
            if one.shape != spectrum.shape or not (one >= 0).all() or not np.isclose(one.sum(), 1.0, rtol=0, atol=1e-6):
                raise ValueError(
                    f"wasserstein_weightings are {len(spectrum)} numbers here, one per eigenvalue; none is negative, and "
                    "they sum to 1"
                )
        normal = (weights[0] / weights[0].sum(), weights[1] / weights[1].sum())
        costs = squared_distances(left, right)
        plan = transport_plan(costs, *normal)
        self._spectra, self._weights = (left, right), normal
        self.score_star = float(np.sum(plan * costs))

    @property
    def C_star(self) -> TensorArray | None:
        """The transform or, for "wasserstein", the transport plan with rows of norm 1; None before `fit`."""
        if self._transform is not None:
            return tensor_array(self._transform)
        if self._spectra is None:
            return None
        left, right = self._spectra
        weights = self._weights or (np.full(len(left), 1 / len(left)), np.full(len(right), 1 / len(right)))
        plan = transport_plan(squared_distances(left, right), *weights)
        norms = np.linalg.norm(plan, axis=1, keepdims=True)
        return tensor_array(np.divide(plan, norms, out=np.zeros_like(plan), where=norms > 0))

    def score(self, A: Any = None, B: Any = None, score_method: str | None = None) -> float:
        """The distance with the transform that `fit` found.

        Parameters
        ----------
        A, B : array_like or DMD, optional
            Other operators to apply the transform to; those of `fit` if not given. "wasserstein" always uses those of
            `fit`.
        score_method : str, optional
            In place of that of the object, for this call.

        Returns
        -------
        float
            For "euclidean", too, operators are divided by their norms.

        Raises
        ------
        ValueError
            If `fit` was not called, or for another kind of distance.
        """
        method = self.score_method if score_method is None else check_score_method(score_method)
        if method == "wasserstein":
            if self.score_star is None:
                raise ValueError("there is no matching of eigenvalues: call fit with score_method='wasserstein' first")
            return self.score_star
        if self._transform is None or self._angle is None:
            raise ValueError("there is no transform: call fit with score_method='angular' or 'euclidean' first")
        angle = self._angle
        if A is not None or B is not None:
            left = as_operator(self.A if A is None else A)
            right = as_operator(self.B if B is None else B)
            angle = _angle_under(left, right, self._transform)
        return angle if method == "angular" else float(2 * np.sin(angle / 2))

    def fit_score(
        self,
        A: Any,
        B: Any,
        iters: int | None = None,
        lr: float | None = None,
        score_method: str | None = None,
        wasserstein_weightings: tuple[Any, Any] | None = None,
        **older: Any,
    ) -> float:
        """`fit` and `score` in one call; see there.

        Returns
        -------
        float
            The distance, in radians for "angular".
        """
        notice_keywords(older)
        self.fit(A, B, iters, lr, score_method, wasserstein_weightings)
        return self.score(score_method=score_method)


def _operator_or_eigenvalues(value: Any) -> Any:
    if is_array(value):
        array = as_array(value)
        if array.ndim == 1:
            if array.size == 0 or not np.isfinite(array).all():
                raise ValueError("eigenvalues are finite numbers, at least one of them")
            return array.astype(np.complex128)
    return as_operator(value)


def _angle_under(left: FloatArray, right: FloatArray, transform: FloatArray) -> float:
    """The angle between A and C B Cᵀ, from the length of the chord between them, which is accurate for small angles."""
    if left.shape != transform.shape or right.shape != transform.shape:
        raise ValueError(f"the transform is {transform.shape}, but the operators are {left.shape} and {right.shape}")
    norms = np.linalg.norm(left), np.linalg.norm(right)
    if min(norms) == 0:
        raise ValueError("a zero operator has no angle to another one")
    chord = np.linalg.norm(left / norms[0] - transform @ (right / norms[1]) @ transform.T)
    return float(2 * np.arcsin(min(float(chord) / 2, 1.0)))
