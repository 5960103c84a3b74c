"""Makes statistics.json: statistics of groups of distances, computed by scikit-bio, scikit-learn and NumPy.

    pip install numpy==2.4.6 scikit-bio==0.7.4 scikit-learn
    python make_statistics.py > statistics.json

`dispersion` differs from scikit-bio's PERMDISP (with centroids) in two ways, and is computed here with NumPy: distances to
centroids are multiplied by sqrt(n / (n - 1)), which changes nothing where groups are of one size, and what is permuted is
residual points, moved so that all groups have one centroid. That F is scikit-bio's without the factor is asserted.
"""

import json
import sys
import warnings

import numpy as np
import skbio
from sklearn.metrics import silhouette_score

warnings.filterwarnings("ignore")
PERMUTATIONS = 9_999


def distances(points):
    """Euclidean distances between rows."""
    return np.sqrt(((points[:, None] - points[None]) ** 2).sum(-1))


def permuted(labels, strata, rng):
    """Labels, exchanged within strata."""
    labels = labels.copy()
    for stratum in np.unique(strata):
        places = np.flatnonzero(strata == stratum)
        labels[places] = labels[rng.permutation(places)]
    return labels


def pseudo_f(d, labels):
    n, names = len(labels), np.unique(labels)
    total = (d**2).sum() / (2 * n)
    within = sum((d[np.ix_(labels == g, labels == g)] ** 2).sum() / (2 * (labels == g).sum()) for g in names)
    return (total - within) / (len(names) - 1) / (within / (n - len(names)))


def analysis_of_variance(z, labels):
    names = np.unique(labels)
    means = [z[labels == g].mean() for g in names]
    sizes = [(labels == g).sum() for g in names]
    between = sum(s * (m - z.mean()) ** 2 for s, m in zip(sizes, means)) / (len(names) - 1)
    within = sum(((z[labels == g] - m) ** 2).sum() for g, m in zip(names, means)) / (len(z) - len(names))
    return between / within


def to_centroids(d, labels):
    z = np.zeros(len(labels))
    for g in np.unique(labels):
        block = d[np.ix_(labels == g, labels == g)] ** 2
        z[labels == g] = np.sqrt(block.mean(0) - block.sum() / (2 * block.shape[0] ** 2))
    return z


def unbiased(points, labels):
    """Distances of points to the centroids of their groups, and the residual points."""
    rest = points.copy()
    for g in np.unique(labels):
        n = (labels == g).sum()
        rest[labels == g] = (points[labels == g] - points[labels == g].mean(0)) * np.sqrt(n / (n - 1))
    return np.sqrt((rest**2).sum(1)), rest


def p_of_residuals(points, labels, rng):
    z, rest = unbiased(points, labels)
    observed = analysis_of_variance(z, labels)
    found = [
        analysis_of_variance(unbiased(rng.permutation(rest), labels)[0], labels) for _ in range(PERMUTATIONS)
    ]
    return observed, (1 + np.sum(np.array(found) >= observed)) / (1 + PERMUTATIONS)


def case(name, points, labels, strata, rng):
    d = distances(points)
    matrix = skbio.DistanceMatrix(d)
    grouping = [f"g{x}" for x in labels]
    skbio_p = skbio.stats.distance.permanova(matrix, grouping, permutations=PERMUTATIONS, seed=1)
    observed = pseudo_f(d, labels)
    within_strata = [pseudo_f(d, permuted(labels, strata, rng)) >= observed - 1e-12 for _ in range(PERMUTATIONS)]
    spread = skbio.stats.distance.permdisp(matrix, grouping, test="centroid", permutations=9, seed=1)
    z = to_centroids(d, labels)
    assert np.isclose(analysis_of_variance(z, labels), spread["test statistic"], rtol=1e-10, atol=0)
    sizes = np.array([(labels == g).sum() for g in labels])
    f, p = p_of_residuals(points, labels, rng)
    if len(set(sizes)) == 1:
        f = spread["test statistic"]
    other = distances(points + 1.5 * rng.standard_normal(points.shape))
    mantels = {}
    for method in ["pearson", "spearman"]:
        r, p_r, _ = skbio.stats.distance.mantel(
            matrix, skbio.DistanceMatrix(other), method=method, permutations=PERMUTATIONS, seed=1
        )
        mantels[method] = {"correlation": r, "p": p_r}
    return {
        "name": name,
        "count": len(labels),
        "distances": d.ravel().tolist(),
        "other": other.ravel().tolist(),
        "labels": [int(x) for x in labels],
        "strata": [int(x) for x in strata],
        "permanova": {
            "pseudo_f": skbio_p["test statistic"],
            "p": skbio_p["p-value"],
            "p_within_strata": (1 + int(np.sum(within_strata))) / (1 + PERMUTATIONS),
        },
        "dispersion": {"f": f, "p": p},
        "silhouette": silhouette_score(d, labels, metric="precomputed"),
        "mantel": mantels,
    }


def main():
    rng = np.random.default_rng(20261)
    cases = []
    for name, sizes, shift, wider in [
        ("no difference", [8, 8], 0.0, 1.0),
        ("a shift", [7, 9], 0.9, 1.0),
        ("a wider group", [9, 8], 0.0, 2.0),
        ("three groups", [5, 6, 7], 0.6, 1.4),
    ]:
        labels = np.repeat(np.arange(len(sizes)), sizes)
        strata = np.arange(len(labels)) % 4
        points = rng.standard_normal((len(labels), 3)) * wider ** labels[:, None]
        points += shift * labels[:, None] + 0.7 * rng.standard_normal((4, 3))[strata]
        cases.append(case(name, points, labels, strata, rng))
    json.dump({"permutations": PERMUTATIONS, "cases": cases}, sys.stdout, indent=0)
    print()


main()
