"""Makes statistics.json, the reference of cli/src/statistics.rs and of the case studies.

python3 -m pip install scikit-learn==1.9.1 numpy; python3 statistics.py > statistics.json
"""
import json

import numpy as np
from sklearn.metrics import (accuracy_score, adjusted_rand_score, balanced_accuracy_score,
                             silhouette_score)
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC


def scaling(distances, dimensions):
    """Classical scaling by numpy's eigen-solver (scikit-learn has only SMACOF)."""
    count = len(distances)
    centre = np.eye(count) - 1 / count
    values, vectors = np.linalg.eigh(-centre @ distances**2 @ centre / 2)
    values, vectors = values[::-1][:dimensions], vectors[:, ::-1][:, :dimensions]
    largest = vectors[np.abs(vectors).argmax(0), np.arange(dimensions)]
    return vectors * np.sqrt(np.maximum(values, 0)) * np.sign(largest)


def case(seed, sizes, spread):
    random = np.random.default_rng(seed)
    classes = np.repeat(np.arange(len(sizes)), sizes)
    points = random.normal(size=(len(sizes), 4))[classes] + spread * random.normal(size=(len(classes), 4))
    order = random.permutation(len(classes))
    points, classes = points[order], classes[order]
    distances = np.linalg.norm(points[:, None] - points, axis=2).round(9)
    np.fill_diagonal(distances, 0)
    # The nearest other one: leave one out with a precomputed distance.
    nearest = cross_val_predict(
        KNeighborsClassifier(1, metric="precomputed"), distances, classes, cv=LeaveOneOut())
    machine = make_pipeline(StandardScaler(), SVC(kernel="linear", C=1, tol=1e-6, break_ties=False))
    # Fold i holds the members i, i + 5, ... of every class, in order.
    place = np.array([np.sum(classes[:k] == classes[k]) for k in range(len(classes))])
    split = [(np.flatnonzero(place % 5 != i), np.flatnonzero(place % 5 == i)) for i in range(5)]
    map_ = scaling(distances, 2)
    return dict(
        distances=distances.ravel().tolist(),
        classes=classes.tolist(),
        nearest=nearest.tolist(),
        accuracy=accuracy_score(classes, nearest),
        balanced_accuracy=balanced_accuracy_score(classes, nearest),
        silhouette=silhouette_score(distances, classes, metric="precomputed"),
        adjusted_rand=adjusted_rand_score(classes, nearest),
        scaling=map_.ravel().tolist(),
        machine_rows=cross_val_predict(machine, distances, classes, cv=split).tolist(),
        machine_scaling=cross_val_predict(machine, map_, classes, cv=split).tolist(),
    )


print(json.dumps([case(1, [8, 8, 8], 0.5), case(2, [15, 6], 1.0), case(3, [7, 5, 9, 6], 0.9)]))
