#!/bin/sh
# Makes the simulated recordings of this folder again, byte for byte. Usage: sh examples/data/make.sh [DIR]
set -eu
cd "$(dirname "$0")/../.."
target=${1:-examples/data}
mkdir -p "$target/fig3" "$target/lorenz"
dsa() { cargo run --quiet --release -p dynamical-similarity-cli -- "$@"; }
for seed in 1 2; do
    for system in bistable line point; do
        dsa simulate $system --seed $seed --trials 100 --samples 400 --float32 --output "$target/fig3/$system-$seed.npy"
    done
    for rho in 75 152 220; do
        dsa simulate lorenz --rho $rho --seed $seed --float32 --output "$target/lorenz/lorenz-$rho-$seed.npy"
    done
done
