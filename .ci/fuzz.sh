#!/usr/bin/env bash
# Fuzzing that reaches the same inputs each time:
#
#     .ci/fuzz.sh                            every target, two at a time; about ten seconds each
#     .ci/fuzz.sh fit                        one target
#     .ci/fuzz.sh fit -seed=2 -runs=1000000  one target for longer, with what libFuzzer takes as arguments
#     FUZZ_TARGET=fit cargo fuzz run all FILE    one input again (RUSTC_BOOTSTRAP=1 with a released compiler)
#
# The seed and the number of inputs are fixed and no input is kept from an earlier run. libFuzzer also learns from the
# numbers that the code compares, and addresses are among them. So addresses are not randomised, and the environment,
# which lies on the stack, is empty.
set -euo pipefail
script=$(realpath "$0")
cd "$(dirname "$script")/../fuzz"

# Inputs that a target tries in about ten seconds of one core.
declare -A runs=(
    [assignment]=25000 [baseline]=6000 [controlled]=3000 [distance]=3000 [eigenvalues]=45000 [fan]=1500 [fit]=13000 [monitor]=1500
    [qr]=25000 [rank]=2500 [read_csv]=20000 [read_edf]=40000 [read_hdf5]=1200 [read_mat]=20000 [read_npy]=60000 [read_npz]=60000
    [read_raw]=60000 [read_tsv]=20000
    [solve]=30000 [statistics]=15000 [svd]=9000 [symmetric]=8000 [transport]=5000 [wasserstein]=15000
)

if [ $# -eq 0 ]; then
    # Every target has a number of inputs, and nothing else has.
    named=$(printf '%s\n' "${!runs[@]}" | LC_ALL=C sort)
    there=$(cd fuzz_targets && LC_ALL=C ls -- *.rs | sed 's/\.rs$//' | LC_ALL=C sort)
    diff <(echo "$named") <(echo "$there") || { echo ".ci/fuzz.sh does not list the targets of fuzz/fuzz_targets" >&2; exit 1; }
    RUSTC_BOOTSTRAP=1 cargo fuzz build
    export FUZZ_BUILT=yes
    echo "$named" | xargs -P 2 -I TARGET "$script" TARGET
    exit
fi

target=$1
[ -n "${runs[$target]:-}" ] || { echo "no target $target; there are ${!runs[*]}" >&2; exit 1; }
[ -n "${FUZZ_BUILT:-}" ] || RUSTC_BOOTSTRAP=1 cargo fuzz build
mkdir -p "artifacts/$target"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=true
# Inputs are as long as they like from the first on. The limit of time is for one input, and far above what any takes.
(
    cd target/x86_64-unknown-linux-gnu/release
    env -i PATH=/usr/bin:/bin FUZZ_TARGET="$target" ASAN_OPTIONS=detect_odr_violation=0 setarch -R ./all \
        -seed=1 -runs="${runs[$target]}" -len_control=0 -timeout=300 -rss_limit_mb=4096 \
        -print_funcs=0 -print_final_stats=1 -artifact_prefix="../../../artifacts/$target/" "${@:2}"
) > "$log" 2>&1 || passed=false
# What it prints appears at once when it has ended, so that two can run side by side.
echo "-- $target"
if $passed; then
    grep -E 'DONE|stat::(number_of_executed_units|new_units_added)' "$log"
else
    cat "$log"
fi
$passed
