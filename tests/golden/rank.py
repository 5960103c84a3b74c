"""Makes rank.json: the rule for the latent rank and the criterion SVC in numpy, on recordings of inputs/.

    python3 rank.py
"""
import itertools
import json
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent
CASES = [
    ("fig3_line_0", 10),
    ("linear5_a_orthogonal", 10),
    ("lorenz_152_0", 10),
    ("lorenz_220_0", 20),
    ("linear5_a", 5),
    ("ring_000_0", 5),
]
HORIZON, DEGREE, Q, LARGEST, FOLDS, ROWS, CUT = 20, 3, 12, 8, 5, 4000, 1e-8


def segments(trials):
    """Fewer than five trials are cut into ten contiguous blocks, or a few more."""
    pieces = -(-10 // len(trials)) if len(trials) < FOLDS else 1
    return [
        trial[len(trial) * k // pieces : len(trial) * (k + 1) // pieces]
        for trial in trials
        for k in range(pieces)
    ]


def past_future(segment, d, ahead):
    rows = len(segment) - d - ahead + 1
    past = np.hstack([segment[d - 1 - k : d - 1 - k + rows] for k in range(d)])
    future = np.hstack([segment[d - 1 + k : d - 1 + k + rows] for k in range(1, ahead + 1)])
    return past, future


def whitening(moment):
    w, vectors = np.linalg.eigh(moment)
    kept = w > CUT * w[-1]
    return vectors[:, kept] / np.sqrt(w[kept])


def predictors(past, cross):
    white = whitening(past)
    u, s, vt = np.linalg.svd(cross @ white, full_matrices=False)
    m = min(Q, len(s))
    return u[:, :m], s[:m], white @ vt[:m].T


def monomials(z, degree):
    columns = [np.ones(len(z))]
    for k in range(1, degree + 1):
        for index in itertools.combinations_with_replacement(range(z.shape[1]), k):
            columns.append(np.prod(z[:, index], axis=1))
    return np.stack(columns, axis=1)


def explained(z, fold, r):
    x = monomials(z[:, :r], DEGREE)
    if x.shape[1] > len(z) // 10:
        x = monomials(z[:, :r], 2)
    y = z[:, r:]
    residual = np.zeros(y.shape[1])
    for k in range(FOLDS):
        a, b = x[fold != k], y[fold != k]
        gram = a.T @ a
        gram += 1e-6 * np.trace(gram) / len(gram) * np.eye(len(gram))
        residual += ((y[fold == k] - x[fold == k] @ np.linalg.solve(gram, a.T @ b)) ** 2).sum(0)
    return np.clip(1 - residual / ((y - y.mean(0)) ** 2).sum(0), 0, 1)


def latent(parts, d):
    ahead = min(HORIZON, min(len(part) for part in parts) - d - 1)
    pairs = [past_future(part, d, ahead) for part in parts]
    folds = [k % FOLDS for k in range(len(parts))]
    moments = [
        [sum(m) for m in zip(*((h.T @ h, f.T @ h) for (h, f), j in zip(pairs, folds) if j == k))]
        for k in range(FOLDS)
    ]
    past, cross = (sum(m) for m in zip(*moments))
    gain = np.zeros(Q)
    for here in moments:
        u, s, b = predictors(past - here[0], cross - here[1])
        b = b * s
        gain[: len(s)] += 2 * np.einsum("ij,ij->j", u, here[1] @ b)
        gain[: len(s)] -= np.einsum("ij,ij->j", b, here[0] @ b)
    gain = np.maximum(gain, 0)
    energy = sum((f**2).sum() for _, f in pairs)
    _, s, b = predictors(past, cross)
    share = gain[: len(s)] / gain.sum()
    rows = np.vstack([h for h, _ in pairs])
    fold = np.repeat(folds, [len(h) for h, _ in pairs])
    stride = max(1, len(rows) // ROWS)
    z, fold = rows[::stride] @ b, fold[::stride]
    z = z / z.std(0)
    unexplained = [
        float((share[r:] * (1 - explained(z, fold, r))).sum()) if r < len(s) else 0.0
        for r in range(1, min(LARGEST, len(s)) + 1)
    ]
    return {
        "energy": share.tolist(),
        "predictable": float(gain.sum() / energy),
        "unexplained": unexplained,
        "windows": len(rows),
    }


def state_order(parts, d):
    pairs = [past_future(part, d, d) for part in parts]
    h, f = (np.vstack(side) for side in zip(*pairs))
    h, f = h - h.mean(0), f - f.mean(0)
    rows, n = len(h), parts[0].shape[1]
    if rows <= 10 * n * d:
        return None
    rho = np.linalg.svd(whitening(f.T @ f).T @ (f.T @ h) @ whitening(h.T @ h), compute_uv=False)
    criterion = np.r_[rho**2, 0] + 2 * np.arange(len(rho) + 1) * n * np.log(rows) / rows
    return {"order": max(1, int(np.argmin(criterion))), "squared_correlations": (rho**2)[:12].tolist()}


def main():
    cases = []
    for name, d in CASES:
        array = np.load(HERE / "inputs" / f"{name}.npy")
        trials = array if array.ndim == 3 else array[None]
        trials = trials - trials.reshape(-1, trials.shape[-1]).mean(0)
        parts = segments(trials)
        cases.append(
            {"input": name, "delays": d, "latent": latent(parts, d), "state_order": state_order(parts, d)}
        )
    (HERE / "rank.json").write_text(json.dumps(cases, indent=1) + "\n")


main()
