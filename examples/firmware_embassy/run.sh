#!/usr/bin/env bash
# Builds the firmware for a Cortex-M4F and runs it in QEMU, on virtual time; it must print the statuses of the reports
# that are checked in.
set -euo pipefail
cd "$(dirname "$0")"
../../tests/on_target/setup.sh
eval "$(../../tests/on_target/environment.sh thumbv7em-none-eabihf)"
export CARGO_TARGET_DIR=../../target/firmware
cargo build --quiet --release
# Each instruction takes 32 virtual nanoseconds, and sleeping takes no real time.
timeout --kill-after=5 120 qemu-system-arm -machine mps2-an386 -cpu cortex-m4 -icount shift=5,sleep=off -display none \
    -serial none -monitor none -chardev stdio,id=out,signal=off \
    -semihosting-config enable=on,target=native,chardev=out \
    -kernel "$CARGO_TARGET_DIR/thumbv7em-none-eabihf/release/firmware-embassy" < /dev/null |
    tee "$CARGO_TARGET_DIR/embassy.txt"
grep -vE '^#|power lost|procrustes' ../data/monitor/reports.txt | sed 's/,.*//' | diff "$CARGO_TARGET_DIR/embassy.txt" -
