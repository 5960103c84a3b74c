#!/usr/bin/env bash
# Builds the examples for a Cortex-M4F and runs them in QEMU; the monitor must print the reports that are checked in.
set -euo pipefail
cd "$(dirname "$0")"
../../tests/on_target/setup.sh
eval "$(../../tests/on_target/environment.sh thumbv7em-none-eabihf)"
export CARGO_TARGET_DIR=../../target/firmware
cargo build --quiet --release
emulate() {
    timeout --kill-after=5 120 qemu-system-arm -machine mps2-an386 -cpu cortex-m4 -display none -serial none -monitor none \
        -chardev stdio,id=out,signal=off -semihosting-config enable=on,target=native,chardev=out \
        -kernel "$CARGO_TARGET_DIR/thumbv7em-none-eabihf/release/$1" < /dev/null
}
emulate firmware-example
emulate monitor | tee "$CARGO_TARGET_DIR/reports.txt"
grep -v '^#' "$CARGO_TARGET_DIR/reports.txt" | diff - ../data/monitor/reports.txt
