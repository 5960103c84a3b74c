"""Times of this library and of dsa-metric 2.0.2 on the same recordings, in turn, on one thread.

    python against_dsa_metric.py                  # all fits, spectra and our angles; a few of their angles, scaled up
    python against_dsa_metric.py --all-pairs      # all of their angles, which takes several minutes
    python against_dsa_metric.py --pairs 3        # so many of their angles

20 recordings of the Lorenz system (2000 samples, 3 channels) at four values of rho, 70 delays, rank 6. Both run at the
defaults of their class DSA. Times are those of the processor. tests/dsa/make_reference.py says how to install
dsa-metric; without it, our times alone are printed.

- "fit": 20 models; the best of five rounds, each of both packages in turn.
- "spectra": all 190 Wasserstein distances, fits included; the same.
- "angles": all 190 angles between operators that are fitted already. Theirs do the same work for every pair, so the
  time of a few is scaled to 190 unless all are run.
- Angles are compared between the same operators: the transform that each package returns is made orthogonal to
  float64 rounding and evaluated in float64.
- W2 squared is compared with their package in float64 (torch's default type); their own default is float32.
"""

import argparse
import os
import time
import warnings
from functools import partial

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import dynamical_similarity.dsa as ours
import numpy as np

SETTINGS = {"n_delays": 70, "rank": 6}
ROUNDS = 5


def lorenz(rho, start, samples=2000, step=0.01):
    """The Lorenz system by the classical Runge-Kutta method, each channel standardised; (samples, 3)."""

    def slope(state):
        x, y, z = state
        return np.array([10 * (y - x), x * (rho - z) - y, x * y - 8 / 3 * z])

    state, path = np.array(start), np.zeros((samples, 3))
    for t in range(-1000, samples):
        a = slope(state)
        b = slope(state + step / 2 * a)
        c = slope(state + step / 2 * b)
        d = slope(state + step * c)
        state = state + step / 6 * (a + 2 * b + 2 * c + d)
        if t >= 0:
            path[t] = state
    return (path - path.mean(axis=0)) / path.std(axis=0)


def recordings():
    starts = np.random.default_rng(0).normal(size=(5, 3)) * [8, 8, 5] + [0, 0, 25]
    return [lorenz(rho, start) for rho in (28.0, 75.0, 152.0, 220.0) for start in starts]


def original():
    """dsa-metric 2.0.2 and torch, or None and the reason."""
    try:
        import importlib.metadata

        import DSA
        import torch

        version = importlib.metadata.version("dsa-metric")
    except ImportError as error:
        return None, str(error)
    if version != "2.0.2":
        return None, f"dsa-metric is {version}, not 2.0.2"
    torch.set_num_threads(1)
    return (DSA, torch), ""


def seconds(call):
    begun = time.process_time()
    result = call()
    return time.process_time() - begun, result


def in_turn(calls):
    """The least time of each call, and its last result."""
    found = [[] for _ in calls]
    for _ in range(ROUNDS):
        for times, call in zip(found, calls, strict=True):
            times.append(seconds(call))
    return [(min(time for time, _ in times), times[-1][1]) for times in found]


def fitted(package, data):
    model = package.DSA(data, **SETTINGS)
    model.fit_dmds()
    return model


def angle_of(a, b, transform):
    u, _, vt = np.linalg.svd(np.asarray(transform, dtype=np.float64))
    c = u @ vt
    return 2 * np.arcsin(np.linalg.norm(a / np.linalg.norm(a) - c @ b @ c.T / np.linalg.norm(b)) / 2)


def their_angles(package, torch, operators, pairs):
    """Seconds per pair, and their angles evaluated in float64."""
    distance = package.SimilarityTransformDist(iters=1500, lr=5e-3, score_method="angular")
    torch.manual_seed(0)
    tensors = [torch.from_numpy(one).float() for one in operators]
    distance.fit_score(tensors[0].clone(), tensors[1].clone(), iters=10)
    angles, total = [], 0.0
    for i, j in pairs:
        # The original divides the tensors that it is given by their norms.
        took, _ = seconds(partial(distance.fit_score, tensors[i].clone(), tensors[j].clone()))
        total += took
        angles.append(angle_of(operators[i], operators[j], distance.C_star.numpy()))
    return total / len(pairs), np.array(angles)


def our_angles(operators):
    """The time of all angles, their matrix, and the angles of the transforms."""
    model = ours.DSA([np.zeros((2, 1))] * len(operators), score_method="angular")
    for model_of_one, operator in zip(model.dmds[0], operators, strict=True):
        model_of_one.A_v = operator
    times = [seconds(model.score) for _ in range(ROUNDS)]
    return min(time for time, _ in times), times[-1][1]


def report(name, mine, theirs, at_least):
    print(f"{name:8} ours        {mine:10.4f} s")
    if theirs is not None:
        verdict = "reached" if theirs / mine >= at_least else "NOT reached"
        print(f"{name:8} dsa-metric  {theirs:10.4f} s")
        print(f"{name:8} ratio       {theirs / mine:10.1f}     (at least {at_least}: {verdict})")


def compare_angles(peer, operators, arguments):
    """The time of all angles, and how ours compare with theirs between the same operators."""
    mine, matrix = our_angles(operators)
    if peer is None:
        report("angles", mine, None, 4000)
        return
    pairs = [(i, j) for i in range(len(operators)) for j in range(i)]
    chosen = pairs
    if not arguments.all_pairs:
        chosen = [pairs[k] for k in np.linspace(0, len(pairs) - 1, arguments.pairs).astype(int)]
    per_pair, theirs = their_angles(*peer, operators, chosen)
    report("angles", mine, per_pair * len(pairs), 4000)
    print(f"angles   {len(chosen)} of the {len(pairs)} of dsa-metric were timed, {per_pair:.2f} s each")
    excess = np.array([matrix[i, j] for i, j in chosen]) - theirs
    spread = f"largest {excess.max():.1e}, median {np.median(excess):.1e}, least {excess.min():.1e}"
    print(f"angles   ours minus theirs, in rad: {spread}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=6, help="angles of dsa-metric to time")
    parser.add_argument("--all-pairs", action="store_true", help="time all angles of dsa-metric")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    data = recordings()
    peer, why = original()
    if peer is None:
        print(f"dsa-metric cannot be imported, so it is not timed: {why}")
    packages = [ours] if peer is None else [ours, peer[0]]
    fits = in_turn([lambda package=package: fitted(package, data) for package in packages])
    report("fit", fits[0][0], fits[1][0] if peer else None, 20)
    spectra = in_turn([lambda package=package: package.DSA(data, **SETTINGS).fit_score() for package in packages])
    report("spectra", spectra[0][0], spectra[1][0] if peer else None, 1)
    compare_angles(peer, [np.array(dmd.A_v) for dmd in fits[0][1].dmds[0]], arguments)
    if peer is None:
        return
    DSA, torch = peer
    torch.set_default_dtype(torch.float64)
    exact = DSA.DSA(data, **SETTINGS).fit_score()
    print(f"spectra  W2 squared: largest difference {np.abs(spectra[0][1] - exact).max():.1e} from theirs in float64,")
    print(f"spectra  and {np.abs(spectra[1][1] - exact).max():.1e} between theirs in float32 and in float64")


if __name__ == "__main__":
    main()
