"""Do two systems run the same dynamics?

Dynamical Similarity Analysis (Ostrow, Eisen, Kozachkov & Fiete, NeurIPS 2023): each recording is cut into delay windows, a linear
operator is fitted that carries one window to the next, and operators are compared by the angle that remains between them after the
best rotation or reflection of coordinates.

>>> import dynamical_similarity as ds
>>> recordings = [ds.simulate("lorenz", samples=800, rho=rho, seed=seed) for rho in (28, 60) for seed in (1, 2)]
>>> models = ds.fit_all(recordings, delays=20, rank=6)
>>> distances = ds.distance_matrix(models)
>>> bool(distances[0, 1] < distances[0, 2])
True

A recording is an array of (time, channels) or (trials, time, channels), a list of arrays of (time, channels), or the path of a
file. Where delays and rank are not known, :func:`fan` needs neither, and :func:`report` writes a page that says what the distances
mean. All numbers are the same, to the bit, on every machine and with any number of threads.
"""

from ._compare import Comparison, DistanceMatrix, Neighbours, compare, distance_matrix, eigenvalue_distance, nearest
from ._controlled import (
    ControlledDistance,
    ControlledModel,
    compare_controlled,
    controlled_distance_matrix,
    fit_controlled,
)
from ._errors import Error
from ._estimators import DistanceTransformer, Dmd
from ._fan import FanDistances, baseline, fan
from ._model import Model, fit, fit_all
from ._monitor import Calibration, Monitor, Report, calibrate
from ._recording import Recording, prepare, read, simulate
from ._report import report
from ._spectrum import Spectrum
from ._statistics import (
    NullBands,
    Reliability,
    dispersion,
    mantel,
    mean_silhouette,
    nearest_neighbour_accuracy,
    null_band,
    permanova,
    permanova_between_pairs,
    q_values,
    reliability,
)
from ._sweep import Sweep, sweep

__all__ = [
    "Calibration",
    "Comparison",
    "ControlledDistance",
    "ControlledModel",
    "DistanceMatrix",
    "DistanceTransformer",
    "Dmd",
    "Error",
    "FanDistances",
    "Model",
    "Monitor",
    "Neighbours",
    "NullBands",
    "Recording",
    "Reliability",
    "Report",
    "Spectrum",
    "Sweep",
    "baseline",
    "calibrate",
    "compare",
    "compare_controlled",
    "controlled_distance_matrix",
    "dispersion",
    "distance_matrix",
    "eigenvalue_distance",
    "fan",
    "fit",
    "fit_all",
    "fit_controlled",
    "mantel",
    "mean_silhouette",
    "nearest",
    "nearest_neighbour_accuracy",
    "null_band",
    "permanova",
    "permanova_between_pairs",
    "prepare",
    "q_values",
    "read",
    "reliability",
    "report",
    "simulate",
    "sweep",
]
