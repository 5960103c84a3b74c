"""Subspace identification of systems with known inputs: this library beside SubspaceDMDc of dsa-metric 2.0.2, in one run.

    cargo build --release -p dynamical-similarity-benches --example timed_inputs
    python benches/inputs.py target/release/examples/timed_inputs

18 recordings of rotations (six states, two inputs, three outputs, 5000 samples; no noise, 1 % and 10 %), windows of 15 past and
15 future samples, order 6. Both run on one thread; times are the best of nine here, and of three there. benches/reference.py
says how to install dsa-metric.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np

TRUE = [r * np.exp(1j * t) for r, t in ((0.95, 0.3), (0.9, 1.0), (0.8, 1.9))]


def main():
    try:
        import torch
        from DSA import SubspaceDMDc
    except ImportError as error:
        sys.exit(f"dsa-metric cannot be imported: {error}")
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    worst, ratios = {}, []
    with tempfile.TemporaryDirectory() as folder:
        lines = subprocess.run([sys.argv[1], folder], check=True, capture_output=True, text=True).stdout.split("\n")
        print(f"{'recording':16} {'ours s':>9} {'theirs s':>9} {'ratio':>7} {'our error':>10} {'their error':>11}")
        for name, seconds, error in (line.split() for line in lines if line):
            u = np.fromfile(Path(folder) / f"{name}.u").reshape(-1, 2)
            y = np.fromfile(Path(folder) / f"{name}.y").reshape(-1, 3)
            best = np.inf
            for _ in range(3):
                start = time.perf_counter()
                model = SubspaceDMDc(y, u, n_delays=15, rank=6, lamb=0.0)
                model.fit()
                best = min(best, time.perf_counter() - start)
            found = np.linalg.eigvals(np.asarray(model.A_v))
            theirs = max(np.abs(found - value).min() for value in TRUE)
            ratios.append(best / float(seconds))
            worst[name] = (float(error), theirs)
            print(f"{name:16} {float(seconds):9.5f} {best:9.4f} {ratios[-1]:7.1f} {float(error):10.2e} {theirs:11.2e}")
    print(f"time ratio: median {np.median(ratios):.1f}, least {min(ratios):.1f}")
    for level in ("noise0-", "noise1-", "noise10-"):
        ours, theirs = (np.median([pair[k] for name, pair in worst.items() if name.startswith(level)]) for k in (0, 1))
        print(f"{level[:-1]:8} median error: ours {ours:.2e}, theirs {theirs:.2e}")


main()
