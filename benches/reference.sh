#!/bin/sh
# Time and cosine of a pair of operators: this library beside the authors' package dsa-metric 2.0.2, in one run.
#
#     PYTHON=v/bin/python sh benches/reference.sh [ORDER]...
#
# PYTHON (default python3) is an interpreter that has the package; where it is missing, this says what to install and
# ends with 0. Orders: 6 15 30 unless given. The library is built in release, solves in bulk on one core
# (timed_pairs of dynamical-similarity-optima) and writes the operators; reference.py hands the same operators to the
# package and prints a table. Half a minute to two minutes beside the build. Nothing else should run meanwhile: the
# load average is printed for that.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
if ! command -v "$python" >/dev/null 2>&1; then
    echo "The reference cannot be run: there is no $python. Install Python 3.10, or name an interpreter: PYTHON=..."
    echo "What else it needs is said at the top of $here/reference.py."
    exit 0
fi
"$python" "$here/reference.py" --check || exit 0
pairs=$(mktemp)
trap 'rm -f "$pairs"' EXIT
manifest=$here/../Cargo.toml
cargo build --quiet --release --manifest-path "$manifest" -p dynamical-similarity-optima --bin timed_pairs
uptime
cargo run --quiet --release --manifest-path "$manifest" -p dynamical-similarity-optima --bin timed_pairs -- "$@" >"$pairs"
"$python" "$here/reference.py" "$pairs"
uptime
