"""Eigenvalues with their residuals, and those of them that can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ._errors import Error


@dataclass(frozen=True)
class Spectrum:
    """Eigenvalues of an operator with their residuals on held-out data.

    In a comparison a spectrum stands for its operator, with a Wasserstein distance: see the example.

    Attributes
    ----------
    eigenvalues : ndarray of complex
        By descending modulus; the two of a conjugate pair side by side, that with the positive imaginary part first.
    residuals : ndarray
        How far each is from being an eigenvalue of the system; the two of a pair have the same. Those of an eigenvalue that noise
        has made are about sqrt(1 - |λ|²), as are those of a decaying mode of a system that noise drives.

    Examples
    --------
    >>> import numpy as np
    >>> import dynamical_similarity as ds
    >>> time, noise = np.arange(2000), np.random.default_rng(0)
    >>> recordings = [np.sin(0.3 * time + phase) + 0.1 * noise.normal(size=2000) for phase in (0, 1, 2)]
    >>> spectra = [ds.fit(x, delays=10, rank=5).held_out_residuals(x) for x in recordings]
    >>> found = ds.distance_matrix(spectra, metric="wasserstein", cleaned=2)
    >>> bool(found.distances.max() < 0.002)
    True
    """

    eigenvalues: npt.NDArray[np.complexfloating[Any, Any]]
    residuals: npt.NDArray[np.floating[Any]]

    def __post_init__(self) -> None:
        if np.ndim(self.eigenvalues) != 1 or np.shape(self.eigenvalues) != np.shape(self.residuals):
            raise Error("a spectrum has as many residuals as eigenvalues")

    @staticmethod
    def of_rows(rows: npt.NDArray[np.floating[Any]]) -> Spectrum:
        """A spectrum from real part, imaginary part and residual, row by row."""
        return Spectrum(rows[:, 0] + 1j * rows[:, 1], rows[:, 2].copy())

    def cleaned(self, threshold: float) -> Spectrum:
        """The eigenvalues whose residual is at most `threshold`; there may be none."""
        if not threshold >= 0:
            raise Error("threshold is a number that is not negative")
        return self._kept(self.residuals <= threshold)

    def smallest(self, count: int) -> Spectrum:
        """The `count` eigenvalues of the smallest residuals, and one more where the last would be half of a conjugate pair. Of equal
        residuals the earlier eigenvalue counts as smaller."""
        if count < 1:
            raise Error("count is at least 1")
        # A stable order keeps the two of a pair side by side, the first one first.
        order = np.argsort(self.residuals, kind="stable")
        kept = order[:count]
        if len(kept) and len(order) > count and self.eigenvalues[kept[-1]].imag > 0:
            kept = order[: count + 1]
        mask = np.zeros(len(order), np.bool_)
        mask[kept] = True
        return self._kept(mask)

    @property
    def mean_residual(self) -> float:
        """The mean of the residuals; 0 without eigenvalues."""
        return float(self.residuals.mean()) if len(self.residuals) else 0.0

    @property
    def operator(self) -> npt.NDArray[np.float64]:
        """The normal operator with these eigenvalues: block diagonal, [[a, -b], [b, a]] for a pair a ± b i."""
        operator: npt.NDArray[np.float64] = np.diag(self.eigenvalues.real.astype(np.float64))
        for at, value in enumerate(self.eigenvalues):
            if value.imag > 0:
                operator[at + 1, at], operator[at, at + 1] = value.imag, -value.imag
        return operator

    def _kept(self, mask: npt.NDArray[np.bool_]) -> Spectrum:
        return Spectrum(self.eigenvalues[mask], self.residuals[mask])

    def __len__(self) -> int:
        return len(self.eigenvalues)

    def __repr__(self) -> str:
        return f"Spectrum({len(self)} eigenvalues, mean_residual={self.mean_residual:.3g})"
