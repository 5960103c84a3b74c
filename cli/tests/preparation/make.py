"""Writes a recording and what SciPy and NumPy make of it: python make.py (SciPy 1.11 or later)."""

import os

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import resample_poly

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(5)
time = np.arange(240)[:, None]
x = np.cumsum(rng.normal(size=(240, 3)), axis=0) + 50 * np.array([0, 1, -2]) + np.sin(time / [3, 11, 40])


def save(name, values):
    np.save(os.path.join(here, name), np.ascontiguousarray(values))


save("recording.npy", x)
for up, down in [(1, 4), (3, 2), (25, 12)]:
    assert 240 * up % down == 0
    # With padtype="line" the filter would see the line itself, and repeat it with a ripple of 2e-4 where up is not 1.
    line = x[0] + (x[-1] - x[0]) / 239 * time
    later = np.arange(240 * up // down)[:, None] * down / up
    at_new = x[0] + (x[-1] - x[0]) / 239 * later
    save(f"resampled_{up}_{down}.npy", at_new + resample_poly(x - line, up, down, axis=0))
save("smoothed.npy", gaussian_filter1d(x, 2.5, axis=0))
save("smoothed_wide.npy", gaussian_filter1d(x, 90.0, axis=0))
save("binned.npy", x[:238].reshape(34, 7, 3).sum(axis=1))
for name, y in [("components", x - x.mean(0)), ("components_scaled", (x - x.mean(0)) / x.std(0))]:
    u, s, v = np.linalg.svd(y, full_matrices=False)
    v *= np.sign(v[np.arange(3), np.abs(v).argmax(axis=1)])[:, None]
    save(f"{name}.npy", y @ v[:2].T)
    save(f"{name}_sphered.npy", y @ v.T / s * np.sqrt(len(x)))
