"""Calls as users of dsa-metric write them, for either package.

`values` and `angles` take the package, the original or ours, and return named results. The reference values were made
by these very functions (make_reference.py), and test_side_by_side.py runs them with both packages where the original is
installed.
"""

from __future__ import annotations

import numpy as np


def lorenz(rho, samples=200, step=0.02, start=(1.0, 2.0, 20.0)):
    """The Lorenz system by the classical Runge-Kutta method; (samples, 3)."""

    def slope(state):
        x, y, z = state
        return np.array([10 * (y - x), x * (rho - z) - y, x * y - 8 / 3 * z])

    state, path = np.array(start), []
    for t in range(samples + 500):
        a = slope(state)
        b = slope(state + step / 2 * a)
        c = slope(state + step / 2 * b)
        d = slope(state + step * c)
        state = state + step / 6 * (a + 2 * b + 2 * c + d)
        if t >= 500:
            path.append(state)
    return np.array(path)


def linear(seed, samples, channels=4, trials=None):
    """A damped rotation that is driven by noise; (samples, channels) or (trials, samples, channels)."""
    random = np.random.default_rng(seed)
    operator = 0.97 * np.linalg.qr(random.normal(size=(channels, channels)))[0]
    paths = np.zeros((trials or 1, samples, channels))
    paths[:, 0] = random.normal(size=(trials or 1, channels))
    for t in range(samples - 1):
        paths[:, t + 1] = paths[:, t] @ operator.T + 0.1 * random.normal(size=(trials or 1, channels))
    return paths[0] if trials is None else paths


def recordings():
    """All recordings that the calls use, by name."""
    return {
        "lorenz28": lorenz(28.0),
        "lorenz75": lorenz(75.0),
        "lorenz152": lorenz(152.0, step=0.01),
        "linear0": linear(0, 200),
        "linear1": linear(1, 200),
        "linear2": linear(2, 200),
        "trials": linear(3, 90, trials=4),
        "other_trials": linear(4, 80, trials=2),
    }


MODELS = {
    "plain": ("lorenz28", {"n_delays": 10, "rank": 6}),
    "interval": ("lorenz75", {"n_delays": 6, "delay_interval": 3, "rank": 5}),
    "trials": ("trials", {"n_delays": 4, "rank": 7}),
    "ragged": ("ragged", {"n_delays": 3, "rank": 6}),
    "full": ("linear0", {"n_delays": 3}),
    "cut_down": ("linear0", {"n_delays": 2, "rank": 50}),
    "threshold": ("linear1", {"n_delays": 4, "rank_thresh": 2.0}),
    "variance": ("linear1", {"n_delays": 4, "rank_explained_variance": 0.9}),
    "ridge": ("linear2", {"n_delays": 3, "rank": 6, "lamb": 0.1}),
    "ahead": ("linear2", {"n_delays": 3, "rank": 6, "steps_ahead": 3}),
    # With 3 delays, 8 of 12 directions are predicted perfectly by the window itself: a rank below 8 would cut through a
    # tie.
    "reduced": ("linear1", {"n_delays": 3, "rank": 10, "reduced_rank_reg": True}),
    "reduced without delays": ("linear1", {"n_delays": 1, "rank": 2, "reduced_rank_reg": True}),
}


