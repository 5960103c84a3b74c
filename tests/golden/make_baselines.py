"""Independent values of the baselines on states, for tests/baseline_golden.rs.

    python -m venv v && v/bin/pip install numpy scipy mpmath && v/bin/python make_baselines.py

writes baselines.json from inputs/. Each value is computed from its textbook definition, by another way than
the library's: Procrustes from the singular values of X'Y, CKA from centred samples x samples kernels
(HKH), SVCCA from SciPy's subspace angles; where mpmath is named, from covariances in 60 digits, which
also gives small angles all their digits.
"""

import json
import pathlib

import mpmath
import numpy as np
import scipy
import scipy.linalg
import scipy.spatial

HERE = pathlib.Path(__file__).parent
mpmath.mp.dps = 60


def load(part):
    """One trial or several: a list of time x channels arrays; a list of parts is their trials in order."""
    if isinstance(part, list):
        return [trial for one in part for trial in load(one)]
    array = np.load(HERE / "inputs" / part["file"])
    trials = [array] if array.ndim == 2 else list(array)
    if "samples" in part:
        start = part.get("from", 0)
        trials = [trial[start : start + part["samples"]] for trial in trials]
    if "channels" in part:
        trials = [trial[:, : part["channels"]] for trial in trials]
    if "add" in part:
        other = load(part["add"])
        trials = [a + part["weight"] * b for a, b in zip(trials, other)]
    return trials


def windows(trials, delays, interval):
    """Rows [x_t, x_(t-interval), ...] of all trials, stacked."""
    rows = []
    for x in trials:
        first = (delays - 1) * interval
        rows += [np.hstack([x[t - k * interval] for k in range(delays)]) for t in range(first, len(x))]
    return np.array(rows)


def centred(x):
    return x - x.mean(axis=0)


def procrustes(x, y):
    x, y = centred(x), centred(y)
    x, y = x / np.linalg.norm(x), y / np.linalg.norm(y)
    s = scipy.linalg.svdvals(x.T @ y).sum()
    if x.shape == y.shape:
        assert abs(scipy.spatial.procrustes(x, y)[2] - (1 - s * s)) < 1e-10
    return np.arccos(min(s, 1.0)), s


def cka(x, y):
    t = len(x)
    h = np.eye(t) - 1.0 / t
    k, l = h @ (x @ x.T) @ h, h @ (y @ y.T) @ h
    s = np.sum(k * l) / np.sqrt(np.sum(k * k) * np.sum(l * l))
    return np.arccos(min(s, 1.0)), s


def svcca(x, y, variance):
    def kept(a):
        u, s, _ = np.linalg.svd(centred(a), full_matrices=False)
        s = s[s > 4 * a.shape[1] * np.finfo(float).eps * s[0]]
        share = np.cumsum(s**2) / np.sum(s**2)
        count = len(s) if variance == 1.0 else int(np.searchsorted(share, variance)) + 1
        return u[:, :count]

    a, b = kept(x), kept(y)
    rho = np.cos(scipy.linalg.subspace_angles(a, b))
    return 1 - rho.mean(), rho.mean(), [a.shape[1], b.shape[1]]


def exact(x, y, method):
    """Angles from covariances in 60 digits."""
    x, y = (mpmath.matrix(a.tolist()) for a in (x, y))
    t = x.rows
    for a in (x, y):
        for j in range(a.cols):
            mean = mpmath.fsum(a[i, j] for i in range(t)) / t
            for i in range(t):
                a[i, j] -= mean

    def cross(a, b):
        return mpmath.matrix(
            [
                [mpmath.fsum(a[i, j] * b[i, k] for i in range(t)) for k in range(b.cols)]
                for j in range(a.cols)
            ]
        )

    xx, yy, xy = cross(x, x), cross(y, y), cross(x, y)
    squares = lambda m: mpmath.fsum(m[i, j] ** 2 for i in range(m.rows) for j in range(m.cols))
    if method == "procrustes":
        trace = lambda m: mpmath.fsum(m[i, i] for i in range(m.rows))
        s = mpmath.fsum(mpmath.svd_r(xy, compute_uv=False)) / mpmath.sqrt(trace(xx) * trace(yy))
    else:
        s = squares(xy) / mpmath.sqrt(squares(xx) * squares(yy))
    return float(mpmath.acos(s)), float(s)


