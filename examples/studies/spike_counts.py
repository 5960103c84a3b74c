"""Spike counts of twelve simulated sessions, as MATLAB cell arrays of trials, and tables of conditions and animals.

Usage: python3 spike_counts.py DIR      (needs NumPy and SciPy)

A hidden rotation in a plane, 2 turns a second in the condition `slow` and 3 in `fast`, starts at a random angle in each
trial and drifts in phase and size. Each session has 40 neurons of its own, whose rates are exp(b + c.x), 12 spikes a second
on average, and counts are Poisson. Three animals have two sessions of each condition.
"""

import pathlib
import sys

import numpy as np
import scipy.io

NEURONS, TRIALS, SAMPLES, STEP = 40, 100, 100, 0.01
TURNS = {"slow": 2.0, "fast": 3.0}


def latent(turns, random):
    angle = random.uniform(0, 2 * np.pi)
    size, path = 1.0, []
    for _ in range(SAMPLES):
        angle += 2 * np.pi * turns * STEP + 0.08 * random.standard_normal()
        size += 0.05 * (1 - size) + 0.06 * random.standard_normal()
        path.append((size * np.cos(angle), size * np.sin(angle)))
    return np.array(path)


folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
random = np.random.default_rng(1)
conditions, animals = [], []
for animal in "ABC":
    for condition, turns in TURNS.items():
        for session in (1, 2):
            name = f"{animal}-{condition}-{session}"
            loadings = 0.7 * random.standard_normal((2, NEURONS))
            mean_rate = random.gamma(4, 3, NEURONS)
            trials = np.empty(TRIALS, dtype=object)
            for k in range(TRIALS):
                rates = mean_rate * np.exp(latent(turns, random) @ loadings - 0.25 * (loadings**2).sum(axis=0))
                trials[k] = random.poisson(STEP * rates).astype(np.uint8)
            scipy.io.savemat(folder / f"{name}.mat", {"counts": trials, "fs": 1 / STEP}, do_compression=True)
            conditions.append(f"{name},{condition}\n")
            animals.append(f"{name},{animal}\n")
(folder / "conditions.csv").write_text("".join(conditions))
(folder / "animals.csv").write_text("".join(animals))
