"""Writes the recordings that tests/formats.rs reads, and what Python reads from them:

    python3 -m venv v && v/bin/pip install numpy scipy h5py hdf5plugin pynwb pyedflib edfio && v/bin/python make.py

Every file is what SciPy, h5py, pynwb, pyedflib, edfio or NumPy writes; no MATLAB was at hand, so that files of its version 7.3
are laid out by h5py as MATLAB lays them out. `expected/NAME.npy` holds the numbers that the library reads back, time x channels,
and `expected/NAME.npz` the trials.
"""

import datetime
import pathlib

import edfio
import h5py
import hdf5plugin
import numpy as np
import pyedflib
import pynwb
import scipy.io

here = pathlib.Path(__file__).parent
(here / "expected").mkdir(exist_ok=True)
random = np.random.default_rng(7)
# 24 samples of 3 channels.
base = random.standard_normal((24, 3))
counts = random.integers(-30000, 30000, (24, 3)).astype("i2")
small = random.integers(0, 256, (24, 3)).astype("u1")
# These compress, so that the filters do act.
held = np.repeat(base[:6], 4, axis=0)
held_counts = np.repeat(counts[:6], 4, axis=0)
trials = random.standard_normal((2, 12, 3))
unequal = [random.standard_normal((n, 3)) for n in (9, 12, 7)]


def expect(name, array):
    np.save(here / "expected" / f"{name}.npy", np.asarray(array, dtype="f8"))


def expect_trials(name, arrays):
    np.savez(here / "expected" / f"{name}.npz", *[np.asarray(x, dtype="f8") for x in arrays])


def hdf5():
    for name, libver in [("old", "earliest"), ("latest", "latest")]:
        path = here / f"{name}.h5"
        with h5py.File(path, "w", libver=libver) as file:
            file["f8"] = base
            file["f8_big"] = base.astype(">f8")
            file["f4"] = base.astype("f4")
            file["f2"] = base.astype("f2")
            file["i2_big"] = counts.astype(">i2")
            file["i8"] = counts.astype("i8") * 2**40
            file["u1"] = small
            file["bool"] = small % 2 == 0
            file["three"] = trials
            file["one"] = base[:, 0]
            file["scalar"] = 2.5
            file["complex"] = base * 1j
            file["text"] = ["a", "b"]
            file["compound"] = np.zeros(3, dtype=[("a", "f8"), ("b", "i4")])
            file["empty"] = np.zeros((0, 3))
            file["objects"] = file["f8"].ref
            chunked = dict(chunks=(16, 2))
            file.create_dataset("chunked", data=base, **chunked)
            file.create_dataset("gzip", data=held, compression="gzip", **chunked)
            file.create_dataset("gzip_shuffle", data=held_counts, compression="gzip", shuffle=True, fletcher32=True, **chunked)
            file.create_dataset("gzip_big", data=held.astype(">f4"), compression="gzip", shuffle=True, **chunked)
            file.create_dataset("lzf", data=held_counts, compression="lzf", shuffle=True, **chunked)
            file.create_dataset("scale_offset", data=held_counts, scaleoffset=0, **chunked)
            growing = file.create_dataset("growing", data=held, maxshape=(None, 3), chunks=(8, 3), compression="gzip")
            growing.attrs["sampling_rate"] = 250.0
            file.create_dataset("both_growing", data=base, maxshape=(None, None), chunks=(8, 3))
            # Chunks that were never written read as the fill value.
            holes = file.create_dataset("holes", shape=(24, 3), dtype="f8", chunks=(10, 3), fillvalue=1.5)
            holes[10:20] = base[10:20]
            file.create_dataset("huge", shape=(10**12, 3), dtype="f8", compression="gzip", chunks=(1000, 3))
            file["group/nested/deep"] = base
            file["group/soft"] = h5py.SoftLink("/f8")
            file.create_dataset("blosc", data=held, chunks=(24, 3), **hdf5plugin.Blosc(cname="lz4"))
            # Enough names to need more than one node of the index of a group, and enough attributes for a heap.
            file["many/unit00"] = base[:, :1]
            for k in range(1, 40):
                file[f"many/unit{k:02}"] = file["many/unit00"]
            for k in range(12):
                file["many"].attrs[f"note{k}"] = "x" * k
        with h5py.File(path, "r") as file:
            for key in ["gzip", "gzip_shuffle", "gzip_big", "lzf", "growing", "blosc"]:
                assert file[key].id.get_chunk_info(0).filter_mask == 0, key
            for key in ["f8", "f8_big", "f4", "f2", "i2_big", "i8", "u1", "bool", "three", "one", "chunked", "gzip", "gzip_shuffle"]:
                expect(f"h5_{key}", file[key][()])
            for key in ["gzip_big", "lzf", "scale_offset", "growing", "both_growing", "holes"]:
                expect(f"h5_{key}", file[key][()])
    with h5py.File(here / "virtual.h5", "w") as file:
        file["rates"] = base
        file["rates"].attrs["fs"] = 30.0
        layout = h5py.VirtualLayout(shape=(24, 3), dtype="f8")
        layout[:] = h5py.VirtualSource("elsewhere.h5", "x", shape=(24, 3))
        file.create_virtual_dataset("virtual", layout)
        file["gone"] = h5py.SoftLink("/nowhere")
        file["outside"] = h5py.ExternalLink("elsewhere.h5", "/x")
    with h5py.File(here / "trials.h5", "w") as file:
        # Nothing of them was written: 120 numbered arrays of 16 MB each.
        for k in range(120):
            file.create_dataset(f"trial_{k}", shape=(10**6, 2), dtype="f8", chunks=(10**4, 2), compression="gzip")
    with h5py.File(here / "single.hdf5", "w") as file:
        file["raw"] = counts.T
        file["fs"] = 500.0
        file["labels"] = ["left", "right", "middle"]
    expect("single_hdf5", counts)


