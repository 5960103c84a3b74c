"""Writes reference.npz: what dsa-metric 2.0.2 returns for the calls of calls.py.

    python make_reference.py

It wants Python 3.10 with these packages (a CPU build of torch in one wheel; NumPy must stay below 2):

    python3.10 -m venv v
    v/bin/pip install torch==1.12.1 numpy==1.26.4 "scipy<1.16" "pandas<3" "scikit-learn<1.8" pot
    v/bin/pip install --no-deps dsa-metric==2.0.2 pydmd
    v/bin/pip install tqdm optht derivative prettytable matplotlib joblib omegaconf h5netcdf ezyrb xarray numpy==1.26.4

Everything but the search over transforms is run in float64, which torch's default type must be for this; the search
cannot be, and runs in float32 from seed 0.
"""

import pathlib

import calls
import numpy as np


def original():
    """The original package with its submodule of sweeps, and the function that makes a tensor."""
    import importlib.metadata

    import DSA
    import DSA.sweeps
    import torch

    version = importlib.metadata.version("dsa-metric")
    if version != "2.0.2":
        raise ImportError(f"dsa-metric is {version}, not 2.0.2")
    torch.set_num_threads(1)
    return DSA, torch


def reference():
    """All values of the original, by name."""
    package, torch = original()
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        values = calls.values(package, torch.from_numpy)
    finally:
        torch.set_default_dtype(before)
    torch.manual_seed(0)
    angles = calls.angles(package, lambda x: torch.from_numpy(x).float())
    return {**values, **angles}


if __name__ == "__main__":
    found = reference()
    path = pathlib.Path(__file__).with_name("reference.npz")
    np.savez_compressed(path, **found)
    print(f"{len(found)} values, {path.stat().st_size} bytes")
