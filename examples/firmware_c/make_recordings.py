#!/usr/bin/env python3
"""Writes recordings.h: parts of two Lorenz systems as C arrays, from the arrays of the golden tests."""
import ast
import pathlib
import struct

HERE = pathlib.Path(__file__).parent
INPUTS = HERE / "../../tests/golden/inputs"
SAMPLES = 300


def read(name):
    """Rows of a NumPy array of float64 in C order."""
    data = (INPUTS / name).read_bytes()
    (length,) = struct.unpack_from("<H", data, 8)
    header = ast.literal_eval(data[10 : 10 + length].decode())
    assert header["descr"] == "<f8" and not header["fortran_order"]
    rows, columns = header["shape"]
    values = struct.unpack_from(f"<{rows * columns}d", data, 10 + length)
    return [values[i * columns : (i + 1) * columns] for i in range(rows)]


def literal(x):
    """The nearest float, in as few digits as name it."""
    (single,) = struct.unpack("<f", struct.pack("<f", x))
    for digits in range(1, 10):
        text = f"{single:.{digits}g}"
        if struct.unpack("<f", struct.pack("<f", float(text))) == (single,):
            break
    return text + ("f" if "." in text or "e" in text else ".0f")


def array(name, comment, rows):
    lines = ["    " + ", ".join(map(literal, row)) + "," for row in rows]
    return "\n".join([f"/* {comment} */", f"static const float {name}[SAMPLES * CHANNELS] = {{", *lines, "};", ""])


near, far = read("lorenz_75_0.npy"), read("lorenz_152_0.npy")
text = "\n".join(
    [
        "/* Made by make_recordings.py from tests/golden/inputs. */",
        "#ifndef RECORDINGS_H",
        "#define RECORDINGS_H",
        "",
        f"enum {{ SAMPLES = {SAMPLES}, CHANNELS = 3 }};",
        "",
        array("calibration", "The Lorenz system at rho = 75.", near[:SAMPLES]),
        array("same_later", "The same trajectory, later.", near[SAMPLES : 2 * SAMPLES]),
        array("another", "The Lorenz system at rho = 152.", far[:SAMPLES]),
        "#endif",
        "",
    ]
)
(HERE / "recordings.h").write_text(text)
