"""The score of the monitor by its definition, in NumPy: prints the table in tests/monitor_score.rs.

    pip install numpy==2.4.6
    python lag_spectra.py
"""

import numpy as np

N, LAGS, CUT, FLOOR, POOL = 4, 5, 0.15, 0.02, 5.0
BLOCKS, BLOCK, WINDOW = 20, 1500, 3000
MIXING = [[1.0, 0.3, -0.2, 0.5], [0.1, 0.9, 0.4, -0.3], [-0.4, 0.2, 1.1, 0.6], [0.3, -0.5, 0.1, 0.8]]


class Stream:
    """Two damped rotations, or one, seen by four channels with noise of their own."""

    def __init__(self, seed, rotations):
        self.seed, self.state, self.rotations = seed, [0.0] * 4, rotations

    def uniform(self):
        self.seed = (self.seed * 1664525 + 1013904223) % 2**32
        return (self.seed >> 8) / 2**23 - 1.0

    def sample(self, turn, own):
        sine, cosine = turn
        for pair, decay in enumerate([0.9, 0.75][: self.rotations]):
            a, b = self.state[2 * pair], self.state[2 * pair + 1]
            self.state[2 * pair] = decay * (cosine * a - sine * b) + 0.5 * self.uniform()
            self.state[2 * pair + 1] = decay * (sine * a + cosine * b) + 0.5 * self.uniform()
        row = []
        for weights in MIXING:
            x = 0.0
            for weight, latent in zip(weights, self.state):
                x += weight * latent
            row.append(np.float64(np.float32(x + own * self.uniform())))
        return row


def features(R, r=None):
    """R_0 .. R_5 -> features, r, noise level, mean diagonal of every lag."""
    s = 1 / np.sqrt(np.diagonal(R[0]))
    R = R * s[:, None] * s
    values, U = np.linalg.eigh(R[0])
    L = U / np.sqrt(values)
    G = [L.T @ x @ L for x in R]
    w, V = np.linalg.eigh((G[1] + G[1].T) / 2)
    size = np.abs(w)
    order = np.argsort(-size)
    if r is None:
        r = max(2, int((size > CUT).sum()))
    T = V[:, order[:r]] / np.sqrt(np.maximum(size[order[:r]], FLOOR))
    B = [T.T @ g @ T for g in G]
    f = []
    for k in range(1, LAGS + 1):
        if k > 1:
            f.append(np.linalg.eigvalsh((B[k] + B[k].T) / 2)[::-1])
        f.append(np.sqrt(2) * np.linalg.svd((B[k] - B[k].T) / 2, compute_uv=False)[: 2 * (r // 2) : 2])
    t = np.array([np.trace(b) for b in B]) / r
    return np.concatenate(f), r, t[0], 2 * (t[1:] ** 2).sum()


def sums(x, start, end):
    """Products of every lag whose later sample is in the range, totals and counts."""
    out = []
    for k in range(LAGS + 1):
        later = np.arange(max(start, k), end)
        out.append((x[later].T @ x[later - k], len(later)))
    return [p for p, _ in out], x[start:end].sum(0), np.array([c for _, c in out])


def covariances(products, total, counts):
    m = total / counts[0]
    return np.array([p / c - np.outer(m, m) for p, c in zip(products, counts)])


def weights(sum1, sum2, k):
    m = sum1 / k
    var = np.maximum(sum2 / k - m * m, 0)
    return m, (k + POOL) / (k * var + POOL * np.median(var))


def wider(t, t_ref, c):
    return (max(t, t_ref) ** 2 + c) / (t_ref**2 + c)


class Calibration:
    def __init__(self, x):
        parts = [sums(x, j * BLOCK, (j + 1) * BLOCK) for j in range(BLOCKS)]
        whole = tuple(sum(p[i] if i else np.array(p[i]) for p in parts) for i in range(3))
        self.mean = x.mean(0)
        self.f, self.r, self.t, self.c = features(covariances(*whole))
        d, v, level = [], [], []
        for p in parts:
            f, _, t, _ = features(covariances(*p), self.r)
            other = covariances(whole[0] - np.array(p[0]), whole[1] - p[1], whole[2] - p[2])
            g, _, u, c = features(other, self.r)
            d.append(f - g), v.append(wider(t, u, c)), level.append(np.log(t / u))
        d, K = np.array(d), BLOCKS
        s1, s2 = d.sum(0), (d * d).sum(0)
        ln = []
        for j in range(K):
            m, w = weights(s1 - d[j], s2 - d[j] ** 2, K - 1)
            ln.append(0.5 * np.log((w * (d[j] - m) ** 2).mean() / v[j]))
        self.m, self.w = weights(s1, s2, K)
        self.mu, prior = np.mean(ln), 0.7 / np.sqrt(self.r)
        self.sd = np.sqrt(((K - 1) * np.var(ln, ddof=1) + K * prior**2) / (2 * K - 1))
        self.level = np.mean(level), np.std(level, ddof=1)

    def score(self, R, pairs):
        f, _, t, _ = features(R, self.r)
        block, whole = BLOCK, BLOCKS * BLOCK
        g = (pairs**-0.5 - whole**-0.5) / (block**-0.5 - (whole - block) ** -0.5)
        e = f - self.f - g * self.m
        q = np.sqrt((self.w * e * e).mean() / wider(t, self.t, self.c))
        rho = (1 / pairs + 1 / whole) / (1 / block + 1 / (whole - block))
        z = (np.log(q) - self.mu - np.log(rho) / 2) / self.sd
        a, b = self.level
        return q, z, t / self.t, (np.log(t / self.t) - a * rho) / (b * np.sqrt(rho))


USUAL, FAST = (0.29552020666133955, 0.955336489125606), (0.34289780745545134, 0.9393727128473789)
for rotations in (2, 1):
    stream = Stream(7, rotations)
    known = Calibration(np.array([stream.sample(USUAL, 0.6) for _ in range(BLOCKS * BLOCK)]))
    print(f"{rotations}: directions {known.r}, median {np.exp(known.mu):.12f}, deviation {known.sd:.12f}")
    for turn, own in ((USUAL, 0.6), (FAST, 0.6), (USUAL, 0.9)):
        stream = Stream(11, rotations)
        # A monitor subtracts the mean of the calibration first; lags that lack pairs at the edges feel it.
        x = np.array([stream.sample(turn, own) for _ in range(2 * WINDOW)]) - known.mean
        for start in (0, WINDOW):
            one = sums(x, start, start + WINDOW)
            print("   ", ", ".join(f"{y:.12f}" for y in known.score(covariances(*one), one[2].min())))