def part(file, **cut):
    return {"file": file + ".npy", **cut}


def near(file, other, weight, **cut):
    return part(file, add=part(other, **cut), weight=weight, **cut)


LINEAR = part("linear5_a", samples=300)
PAIRS = [
    ("linear", LINEAR, part("linear5_a_invertible", samples=300)),
    ("linear, turned", LINEAR, part("linear5_a_orthogonal", samples=300)),
    ("lorenz", part("lorenz_20_0"), part("lorenz_152_0")),
    ("fig3", part("fig3_line_0", samples=60), part("fig3_switch_0", samples=60)),
    ("ring", part("ring_000_0", samples=1500), part("ring_100_0", samples=1500)),
    ("15 and 3 channels", part("ring_000_0", samples=800), part("lorenz_75_0", samples=800)),
    ("1 and 15 channels", part("scalar_ar", samples=500), part("ring_100_0", samples=500, **{"from": 1500})),
    (
        "hardly longer than wide",
        part("ring_000_0", samples=32, **{"from": 1500}),
        part("ring_100_0", samples=32, channels=12, **{"from": 1500}),
    ),
    (
        "trials of three lengths",
        [part(f"ragged3_trial{k}") for k in range(3)],
        [part(f"lorenz_{k}_0", samples=samples) for k, samples in ((75, 300), (152, 120), (220, 75))],
    ),
]
NEAR = [
    (f"{weight:g} apart", part("lorenz_20_0", samples=400), near("lorenz_20_0", "lorenz_152_0", weight, samples=400))
    for weight in (1e-3, 1e-6, 1e-9, 1e-12)
]


def main():
    cases = []

    def add(name, left, right, method, distance, similarity, source, **more):
        assert np.isfinite(distance) and 0 <= distance < 1.6, (name, method)
        cases.append(
            dict(name=name, left=left, right=right, method=method, distance=float(distance),
                 similarity=float(similarity), source=source, **more)
        )

    for name, left, right in PAIRS:
        for delays, interval in ((1, 1), (4, 3)):
            if name == "hardly longer than wide" and delays > 1:
                continue
            x, y = (windows(load(side), delays, interval) for side in (left, right))
            embedding = dict(delays=delays, interval=interval)
            zero = name == "linear, turned"
            for method, f in (("procrustes", procrustes), ("cka", cka)):
                if zero:
                    # The cosine is 1 up to rounding: the file itself is turned in float64.
                    add(name, left, right, method, 0, 1, "by construction", **embedding)
                else:
                    add(name, left, right, method, *f(x, y), "numpy", **embedding)
            for variance in (0.8, 0.99, 1.0):
                distance, similarity, kept = svcca(x, y, variance)
                add(name, left, right, "svcca", distance, similarity, "scipy", variance=variance,
                    kept=kept, **embedding)
    for name, left, right in NEAR:
        x, y = (windows(load(side), 1, 1) for side in (left, right))
        for method in ("procrustes", "cka"):
            add(name, left, right, method, *exact(x, y, method), "mpmath", delays=1, interval=1)

    about = {
        "made_by": "make_baselines.py",
        "versions": {m.__name__: m.__version__ for m in (np, scipy, mpmath)},
        "distance": "procrustes, cka: arccos of the similarity; svcca: 1 - similarity",
    }
    lines = ",\n".join("  " + json.dumps(case) for case in cases)
    text = '{"about": %s, "cases": [\n%s\n]}\n' % (json.dumps(about), lines)
    (HERE / "baselines.json").write_text(text)


main()
