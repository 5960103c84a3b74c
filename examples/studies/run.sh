#!/usr/bin/env bash
# Makes the recordings of the three studies and compares them.
#
#     examples/studies/run.sh DIR [pictures]
#
# DIR gets the recordings and a folder of results for each study. Python with NumPy and SciPy is needed (PYTHON names it, or
# python3 is taken); DSA names a program that is built already. With `pictures`, the pages are kept as pictures beside this
# script, for which Chromium and the Python package Pillow are needed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
python=${PYTHON:-python3}
if [ -n "${DSA:-}" ]; then
    dsa=$(realpath "$DSA")
else
    cargo build --quiet --release --manifest-path "$here/../../Cargo.toml" --package dynamical-similarity-cli
    dsa=$(realpath "$here/../../target/release/dsa")
fi
mkdir -p "$1"
cd "$1"

"$python" "$here/rnn_states.py" rnn
"$dsa" compare rnn/*.npy --labels rnn/tasks.csv --strata rnn/kinds.csv --sensors different --components 10 --output rnn-states

"$python" "$here/spike_counts.py" spikes
"$dsa" compare spikes/*.mat --labels spikes/conditions.csv --strata spikes/animals.csv --sensors different \
    --bin 20ms --smooth 20ms --components 6 --output spike-counts

cp "$here"/../data/fmri/*.csv "$here/hemispheres.csv" .
"$dsa" compare left-?.csv right-?.csv --labels hemispheres.csv --rate 0.529 --output fmri-hemispheres

[ "${2:-}" = pictures ] || exit 0
for study in rnn-states spike-counts fmri-hemispheres; do
    chromium --headless --no-sandbox --hide-scrollbars --window-size=1280,9000 --screenshot="$study.png" "file://$PWD/$study/report.html" 2> log
    "$python" - "$study.png" "$here/$study.png" << 'EOF'
import sys
from PIL import Image, ImageChops
page = Image.open(sys.argv[1]).convert("RGB")
empty = Image.new("RGB", page.size, page.getpixel((0, page.height - 1)))
bottom = ImageChops.difference(page, empty).getbbox()[3]
page = page.crop((0, 0, page.width, min(bottom + 24, page.height)))
page.quantize(96, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(sys.argv[2], optimize=True)
EOF
done
