"""How far results may differ from those of dsa-metric, by what they are."""

import numpy as np

# Distances between eigenvalues, which are squared there, too.
WASSERSTEIN = 1e-12
# Angles may be lower, but not higher than this.
ANGLE = 1e-7
# Everything else, relative to the largest entry: operators agree to 1e-11 times the inverse of the smallest relative
# gap between the singular values that are kept, and predictions and errors follow them.
ROUNDING = 1e-9


def differences(ours, theirs):
    """A line for every result that is missing, has another shape, or differs by more than it may."""
    lines = [f"{name}: only in one" for name in ours.keys() ^ theirs.keys()]
    for name in ours.keys() & theirs.keys():
        a, b = np.asarray(ours[name]), np.asarray(theirs[name])
        if a.shape != b.shape or not np.array_equal(np.isnan(a), np.isnan(b)):
            lines.append(f"{name}: shapes {a.shape} and {b.shape}, or other values are missing")
            continue
        a, b = np.nan_to_num(a), np.nan_to_num(b)
        if name.endswith("angle"):
            worst, allowed = float(np.max(a - b)), ANGLE
        else:
            worst = float(np.max(np.abs(a - b), initial=0.0))
            wasserstein = name.endswith(("score", "sims", "padded", "transported", "to identity"))
            allowed = WASSERSTEIN if wasserstein else ROUNDING * max(float(np.max(np.abs(b), initial=0.0)), 1.0)
        if not worst <= allowed:
            lines.append(f"{name}: {worst:.1e} where {allowed:.1e} is allowed")
    return sorted(lines)