def array(value):
    """A tensor or an array as float64 or complex128."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    value = np.asarray(value)
    return value.astype(np.complex128 if np.iscomplexobj(value) else np.float64)


def spectrum(operator):
    """The eigenvalues in an order that does not depend on their rounding, as pairs of numbers."""
    eigenvalues = np.linalg.eigvals(array(operator))
    eigenvalues = eigenvalues[np.lexsort([eigenvalues.imag.round(9), eigenvalues.real.round(9)])]
    return np.stack([eigenvalues.real, eigenvalues.imag], axis=-1)


def values(package, tensor=lambda x: x):
    """Every result that does not come from a search; the original needs torch's default type to be float64.

    The arrays that are passed go through `tensor`, because the original wants tensors in some places.
    """
    x = recordings()
    x["ragged"] = [x["trials"][0], x["trials"][1][:70], x["trials"][2][:60]]
    results = {}
    of_models(package, tensor, x, results)
    of_systems(package, x, results)
    of_operators(package, tensor, x, results)
    of_statistics(package, x, results)
    of_sweeps(package, x, results)
    return results


def of_models(package, tensor, x, results):
    for name, (data, settings) in MODELS.items():
        dmd = package.DMD(x[data], **settings)
        dmd.fit()
        results[f"{name}: rank"] = array(dmd.rank)
        results[f"{name}: |A_v|"] = np.abs(array(dmd.A_v))
        results[f"{name}: spectrum"] = spectrum(dmd.A_v)
        results[f"{name}: S"] = array(dmd.S)
        results[f"{name}: A_havok_dmd"] = array(dmd.A_havok_dmd)
        for reseed in (None, 3, 10_000)[: 3 if name in ("plain", "ahead") else 2]:
            predicted = dmd.predict(reseed=reseed)
            parts = predicted if isinstance(predicted, list) else [predicted]
            for k, part in enumerate(parts):
                results[f"{name}: predict {reseed} {k}"] = array(part)
    dmd = package.DMD(n_delays=4)
    dmd.fit(x["lorenz28"], rank=5)
    for k, part in enumerate(dmd.predict(x["lorenz75"], full_return=True)):
        results[f"later: predict full {k}"] = array(part)
    for k, part in enumerate(dmd.predict([x["lorenz75"], x["lorenz28"][:99]], reseed=2)):
        results[f"later: predict list {k}"] = array(part)
    results["later: predict trials"] = array(dmd.predict(np.stack([x["lorenz28"], x["lorenz75"]])))
    results["later: predict tensor"] = array(dmd.predict(tensor(x["lorenz152"]), reseed=4))
    dmd = package.DMD(x["lorenz28"], 5, 2, 4)
    dmd.fit()
    results["positional: |A_v|"] = np.abs(array(dmd.A_v))


def of_systems(package, x, results):
    three = [x["linear0"], x["linear1"], x["linear2"]]
    two = [x["trials"], x["other_trials"]]
    one = x["trials"]
    common = {"n_delays": 4, "rank": 5}
    calls = {
        "all pairs": lambda: package.DSA(three, **common),
        "lorenz": lambda: package.DSA(
            [x["lorenz28"], x["lorenz75"], x["lorenz152"]], n_delays=10, rank=6, delay_interval=2
        ),
        "list to one": lambda: package.DSA(three, one, **common),
        "one to list": lambda: package.DSA(one, three, **common),
        "two lists": lambda: package.DSA(three, two, **common),
        "two arrays": lambda: package.DSA(x["lorenz28"], x["lorenz75"], n_delays=10, rank=6),
        "ragged": lambda: package.DSA([x["ragged"], x["trials"], x["linear0"]], **common),
        "None and list": lambda: package.DSA(None, three, **common),
        "list of one": lambda: package.DSA([three[0]], [three[1]], **common),
        "one value per system": lambda: package.DSA(three, n_delays=[2, 3, 4], rank=[5, 6, 7], lamb=[0.0, 1e-8, 0.1]),
        "one value per side": lambda: package.DSA(three, two, n_delays=(2, 3), rank=(4, 6)),
        "lists per side": lambda: package.DSA(three, two, n_delays=([2, 3, 4], [4, 5]), rank=([3, 4, 5], [3, 3])),
        "values in excess": lambda: package.DSA(three, n_delays=[2, 3, 4, 5, 6], rank=5),
        "pair of ranks": lambda: package.DSA(three[0], two[1], rank=(3, 6), n_delays=2),
        "explained variance": lambda: package.DSA(three, n_delays=4, rank_explained_variance=0.9),
        "steps ahead": lambda: package.DSA(three, n_delays=4, rank=5, steps_ahead=2),
        "reduced rank": lambda: package.DSA(three, n_delays=2, rank=5, reduced_rank_reg=True),
        "data class": lambda: package.GeneralizedDSA(three, dmd_config=package.DMDConfig(n_delays=4, rank=5)),
        "class of settings": lambda: package.GeneralizedDSA(three, dmd_config=package.DMDConfig),
        "dicts": lambda: package.GeneralizedDSA(
            three, two, dmd_config={"n_delays": 4, "rank": 5}, simdist_config={"score_method": "wasserstein"}
        ),
    }
    for name, call in calls.items():
        dsa = call()
        score = dsa.fit_score()
        results[f"{name}: type"] = array(isinstance(score, float))
        results[f"{name}: score"] = array(score)
        results[f"{name}: sims"] = array(dsa.sims)
    dsa = package.GeneralizedDSA(three, dmd_config={"n_delays": 4, "rank": 5})
    dsa.fit_dmds()
    dsa.update_compare_method("state", {"score_method": "wasserstein"})
    results["update_compare_method: score"] = array(dsa.score())
    results["update_compare_method: |A_v|"] = np.abs(array(dsa.dmds[0][1].A_v))
    results["n_delays: values"] = array(dsa.n_delays)


def operators():
    """Three operators of order 6 and one of order 4."""
    random = np.random.default_rng(7)
    found = [0.9 * np.linalg.qr(random.normal(size=(6, 6)))[0] + 0.1 * random.normal(size=(6, 6)) for _ in range(3)]
    return [*found, found[0][:4, :4].copy()]


def of_operators(package, tensor, x, results):
    a, b, _, small = (tensor(one) for one in operators())
    distance = package.SimilarityTransformDist(score_method="wasserstein")
    results["operators: fit_score"] = array(distance.fit_score(a, b))
    distance.fit(a, b)
    results["operators: score"] = array(distance.score())
    results["operators: C_star"] = array(distance.C_star)
    results["operators: padded"] = array(distance.fit_score(a, small))
    eigenvalues = [np.linalg.eigvals(array(one)) for one in (a, b, small)]
    results["eigenvalues: fit_score"] = array(distance.fit_score(eigenvalues[0], eigenvalues[1]))
    results["eigenvalues: transported"] = array(distance.fit_score(eigenvalues[0], eigenvalues[2]))
    models = [package.DMD(x[name], n_delays=4, rank=5) for name in ("linear0", "linear1")]
    for model in models:
        model.fit()
    distance.fit(*models)
    results["models: score"] = array(distance.score())
    results["in place of: score"] = array(package.SimilarityTransformDist().fit_score(a, b, score_method="wasserstein"))


def of_statistics(package, x, results):
    for name, rank in (("lorenz28", 6), ("trials", 7)):
        dmd = package.DMD(x[name], n_delays=4, rank=rank)
        dmd.fit()
        predicted = dmd.predict(reseed=4)
        for key, value in package.compute_all_stats(x[name], predicted, dmd.rank).items():
            results[f"{name}: {key}"] = array(value)
        start = (dmd.n_delays - 1) * dmd.delay_interval + 1
        late = [dmd.data[..., start:, :], predicted[..., start:, :]]
        for function in ("mae", "mase", "mse", "nmse", "r2", "correl", "log_mse"):
            results[f"{name}: late {function}"] = array(getattr(package, function)(*late))
        results[f"{name}: late aic"] = array(package.aic(*late, rank))
        results[f"{name}: non-normality"] = array(package.measure_nonnormality_transpose(dmd.A_v))
        results[f"{name}: transient growth"] = array(package.measure_transient_growth(dmd.A_v))
        residuals = package.ResidualComputer(dmd, x["lorenz75" if name == "lorenz28" else "other_trials"])
        for k, part in enumerate(residuals.compute()[2:]):
            results[f"{name}: residuals {k}"] = np.sort(np.abs(part))
        results[f"{name}: average residual"] = array(residuals.get_average_residual())
        to_identity = package.dsa_to_id(x[name], rank, 4, 1, score_method="wasserstein")
        results[f"{name}: to identity"] = array(to_identity)


def of_sweeps(package, x, results):
    for name in ("lorenz28", "trials"):
        found = package.sweeps.sweep_ranks_delays(x[name], [1, 2, 3], [2, 4, 6])
        for key, result in zip(("aics", "mases", "nnormals", "residuals"), found, strict=True):
            results[f"{name}: swept {key}"] = array(result)
    sweeper = package.DefaultSweeper(
        data=x["linear1"], param1_values=np.arange(1, 4), param2_values=np.arange(2, 9, 3), model_class="DMD", lamb=1e-3
    )
    sweeper.sweep()
    results["sweeper: mses"] = array(sweeper.mses)
    sweeper = package.DefaultSweeper(x["linear1"], "lamb", [1e-6, 1e-2], "n_delays", [1, 3], reseed=2, rank=3)
    sweeper.sweep()
    results["sweeper: ridges"] = array(sweeper.get_results()["aics"])


def pairs():
    """Operators to search between, by name; the last pair is orthogonally similar."""
    first, second, third, _ = operators()
    q = np.linalg.qr(np.random.default_rng(8).normal(size=(6, 6)))[0]
    return {
        "first": (first, second),
        "second": (first, third),
        "third": (second, third),
        "similar": (first, q @ first @ q.T),
    }


def angles(package, tensor=lambda x: x):
    """The angles that a search finds at the defaults of DSA, by pair, each evaluated here from its transform."""
    results = {}
    for name, (a, b) in pairs().items():
        distance = package.SimilarityTransformDist(iters=1500, lr=5e-3, score_method="angular")
        distance.fit_score(tensor(a.copy()), tensor(b.copy()))
        u, _, vt = np.linalg.svd(array(distance.C_star))
        c = u @ vt
        chord = np.linalg.norm(a / np.linalg.norm(a) - c @ b @ c.T / np.linalg.norm(b))
        results[f"{name}: angle"] = 2 * np.arcsin(chord / 2)
    return results
