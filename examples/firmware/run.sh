#!/usr/bin/env bash
# Builds the example for a Cortex-M4F and runs it in QEMU.
set -euo pipefail
cd "$(dirname "$0")"
../../tests/on_target/setup.sh
eval "$(../../tests/on_target/environment.sh thumbv7em-none-eabihf)"
export CARGO_TARGET_DIR=../../target/firmware
cargo build --quiet --release
qemu-system-arm -machine mps2-an386 -cpu cortex-m4 -display none -serial none -monitor none \
    -chardev stdio,id=out,signal=off -semihosting-config enable=on,target=native,chardev=out \
    -kernel ../../target/firmware/thumbv7em-none-eabihf/release/firmware-example < /dev/null