def matlab_attributes(item, kind):
    item.attrs["MATLAB_class"] = np.bytes_(kind)
    return item


def matlab73():
    """Dimensions are reversed, cells are references into #refs#, and 512 bytes of text come first."""
    path = here / "v73.mat"
    with h5py.File(path, "w", userblock_size=512, libver="earliest") as file:
        store = lambda name, x, kind: matlab_attributes(file.create_dataset(name, data=np.asarray(x).T), kind)
        store("X", base, "double")
        store("single_X", base.astype("f4"), "single")
        store("counts", counts, "int16")
        packed = file.create_dataset("packed", data=held.T, chunks=(2, 16), compression="gzip", compression_opts=3)
        matlab_attributes(packed, "double")
        # MATLAB shows time x channels x trials.
        store("cube", trials.transpose(1, 2, 0), "double")
        store("Fs", [[1000.0]], "double")
        flags = store("flags", (small % 2 == 0).astype("u1"), "logical")
        flags.attrs["MATLAB_int_decode"] = np.int32(1)
        name = store("name", np.array([[ord(x) for x in "session"]], "u2"), "char")
        name.attrs["MATLAB_int_decode"] = np.int32(2)
        nothing = matlab_attributes(file.create_dataset("nothing", data=np.array([0, 3], "u8")), "double")
        nothing.attrs["MATLAB_empty"] = np.uint8(1)
        for k, x in enumerate(unequal):
            store(f"#refs#/{'abc'[k]}", x, "double")
        references = np.array([[file[f"#refs#/{x}"].ref] for x in "abc"], dtype=h5py.ref_dtype)
        matlab_attributes(file.create_dataset("spikes", data=references, dtype=h5py.ref_dtype), "cell")
        mixed = np.array([[file["#refs#/a"].ref], [file["name"].ref]], dtype=h5py.ref_dtype)
        matlab_attributes(file.create_dataset("mixed", data=mixed, dtype=h5py.ref_dtype), "cell")
        # An array of structures: a reference for each element under the name of the field.
        matlab_attributes(file.create_group("runs"), "struct")
        file.create_dataset("runs/data", data=references, dtype=h5py.ref_dtype)
        parts = np.zeros((3, 24), dtype=[("real", "f8"), ("imag", "f8")])
        matlab_attributes(file.create_dataset("wave", data=parts), "double")
        sparse = matlab_attributes(file.create_group("sparse"), "double")
        sparse.attrs["MATLAB_sparse"] = np.uint64(3)
        sparse["data"] = np.ones(3)
        matlab_attributes(file.create_group("session"), "struct")
        store("session/rates", base, "double")
        store("session/fs", [[200.0]], "double")
    expect("mat_packed", held)
    with open(path, "r+b") as file:
        text = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Mon Jan 01 00:00:00 2024 HDF5 schema 1.00 ."
        file.write(text.ljust(116) + b" " * 8 + b"\x00\x02IM")


