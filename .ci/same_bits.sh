#!/usr/bin/env bash
# The same bits from every build: plain x86-64 vectors, AVX2 chosen at run time, AVX2 at compile time, and
# hardly optimised. Then the instructions that an evaluation of the objective costs, against a ceiling.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_PROFILE_RELEASE_LTO=false CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
folder=target/same_bits
mkdir -p "$folder"
build() { # name, flags of rustc, arguments of cargo
    RUSTFLAGS="$2" cargo build --release -p dynamical-similarity-same-bits --target-dir "$folder/$1" "${@:3}"
    "$folder/$1/release/dynamical-similarity-same-bits" > "$folder/$1.txt"
}
build plain ""
build dispatch "" --features std
[ "$(uname -m)" != x86_64 ] || build compiled "-C target-cpu=x86-64-v3" --features std
build slow "-C opt-level=1" --features std
cat "$folder/plain.txt"
for other in "$folder"/*.txt; do
    cmp "$folder/plain.txt" "$other" && echo "$other: the same"
done

# Millions of instructions of order 15 with AVX2: the program, and its ceiling. A kernel that the compiler
# no longer turns into vectors costs several times as much.
command -v valgrind > /dev/null || { apt-get update -qq && apt-get install -qq -y valgrind; }
grep -q avx2 /proc/cpuinfo || { echo "no AVX2 here: instructions not counted"; exit 0; }
ceiling() { # scalar, millions of instructions
    counted=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        "$folder/dispatch/release/dynamical-similarity-same-bits" 15 "$1" 2>&1 | sed -n 's/.*Collected : //p')
    echo "$1: $((counted / 1000000)) million instructions, at most $2"
    [ "$counted" -le "${2}000000" ]
}
ceiling f64 624
ceiling f32 588
