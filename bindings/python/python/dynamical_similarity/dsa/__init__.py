"""The names and call forms of the package dsa-metric 2.0.2, computed by this library.

A program switches by its import:

    from dynamical_similarity.dsa import DSA, DMD, SimilarityTransformDist    # was: from DSA import ...
    from dynamical_similarity.dsa.stats import mase                           # was: from DSA.stats import ...

Recordings are arrays or tensors (torch is never imported), results are float64 arrays, and everything is computed in
float64. The page "Switching from dsa-metric" lists every call, with what differs and why.
"""

from .configs import (
    ControllabilitySimilarityTransformDistConfig,
    DMDcConfig,
    DMDConfig,
    SimilarityTransformDistConfig,
    SubspaceDMDcConfig,
)
from .controlled import ControllabilitySimilarityTransformDist, DMDc, SubspaceDMDc
from .dmd import DMD, embed_signal_torch
from .dsa import DSA, GeneralizedDSA, InputDSA
from .resdmd import ResidualComputer
from .simdist import SimilarityTransformDist
from .stats import (
    aic,
    compare_data_splits,
    compute_all_stats,
    correl,
    dsa_bw_data_splits,
    dsa_to_id,
    log_mse,
    mae,
    mase,
    measure_nonnormality_transpose,
    measure_transient_growth,
    mse,
    nmse,
    r2,
)
from .sweeps import DefaultSweeper, sweep_local_dmd, sweep_ranks_delays

__all__ = [
    "DMD",
    "DSA",
    "ControllabilitySimilarityTransformDist",
    "ControllabilitySimilarityTransformDistConfig",
    "DMDConfig",
    "DMDc",
    "DMDcConfig",
    "DefaultSweeper",
    "GeneralizedDSA",
    "InputDSA",
    "ResidualComputer",
    "SimilarityTransformDist",
    "SimilarityTransformDistConfig",
    "SubspaceDMDc",
    "SubspaceDMDcConfig",
    "aic",
    "compare_data_splits",
    "compute_all_stats",
    "correl",
    "dsa_bw_data_splits",
    "dsa_to_id",
    "embed_signal_torch",
    "log_mse",
    "mae",
    "mase",
    "measure_nonnormality_transpose",
    "measure_transient_growth",
    "mse",
    "nmse",
    "r2",
    "sweep_local_dmd",
    "sweep_ranks_delays",
]