def matlab():
    cell = lambda xs: np.array([*xs, None], dtype=object)[:-1]
    values = {
        "X": base,
        "single_X": base.astype("f4"),
        "counts": counts,
        "small": small,
        "i1": (small.astype("i2") - 128).astype("i1"),
        "i4": counts.astype("i4") * 50000,
        "u4": small.astype("u4") * 10**7,
        "i8": counts.astype("i8") * 2**40,
        "whole": counts.astype("f8"),
        "flags": small % 2 == 0,
        "cube": trials.transpose(1, 2, 0),
        "Fs": 1000.0,
        "name": "session",
        "nothing": np.zeros((0, 3)),
        "wave": base * 1j,
        "spikes": cell(unequal),
        "mixed": cell([base, "text"]),
        "session": {"rates": base, "fs": 200.0, "trial": cell([x.T for x in unequal])},
        "runs": np.array([(x, "go") for x in unequal], dtype=[("data", object), ("cue", object)]),
        "sparse": scipy.sparse.csc_array(np.diag([1.0, 2.0, 3.0])),
    }
    scipy.io.savemat(here / "v7.mat", values, do_compression=True)
    scipy.io.savemat(here / "v6.mat", values, do_compression=False)
    plain = {key: values[key] for key in ["X", "whole", "Fs", "name"]}
    scipy.io.savemat(here / "v4.mat", plain, format="4")
    read = scipy.io.loadmat(here / "v7.mat")
    for key in ["X", "single_X", "counts", "small", "i1", "i4", "u4", "i8", "whole", "flags"]:
        expect(f"mat_{key}", read[key])
    expect("mat_cube", read["cube"].transpose(2, 0, 1))
    expect_trials("mat_spikes", unequal)
    scipy.io.savemat(here / "one.mat", {"X": base, "Fs": 1000.0, "name": "session"}, do_compression=True)


