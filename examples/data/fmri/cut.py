"""Cuts nitime's fmri_timeseries.csv into recordings of one hemisphere and one half each.

Usage: python3 cut.py fmri_timeseries.csv      (no packages needed)
"""

import csv
import pathlib
import sys

REGIONS = ["Put", "Thal", "PCC"]
VOLUMES = 250

with open(sys.argv[1], newline="") as source:
    names, *volumes = list(csv.reader(source))
assert len(volumes) == VOLUMES, len(volumes)
here = pathlib.Path(__file__).parent
for side, letter in [("left", "L"), ("right", "R")]:
    columns = [names.index(letter + region) for region in REGIONS]
    for half in (1, 2):
        rows = volumes[(half - 1) * VOLUMES // 2 : half * VOLUMES // 2]
        with open(here / f"{side}-{half}.csv", "w", newline="") as target:
            writer = csv.writer(target, lineterminator="\n")
            writer.writerow(names[column] for column in columns)
            writer.writerows([row[column] for column in columns] for row in rows)
