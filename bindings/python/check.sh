#!/usr/bin/env bash
# The Python package: a wheel and an archive of its sources are built, the wheel is installed, and everything is tested.
#
#     bindings/python/check.sh           all of it; PYTHON=python3.12 takes another Python
#     bindings/python/check.sh build     builds and installs only
#
# Needs Rust and Python. What else it needs is installed from PyPI into target/python.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
work=$root/target/python
say() { printf '\n-- %s\n' "$*"; }

[ -x "$work/bin/python" ] || "${PYTHON:-python3}" -m venv "$work"
export PATH=$work/bin:$PATH VIRTUAL_ENV=$work PIP_DISABLE_PIP_VERSION_CHECK=1
pip install --quiet 'maturin>=1.8,<2' 'numpy>=1.23'

say "A wheel, and an archive of the sources"
rm -rf "$work/dist"
# The environment of the build would compile maturin's helpers anew each time; it is here already.
pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$work/dist" .
maturin sdist --out "$work/dist" 2> /dev/null
python tests/contents.py "$work"/dist/*.whl "$work"/dist/*.tar.gz
pip install --quiet --no-deps --force-reinstall "$work"/dist/*.whl

say "It is installed with NumPy only"
(cd "$work" && python -c "
import dynamical_similarity as ds, sys
assert ds.fit(ds.simulate('lorenz', samples=300, seed=1), delays=5, rank=3).rank == 3
extra = {name.partition('.')[0] for name in sys.modules} & {'torch', 'scipy', 'sklearn', 'matplotlib', 'pandas'}
assert not extra, extra")
dsa --version
[ "${1:-check}" = check ] || exit 0

say "Style and types"
pip install --quiet 'mypy==2.4.1' 'ruff==0.17.6' pytest matplotlib scikit-learn distributed tqdm nbclient nbformat ipykernel
ruff check --quiet .
ruff format --quiet --check .
mypy

say "Tests and examples"
# From the wheel, not from the sources beside the tests.
(cd tests && python -m pytest --quiet --rootdir . --import-mode=importlib)