def nwb():
    file = pynwb.NWBFile("recordings for tests", "1", datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc))
    device = file.create_device("probe")
    group = file.create_electrode_group("shank", description="one", location="M1", device=device)
    for k in range(3):
        file.add_electrode(group=group, location="M1")
    electrodes = file.create_electrode_table_region([0, 1, 2], "all")
    lfp = pynwb.ecephys.ElectricalSeries(
        name="lfp", data=counts, electrodes=electrodes, rate=1250.0, conversion=1.95e-7, offset=1e-5, channel_conversion=[1.0, 1.1, 0.9]
    )
    file.add_acquisition(lfp)
    pupil = pynwb.TimeSeries(name="pupil", data=base[:, 0], unit="mm", timestamps=0.5 + 0.02 * np.arange(24))
    file.add_acquisition(pupil)
    times = np.concatenate([np.arange(14), np.arange(19, 29)]) / 100
    gaps = pynwb.TimeSeries(name="gaps", data=base, unit="a.u.", timestamps=times, conversion=2.0)
    module = file.create_processing_module("behavior", "what it did")
    wheel = pynwb.behavior.SpatialSeries(name="wheel", data=base, reference_frame="left", rate=60.0)
    module.add(pynwb.behavior.Position(spatial_series=[wheel]))
    module.add(gaps)
    spikes = [np.sort(random.uniform(0.3, 2.0, n)) for n in (60, 0, 25)]
    for times in spikes:
        file.add_unit(spike_times=times)
    path = here / "session.nwb"
    with pynwb.NWBHDF5IO(path, "w") as io:
        io.write(file, cache_spec=False)
    with pynwb.NWBHDF5IO(path, "r") as io:
        read = io.read()
        expect("nwb_lfp", read.acquisition["lfp"].get_data_in_units())
        expect("nwb_pupil", read.acquisition["pupil"].get_data_in_units())
        expect("nwb_gaps", read.processing["behavior"]["gaps"].get_data_in_units())
        expect("nwb_wheel", read.processing["behavior"]["Position"]["wheel"].get_data_in_units())
        found = [np.floor(read.units["spike_times"][k] / 0.02).astype(int) for k in range(3)]
        first, last = min(x.min() for x in found if len(x)), max(x.max() for x in found if len(x))
        binned = [np.bincount(x - first, minlength=last - first + 1) for x in found]
        expect("nwb_units", np.stack(binned, axis=1))
    # One series of data and nothing else.
    lone = pynwb.NWBFile("one series", "2", datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc))
    lone.add_acquisition(pynwb.TimeSeries(name="rates", data=base, unit="Hz", rate=50.0))
    with pynwb.NWBHDF5IO(here / "lone.nwb", "w") as io:
        io.write(lone, cache_spec=False)


def edf():
    time = np.arange(400) / 200
    waves = [200 * np.sin(2 * np.pi * f * time) for f in (3.0, 7.0, 11.0)]
    headers = [
        dict(label=f"EEG {name}", dimension="uV", sample_frequency=200, physical_max=500.5, physical_min=-499.25,
             digital_max=top, digital_min=-top - 1, transducer="", prefilter="")
        for name, top in zip(["Fp1", "Fp2", "Cz"], [32767, 32767, 2047])
    ]
    for name, kind in [("plus.edf", pyedflib.FILETYPE_EDFPLUS), ("plus.bdf", pyedflib.FILETYPE_BDFPLUS),
                       ("rates.edf", pyedflib.FILETYPE_EDFPLUS)]:
        with pyedflib.EdfWriter(str(here / name), 3, file_type=kind) as file:
            mine = [dict(x) for x in headers]
            samples = list(waves)
            if name == "rates.edf":
                mine[2]["sample_frequency"] = 50
                samples[2] = samples[2][::4].copy()
            file.setSignalHeaders(mine)
            file.writeSamples(samples)
            file.writeAnnotation(0.5, -1, "cue")
    for name in ["plus.edf", "plus.bdf"]:
        with pyedflib.EdfReader(str(here / name)) as file:
            expect(name.replace(".", "_"), np.stack([file.readSignal(k) for k in range(3)], axis=1))
    signals = [edfio.EdfSignal(x, 200, label=f"EEG {k}", physical_range=(-210, 220)) for k, x in enumerate(waves)]
    edfio.Edf(signals).write(here / "plain.edf")
    expect("plain_edf", np.stack([x.data for x in edfio.read_edf(here / "plain.edf").signals], axis=1))


def raw():
    counts.astype("<i2").tofile(here / "counts.bin")
    expect("counts_bin", counts)


def archives():
    np.savez(here / "named.npz", rest=unequal[0], reach=unequal[1], grasp=unequal[2])
    expect_trials("named_npz", [unequal[2], unequal[1], unequal[0]])
    np.savez(here / "rate.npz", data=unequal[0], fs=250.0)


hdf5()
matlab73()
matlab()
nwb()
edf()
raw()
archives()
