#!/usr/bin/env bash
# Installs what building for microcontrollers and running on emulated ones needs, from Debian's packages
# alone. Installs only what is missing, and says nothing when nothing is.
set -euo pipefail
cd "$(dirname "$0")"

packages=(
    rustc-web cargo-web rust-web-src                     # a compiler with the source of `core` beside it
    qemu-system-arm qemu-system-misc                     # Cortex-M; RISC-V
    gcc-arm-none-eabi libnewlib-arm-none-eabi binutils-arm-none-eabi
)
command -v node > /dev/null || packages+=(nodejs)        # runs WebAssembly
./environment.sh linker > /dev/null || packages+=(lld-19)

missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q '^install ok installed' ||
        missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
[ "$(id -u)" = 0 ] || { echo "run as root to install: ${missing[*]}" >&2; exit 1; }

echo "installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
{ apt-get update && apt-get install --yes --no-install-recommends "${missing[@]}"; } > "$log" 2>&1 ||
    { tail -n 20 "$log" >&2; exit 1; }
