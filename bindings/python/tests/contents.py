"""What a wheel and an archive of the sources must hold: python contents.py WHEEL ARCHIVE"""

import sys
import tarfile
import zipfile
from pathlib import Path

LARGEST_WHEEL = 8_000_000

wheel, archive = map(Path, sys.argv[1:])
with zipfile.ZipFile(wheel) as opened:
    inside = opened.namelist()
size = wheel.stat().st_size
for name in ("py.typed", "_native.pyi", "dsa/__init__.py", "licenses/LICENSE-MIT", "licenses/LICENSE-APACHE"):
    assert any(path.endswith(name) for path in inside), f"{wheel.name} lacks {name}"
assert "cp310-abi3" in wheel.name, f"{wheel.name} is not for every Python from 3.10 on"
assert size < LARGEST_WHEEL, f"{wheel.name} has {size} bytes"
with tarfile.open(archive) as opened:
    sources = opened.getnames()
for name in ("pyproject.toml", "Cargo.lock", "src/lib.rs", "LICENSE-MIT", "cli/src/lib.rs", "systems/src/lib.rs"):
    assert any(path.endswith(name) for path in sources), f"{archive.name} lacks {name}"
print(f"{wheel.name}: {size / 1e6:.1f} MB; {archive.name}: {archive.stat().st_size / 1e6:.1f} MB")
