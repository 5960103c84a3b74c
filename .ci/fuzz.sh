#!/usr/bin/env bash
# Runs one fuzz target for ten seconds, from the same seed every time. What it prints appears at once when it has ended, so that two can run side by side.
set -euo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=true
cargo fuzz run "$1" -- -seed=1 -max_total_time=10 -rss_limit_mb=4096 -timeout=20 -verbosity=0 -print_final_stats=1 > "$log" 2>&1 ||
    passed=false
echo "-- $1"
cat "$log"
$passed
