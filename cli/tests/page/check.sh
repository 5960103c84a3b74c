#!/usr/bin/env bash
# Builds pages from simulated recordings and checks them in a browser: see check.mjs. Needs node, npm and Chromium; with
# Debian and root, it installs what is missing. The screenshots are in target/page/screenshots.
set -euo pipefail
cd "$(dirname "$0")/../../.."
playwright=1.65.1
missing=()
command -v chromium > /dev/null || missing+=(chromium)
# Where Node.js does not come from Debian, Debian's npm does not go with it.
command -v npm > /dev/null || missing+=(nodejs npm)
if [ ${#missing[@]} -gt 0 ]; then
    { apt-get update -qq && apt-get install -qq -y "${missing[@]}"; } > /dev/null
fi
tools=$PWD/target/page-tools
[ -e "$tools/node_modules/playwright-core" ] || npm install --silent --no-audit --no-fund --prefix "$tools" "playwright-core@$playwright"

# DSA names a program that is built already.
[ -n "${DSA:-}" ] || cargo build --quiet --release --package dynamical-similarity-cli
dsa=$(realpath "${DSA:-target/release/dsa}")
work=$PWD/target/page
rm -rf "$work"
mkdir -p "$work/recordings"
cd "$work/recordings"

# Two kinds of rotations seen through noise, and others; labels name the kind.
recordings() { # how many
    : > "labels-$1.csv"
    for k in $(seq 1 "$1"); do
        rho=$((k % 3 == 0 ? 28 : k % 3 == 1 ? 75 : 152))
        [ -e "lorenz-$k.npy" ] || "$dsa" simulate lorenz --rho "$rho" --seed "$k" --samples 1000 --output "lorenz-$k.npy" > "$work/log" 2>&1
        echo "lorenz-$k,rho $rho" >> "labels-$1.csv"
    done
}
files() { for k in $(seq 1 "$1"); do printf 'lorenz-%s.npy ' "$k"; done; }
echo 'not a recording' > 'broken <b>file.csv'
for count in 3 16 60; do
    recordings "$count"
    # shellcheck disable=SC2046
    "$dsa" compare $(files "$count") --delays 8 --rank 6 --output "$work/single-$count" > "$work/log" 2>&1
    # shellcheck disable=SC2046
    "$dsa" compare $(files "$count") --delays 8 --rank 6 --labels "labels-$count.csv" --output "$work/single-$count-labels" > "$work/log" 2>&1
done
# shellcheck disable=SC2046
"$dsa" compare $(files 16) --quick --labels labels-16.csv --resamples 20 --output "$work/fan-labels" > "$work/log" 2>&1
# shellcheck disable=SC2046
"$dsa" compare $(files 3) 'broken <b>file.csv' --quick --output "$work/fan" > "$work/log" 2>&1 && exit 1
# More classes than a legend holds.
for k in $(seq 1 60); do echo "lorenz-$k,class $((k / 2))"; done > many.csv
# shellcheck disable=SC2046
"$dsa" compare $(files 60) --delays 5 --rank 4 --metric wasserstein --labels many.csv --output "$work/many-classes" > "$work/log" 2>&1
"$dsa" compare lorenz-1.npy lorenz-2.npy --against lorenz-3.npy lorenz-4.npy --quick --output "$work/against" > "$work/log" 2>&1

"$dsa" simulate motor-cortex --seed 10400 --seconds 600 --output normal.npy > "$work/log" 2>&1
"$dsa" simulate motor-cortex --seed 10400 --seconds 600 --session 1 --scenario time-scale:1.5 --at 300 --output watched.npy > "$work/log" 2>&1
"$dsa" calibrate normal.npy --output normal.dsac > "$work/log" 2>&1
mkdir -p "$work/monitor"
"$dsa" monitor --calibration normal.dsac --stream watched.npy --report "$work/monitor/report.html" > "$work/log" 2>&1

cd "$work"
PLAYWRIGHT_FROM=$tools/ node ../../cli/tests/page/check.mjs screenshots ./*/report.html
