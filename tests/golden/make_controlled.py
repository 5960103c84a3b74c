"""Numbers for tests/controlled.rs: subspace identification with NumPy, from the equations and with whole windows.

python tests/golden/make_controlled.py > tests/golden/controlled.json
"""

import json

import numpy as np


def recording(samples, phase):
    """A driven, noisy system of two states, from formulas alone."""
    t = np.arange(samples)
    u = np.sin(0.37 * t**2 + phase)
    noise = 0.05 * np.stack([np.cos(0.91 * t**2 + phase), np.sin(0.53 * t**2 + 2 * phase)], 1)
    a, b, c = np.array([[0.7, -0.4], [0.4, 0.7]]), np.array([1.0, 0.5]), np.array([[1.0, 0.0], [0.5, -1.0]])
    x, y = np.zeros(2), np.zeros((samples, 2))
    for now in range(samples):
        y[now] = c @ x + noise[now]
        x = a @ x + b * u[now]
    return u[:, None], y


def windows(data, first, length, columns):
    return np.vstack([data[first + lag : first + lag + columns].T for lag in range(length)])


def subspace(trials, half, order, ridge):
    blocks = {name: [] for name in ["uf", "up", "yp", "yf", "up1", "yp1", "u", "y"]}
    for u, y in trials:
        k = len(u) - 2 * half
        for name, data, first, length in [
            ("uf", u, half, half), ("up", u, 0, half), ("yp", y, 0, half), ("yf", y, half, half),
            ("up1", u, 1, half), ("yp1", y, 1, half), ("u", u, half, 1), ("y", y, half, 1),
        ]:
            blocks[name].append(windows(data, first, length, k))
    uf, up, yp, yf, up1, yp1, u, y = (np.hstack(blocks[name]) for name in blocks)
    zp, later = np.vstack([up, yp]), np.vstack([up1, yp1])
    # The oblique projection by least squares on [Z_p; U_f], without a triangle.
    weights = np.linalg.lstsq(np.vstack([zp, uf]).T, yf.T, rcond=None)[0].T[:, : len(zp)]
    left, values, _ = np.linalg.svd(weights @ zp, full_matrices=False)
    states_of = (left[:, :order] / np.sqrt(values[:order])).T @ weights
    x, after = states_of @ zp, states_of @ later
    z = np.vstack([x, u])
    ab = after @ z.T @ np.linalg.inv(z @ z.T + ridge * np.eye(len(z)))
    c = (left[:, :order] * np.sqrt(values[:order]))[: y.shape[0]]
    a, b = ab[:, :order], ab[:, order:]
    w, v = after - ab @ z, y - c @ x
    markov = [c @ np.linalg.matrix_power(a, k) @ b for k in range(5)]
    # The covariances are those of a basis; what they say of outputs is not.
    return {
        "columns": x.shape[1],
        "singular_values": values.tolist(),
        "eigenvalues": sorted([[e.real, e.imag] for e in np.linalg.eigvals(a)], key=lambda e: -e[1]),
        "markov": np.array(markov).reshape(5, -1).tolist(),
        "process_in_outputs": (c @ (w @ w.T / w.shape[1]) @ c.T).ravel().tolist(),
        "observation": (v @ v.T / v.shape[1]).ravel().tolist(),
        "cross_in_outputs": (c @ (w @ v.T / w.shape[1])).ravel().tolist(),
    }


trials = [recording(120, 0.0), recording(90, 1.0)]
print(json.dumps({
    "plain": subspace(trials, 4, 2, 0.0),
    "ridge": subspace(trials, 4, 2, 0.5),
}, indent=1))
