"""The bill of materials of the C library, in CycloneDX:

    bill_of_materials.py          is sbom.cdx.json what Cargo.lock says?
    bill_of_materials.py write    writes it anew (needs `cargo install cargo-cyclonedx --version 0.5.9`)
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tomllib

here = pathlib.Path(__file__).parent
kept = here / "sbom.cdx.json"


def write():
    """By cargo-cyclonedx, without what belongs to the machine and the moment it runs on, and without people."""
    command = ["cargo", "cyclonedx", "--quiet", "--format", "json", "--spec-version", "1.5"]
    command += ["--target", "thumbv7em-none-eabihf", "--override-filename", kept.stem]
    subprocess.run(command, cwd=here, env={**os.environ, "SOURCE_DATE_EPOCH": "0"}, check=True)
    text = re.sub(r"path\+file://[^#\"]*#", "path#", kept.read_text())
    text = re.sub(r"\?download_url=file://[^#\"]*", "", text)
    bill = json.loads(text)
    del bill["metadata"]["timestamp"]
    for component in bill["components"]:
        component.pop("author", None)
    kept.write_text(json.dumps(bill, indent=2) + "\n")


def listed():
    """Name, version and SHA-256 of every component in the bill."""
    bill = json.loads(kept.read_text())
    for component in [bill["metadata"]["component"], *bill["components"]]:
        digests = [digest["content"] for digest in component.get("hashes", []) if digest["alg"] == "SHA-256"]
        yield component["name"], component["version"], *digests


def locked():
    """The same of every package in Cargo.lock that is linked or used to build for the target."""
    command = ["cargo", "tree", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"]
    command += ["--target", "thumbv7em-none-eabihf"]
    tree = subprocess.run(command, cwd=here, check=True, capture_output=True, text=True).stdout
    used = {tuple(line.split()[:2]) for line in tree.splitlines()}
    for package in tomllib.loads((here / "Cargo.lock").read_text())["package"]:
        if (package["name"], "v" + package["version"]) in used:
            digest = [package["checksum"]] if "checksum" in package else []
            yield package["name"], package["version"], *digest


if sys.argv[1:] == ["write"]:
    write()
difference = set(listed()) ^ set(locked())
if difference:
    sys.exit(f"sbom.cdx.json is old, write it anew: {sorted(difference)}")
print("the bill of materials is that of Cargo.lock")
