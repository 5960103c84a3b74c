#!/usr/bin/env bash
# Prints what to export to build for a target without an operating system:
#
#     eval "$(tests/on_target/environment.sh thumbv7em-none-eabihf)"
#     cargo build --release
#
# Where rustup has the target, its compiler is taken, and only the target is named. Elsewhere Debian's
# compiler builds `core` from source (BARE_METAL_CRATES="core alloc" builds `alloc` as well).
# BARE_METAL_DEBIAN=1 takes Debian's compiler in any case. `environment.sh linker` prints the linker's path.
set -euo pipefail

# Debian's compiler expects a linker of this name and brings none.
linker() {
    local candidate
    for candidate in "${RUSTUP_HOME:-$HOME/.rustup}"/toolchains/*/lib/rustlib/*/bin/rust-lld \
        /usr/lib/llvm-*/bin/lld; do
        if [ -x "$candidate" ]; then
            echo "$candidate"
            return
        fi
    done
    echo "no linker: run setup.sh" >&2
    return 1
}

target=${1:?usage: environment.sh TARGET}
if [ "$target" = linker ]; then
    linker
    exit
fi
echo "export CARGO_BUILD_TARGET=$target"
if [ -z "${BARE_METAL_DEBIAN:-}" ] && command -v rustup > /dev/null &&
    rustup target list --installed 2> /dev/null | grep -qx "$target"; then
    exit 0
fi

for program in rustc cargo; do
    [ -x "/usr/bin/$program" ] || { echo "no /usr/bin/$program: run setup.sh" >&2; exit 1; }
done
[ -d /usr/lib/rustlib/src/rust/library/core ] || { echo "no source of core: run setup.sh" >&2; exit 1; }
# A folder with these three alone, so that nothing else on PATH changes.
programs=${XDG_CACHE_HOME:-$HOME/.cache}/dynamical-similarity/programs
mkdir -p "$programs"
ln -sfn /usr/bin/rustc "$programs/rustc"
ln -sfn /usr/bin/cargo "$programs/cargo"
found=$(linker)
ln -sfn "$found" "$programs/rust-lld"

variable=CARGO_TARGET_$(echo "$target" | tr 'a-z.-' 'A-Z__')_LINKER
printf 'export PATH=%q:"$PATH" RUSTC=/usr/bin/rustc\n' "$programs"
echo "export $variable=rust-lld"
# `core` from source is an unstable option of cargo, which a released compiler has to be told to allow.
echo "export RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_BUILD_STD='${BARE_METAL_CRATES:-core}'"
# Two compilers must not share a folder, and settings for the other one do not apply.
echo 'export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/bare-metal"'
echo 'unset RUSTUP_TOOLCHAIN RUSTC_WRAPPER CARGO_BUILD_RUSTC_WRAPPER RUSTFLAGS'
