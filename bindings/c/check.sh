#!/usr/bin/env bash
# The C interface:
#
#     bindings/c/check.sh            header, tests on the host (also under valgrind), firmware in QEMU
#     bindings/c/check.sh header     writes the header anew
#
# Installs what is missing (Debian, as root). Builds lie in target/c.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
work=$root/target/c
export CARGO_TARGET_DIR=$work
mkdir -p "$work"
say() { printf '\n-- %s\n' "$*"; }

say "The header is that of the sources"
# A tool that runs for a moment need not be optimised.
command -v cbindgen > /dev/null ||
    CARGO_PROFILE_RELEASE_OPT_LEVEL=0 \
        cargo install --quiet cbindgen --locked --version 0.29.4 --target-dir "$work/cbindgen"
header=include/dynamical_similarity.h
# Functions for both scalars come out of macros, which only an unstable option of the compiler expands.
RUSTC_BOOTSTRAP=1 cbindgen --quiet --config cbindgen.toml --crate dynamical-similarity-c --output "$work/header.h" .
if [ "${1:-check}" = header ]; then
    cp "$work/header.h" $header
    exit
fi
diff $header "$work/header.h" || { echo "the header is old: bindings/c/check.sh header" >&2; exit 1; }
warnings="-Wall -Wextra -Wconversion -Werror"
echo '#include "dynamical_similarity.h"' | gcc -std=c99 $warnings -pedantic -Iinclude -fsyntax-only -x c -
echo '#include "dynamical_similarity.h"' | g++ -std=c++11 $warnings -pedantic -Iinclude -fsyntax-only -x c++ -
awk '/^```/ { inside = $0 == "```c"; next } inside' README.md | gcc -std=c11 $warnings -Iinclude -fsyntax-only -x c -
echo "current; clean in C99 and C++11; the example of the README too"

say "Format, lints, the same bits as the library"
cargo fmt --check
cargo clippy --quiet --all-targets -- -D warnings
cargo test --quiet

say "Tests in C on the host"
for program in valgrind cmake cppcheck; do
    command -v $program > /dev/null || { apt-get update -qq && apt-get install -qq -y $program; } > /dev/null
done
firmware=$root/examples/firmware_c
build() { # folder, options
    cmake -S "$firmware" -B "$1" "${@:2}" > "$work/cmake.log" && cmake --build "$1" > "$work/cmake.log" 2>&1 ||
        { tail -n 20 "$work/cmake.log" >&2; exit 1; }
}
build "$work/host"
library=$work/host/dynamical-similarity/cargo/release/libdynamical_similarity_c.a
memcheck="valgrind --quiet --error-exitcode=1 --leak-check=full --show-leak-kinds=all"
for test in sizes refusals streaming predicting monitoring; do
    gcc -std=c11 -O1 -g $warnings -Iinclude "tests/c/$test.c" "$library" -lm -o "$work/$test"
    "$work/$test"
    $memcheck "$work/$test" > /dev/null
done
for program in firmware monitor; do
    "$work/host/$program" > "$work/$program.host.txt"
    $memcheck "$work/host/$program" | cmp - "$work/$program.host.txt"
done
grep -v '^#' "$work/monitor.host.txt" | diff - "$root/examples/data/monitor/reports.txt"
echo "the same under valgrind; the monitor's reports are those that are checked in"

say "The header against MISRA C:2012"
# misra.c uses every macro that gives a length. README.md says which rules the header departs from, and why.
cppcheck --quiet --addon=misra --std=c99 --enable=style,warning,portability --error-exitcode=1 -Iinclude \
    --suppress=missingIncludeSystem --suppress=unusedFunction --suppress=unusedStructMember \
    --suppress=misra-c2012-2.4:include/dynamical_similarity.h --suppress=misra-c2012-2.5:include/dynamical_similarity.h \
    --suppress=misra-c2012-12.1:tests/c/misra.c tests/c/misra.c
echo "no rule is broken but 2.4, 2.5 and 12.1"

say "The bill of materials"
python3 bill_of_materials.py

say "The firmware on a Cortex-M4F"
"$root/tests/on_target/setup.sh"
(
    eval "$("$root/tests/on_target/environment.sh" thumbv7em-none-eabihf)"
    build "$work/board" --toolchain "$firmware/cortex-m4f.cmake"
)
for program in firmware monitor; do
    image=$work/board/$program.elf
    arm-none-eabi-size "$image"
    arm-none-eabi-nm --demangle "$image" > "$work/symbols.txt"
    if grep -E 'core::panicking|(unwrap|expect)_failed|core::slice::index|rust_begin_unwind|core::fmt' "$work/symbols.txt"; then
        echo "the firmware can panic" >&2
        exit 1
    fi
    timeout --kill-after=5 120 qemu-system-arm -machine mps2-an386 -cpu cortex-m4 -display none -serial none \
        -monitor none -parallel none -chardev stdio,id=out,signal=off \
        -semihosting-config enable=on,target=native,chardev=out -kernel "$image" \
        < /dev/null > "$work/$program.board.txt"
    cat "$work/$program.board.txt"
    grep -v '^#' "$work/$program.board.txt" > "$work/words.txt"
    grep -v '^#' "$work/$program.host.txt" | diff "$work/words.txt" -
done
echo "no panic left; the same words as on the host"

say "The firmware in Rust on a Cortex-M4F"
"$root/examples/firmware/run.sh"
echo "the same reports as in C"
"$root/examples/firmware_embassy/run.sh"
echo "the same statuses in tasks of embassy, fed by an interrupt"
