"""Writes the arrays that tests/read.rs reads: python3 -m venv v && v/bin/pip install numpy && v/bin/python make.py

Every file is what NumPy itself writes (2.x), or such a file cut off.
"""

import pathlib
import zipfile

import numpy as np

here = pathlib.Path(__file__).parent
# 4 samples of 3 channels: sample t of channel c is 10 t + c.
base = 10 * np.arange(4)[:, None] + np.arange(3)
trials = 100 * np.arange(2)[:, None, None] + base


def save(name, array, **options):
    np.save(here / f"{name}.npy", array, **options)


for kind in ["f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
    save(f"little_{kind}", base.astype(f"<{kind}"))
for kind in ["f4", "f8", "i2", "i4", "i8", "u2", "u4", "u8"]:
    save(f"big_{kind}", base.astype(f">{kind}"))
save("bool", base % 2 == 0)
save("extremes_i64", np.array([[-(2**63), 2**63 - 1]]))
save("one", base[:, 1].astype("f8"))
save("fortran", np.asfortranarray(base.astype("f8")))
save("three", trials.astype("f4"))
save("three_fortran", np.asfortranarray(trials.astype(">f8")))
with open(here / "version3.npy", "wb") as file:
    np.lib.format.write_array(file, base.astype("f8"), version=(3, 0))
nan = trials.astype("f8")
nan[1, 2, 0] = np.nan
save("nan", nan)

save("zero", np.float64(1.0))
save("four", trials[None].astype("f8"))
save("empty_time", np.zeros((0, 3)))
save("empty_channels", np.zeros((4, 0)))
save("complex", base + 1j)
save("half", base.astype("f2"))
save("text", np.array(["a", "bc"]))
save("bytes", np.array([b"a", b"bc"]))
save("date", np.array(["2020-01-01"], "M8[D]"))
save("object", np.array([1, None]), allow_pickle=True)
save("structured", np.zeros(2, [("x", "f8"), ("y", "i4")]))
whole = (here / "little_f8.npy").read_bytes()
(here / "truncated.npy").write_bytes(whole[:-5])
(here / "truncated_header.npy").write_bytes(whole[:60])
(here / "twice.npy").write_bytes(whole + whole)

floats = base.astype("f8")
np.savez(here / "single.npz", neurons=floats)
np.savez_compressed(here / "compressed.npz", neurons=np.asfortranarray(floats))
np.savez(here / "several.npz", neurons=floats, lfp=trials)
np.savez(here / "none.npz")
np.savez(here / "bad_inside.npz", good=floats, odd=base + 1j)
with zipfile.ZipFile(here / "no_array.npz", "w") as archive:
    archive.writestr("readme.txt", "no array")
np.savetxt(here / "savetxt.csv", floats, delimiter=",", header="x,time,z")
