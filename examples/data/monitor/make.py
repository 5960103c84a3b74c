#!/usr/bin/env python3
"""Makes the files of this folder again, byte for byte: python3 examples/data/monitor/make.py [DIR]

A simulated motor cortex in counts of an 8-bit converter, 16 to a standard deviation: ten minutes for a calibration, of which
only the calibration is kept, and five minutes whose dynamics slow down by half in the middle."""
import ast
import pathlib
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent
COUNTS = 16


def dsa(*arguments):
    program = ["cargo", "run", "--quiet", "--release", "-p", "dynamical-similarity-cli", "--"]
    subprocess.run([*program, *map(str, arguments)], cwd=ROOT, check=True)


def read(path):
    """Samples of a NumPy array of float64 in C order."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<H", data, 8)
    header = ast.literal_eval(data[10 : 10 + length].decode())
    assert header["descr"] == "<f8" and not header["fortran_order"]
    samples, channels = header["shape"]
    values = struct.unpack_from(f"<{samples * channels}d", data, 10 + length)
    return [values[i * channels : (i + 1) * channels] for i in range(samples)]


def gains(samples):
    """Counts a unit, by the standard deviation of each channel."""
    found = []
    for channel in zip(*samples):
        mean = sum(channel) / len(channel)
        found.append(COUNTS / (sum((x - mean) ** 2 for x in channel) / len(channel)) ** 0.5)
    return found


def converted(samples, gains):
    return [[max(-127, min(127, round(x * gain))) for x, gain in zip(row, gains)] for row in samples]


with tempfile.TemporaryDirectory() as folder:
    normal, changed, counts = (pathlib.Path(folder) / name for name in ("a.npy", "b.npy", "counts.csv"))
    subject = ("simulate", "motor-cortex", "--seed", 11)
    dsa(*subject, "--session", 1, "--seconds", 600, "--output", normal)
    dsa(*subject, "--session", 2, "--seconds", 300, "--at", 150, "--scenario", "time-scale:1.5", "--output", changed)
    recorded = read(normal)
    gain = gains(recorded)
    counts.write_text("".join(",".join(map(str, row)) + "\n" for row in converted(recorded, gain)))
    dsa("calibrate", counts, "--operator", "--rate", 50, "--output", OUT / "calibration.words")
    stream = bytes(x & 0xFF for row in converted(read(changed), gain) for x in row)
    (OUT / "stream.i8").write_bytes(stream)
