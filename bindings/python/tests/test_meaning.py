"""Statistics, sweeps and estimators: equal to the program, to scikit-learn's habits, and to plain definitions."""

import json
import subprocess
import sys

import dynamical_similarity as ds
import numpy as np
import pytest

LABELS = ["a", "a", "b", "b", "c", "c"]


def test_the_numbers_are_those_of_the_program(lorenz, tmp_path):
    options = {"delays": 8, "rank": 4, "resamples": 30, "permutations": 999, "seed": 3}
    found = ds.report(lorenz, tmp_path, labels=LABELS, **options)
    halves = ds.reliability(lorenz, delays=8, rank=4)
    assert halves.within == found["halves"]["within"]
    assert halves.discriminability == found["halves"]["discriminability"]
    bands = ds.null_band(lorenz, delays=8, rank=4, draws=30, seed=3)
    for pair in found["resamples"]["pairs"]:
        at = int(pair["row"]), int(pair["column"])
        ours = {
            "distance": bands.distances[at],
            "null_band_edge": bands.edge[at],
            "p": bands.p[at],
            "q": bands.q[at],
            "z": bands.z[at],
            "lower": bands.lower[at],
            "upper": bands.upper[at],
        }
        assert {name: pair[name] for name in ours} == ours
    groups = found["groups"]
    how = {"permutations": 999, "seed": 3}
    assert ds.permanova(bands.distances, LABELS, **how) == groups["permanova"]
    assert ds.dispersion(bands.distances, LABELS, **how) == groups["dispersion"]
    assert ds.mean_silhouette(bands.distances, LABELS, **how) == groups["mean_silhouette"]
    assert ds.nearest_neighbour_accuracy(bands.distances, LABELS, **how) == groups["nearest_neighbour_accuracy"]


def test_null_bands_know_one_system_from_two():
    same = [ds.simulate("lorenz", samples=3000, rho=28, seed=seed) for seed in (1, 2)]
    other = ds.simulate("lorenz", samples=3000, rho=90, seed=3)
    bands = ds.null_band([*same, other], delays=8, rank=3, draws=60)
    assert bands.p[0, 1] > 0.05 and bands.q[0, 2] <= 0.05 and bands.q[1, 2] <= 0.05
    assert bands.distances[0, 2] > bands.edge[0, 2]
    assert "2 of 3 pairs differ" in repr(bands)
    with pytest.raises(ds.Error, match="at least two"):
        ds.null_band(same[:1], delays=8, rank=3)
    with pytest.raises(ds.Error, match="recording 1"):
        ds.null_band([same[0], same[1][:60]], delays=8, rank=3)


def test_groups_are_tested_by_definition(random):
    places = np.concatenate([random.normal(size=(6, 2)), random.normal(size=(6, 2)) + 3.0])
    distances = np.linalg.norm(places[:, np.newaxis] - places, axis=2)
    labels = [0] * 6 + [1] * 6
    found = ds.permanova(distances, labels)
    total = (distances**2).sum() / 2 / 12
    within = sum((distances[k : k + 6, k : k + 6] ** 2).sum() / 2 / 6 for k in (0, 6))
    assert np.isclose(found["pseudo_f"], (total - within) / (within / 10)) and found["test"]["p"] < 0.01
    assert found["test"]["exact"] and found["test"]["permutations"] == 924
    assert ds.permanova(distances, labels, strata=[0, 1] * 6)["test"]["permutations"] == 400
    assert ds.dispersion(distances, labels)["test"]["p"] > 0.05
    assert ds.nearest_neighbour_accuracy(distances, labels)["score"] > 0.8
    assert ds.mean_silhouette(distances, labels)["score"] > 0.4
    assert ds.mantel(distances, distances**2)["correlation"] == pytest.approx(1.0)
    assert len(ds.permanova_between_pairs(distances, [0] * 4 + [1] * 4 + [2] * 4)) == 3
    assert np.allclose(ds.q_values([0.01, 0.02, 0.03, 0.5]), [0.04, 0.04, 0.04, 0.5])
    for wrong in (distances[:, :5], distances + 1.0, -distances):
        with pytest.raises(ds.Error):
            ds.permanova(wrong, labels)
    with pytest.raises(ds.Error):
        ds.permanova(distances, labels[:4])
    with pytest.raises(ds.Error):
        ds.permanova(distances, labels, permutations=0)


def test_a_sweep_is_that_of_the_program(lorenz, tmp_path):
    np.save(tmp_path / "x.npy", lorenz[0])
    program = "import sys; from dynamical_similarity._program import main; sys.exit(main())"
    words = ["sweep", "x.npy", "--delays", "1..4", "--ranks", "1..6", "--steps", "3", "--json"]
    done = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    found = ds.sweep(lorenz[0], delays=range(1, 5), ranks=range(1, 7), steps=3)
    text = json.dumps(json.loads(done.stdout))
    for value in found.mean_absolute_scaled_error[0, 3, :6]:
        assert np.isnan(value) or json.dumps(value) in text
    assert np.isnan(found.mean_absolute_scaled_error[0, 0, 3:]).all()
    assert found.best[0] in (1, 2, 3, 4)
    with pytest.raises(ds.Error):
        ds.sweep([lorenz[0][:10]], delays=[8], ranks=[2])


def test_estimators_have_the_habits_of_scikit_learn(lorenz):
    base = pytest.importorskip("sklearn.base", reason="scikit-learn is not installed")
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.utils import estimator_checks as checks

    for estimator in (ds.Dmd(delays=6, rank=4), ds.DistanceTransformer(delays=6, rank=4, metric="wasserstein")):
        copy = base.clone(estimator)
        assert copy is not estimator and copy.get_params() == estimator.get_params()
        name = type(estimator).__name__
        checks.check_parameters_default_constructible(name, estimator)
        checks.check_get_params_invariance(name, estimator)
        checks.check_set_params(name, estimator)
        checks.check_no_attributes_set_in_init(name, estimator)
        checks.check_estimator_repr(name, estimator)
        with pytest.raises(ds.Error, match="no parameter"):
            estimator.set_params(size=3)
    dmd = base.clone(ds.Dmd(delays=6, rank=4))
    with pytest.raises(ds.Error, match="not fitted"):
        dmd.predict(lorenz[0])
    assert dmd.fit(lorenz[0]) is dmd and dmd.score(lorenz[0]) > 0.9
    assert dmd.model_.operator.tobytes() == ds.fit(lorenz[0], delays=6, rank=4).operator.tobytes()
    pipeline = make_pipeline(
        ds.DistanceTransformer(delays=12, rank=5), KNeighborsClassifier(n_neighbors=1, metric="precomputed")
    )
    pipeline.fit(lorenz, LABELS)
    later = [ds.simulate("lorenz", samples=700, rho=rho, seed=9) for rho in (28, 60, 90)]
    assert list(pipeline.predict(later)) == ["a", "b", "c"]


def test_a_monitor_is_that_of_the_program(tmp_path):
    normal = ds.simulate("motor-cortex", seconds=620, seed=5)
    stream = ds.simulate("motor-cortex", seconds=300, seed=5, session=1, scenario="time-scale:1.5", at=120)
    assert ds.Monitor(ds.calibrate(normal)).compare() is None
    calibration = ds.calibrate(normal, operator=True)
    calibration.save(tmp_path / "normal.dsac")
    np.save(tmp_path / "stream.npy", stream)
    again = ds.Calibration.load(tmp_path / "normal.dsac")
    assert again.to_bytes() == calibration.to_bytes() and again.channels == 8
    program = "import sys; from dynamical_similarity._program import main; sys.exit(main())"
    words = ["monitor", "--calibration", "normal.dsac", "--stream", "stream.npy", "--json"]
    done = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    monitor = ds.Monitor(calibration)
    for part in np.array_split(stream.astype(np.float32), 7):
        monitor.push(part)
    assert [(r.time, r.score and np.float32(r.score), r.z and np.float32(r.z)) for r in monitor.reports] == [
        (line["time"], line["score"] and np.float32(line["score"]), line["z"] and np.float32(line["z"]))
        for line in lines
    ]
    assert [report.status.split(":")[0].replace(" ", "-") for report in monitor.reports] == [
        line["status"] for line in lines
    ]
    assert monitor.reports[-1].status == "alarm: dynamics"
    assert monitor.compare().distance > 0.0
    for wrong in ({"window": 55}, {"every": 0}, {"limits": (1.0, -1.0)}):
        with pytest.raises(ds.Error):
            ds.Monitor(calibration, **wrong)
    with pytest.raises(ds.Error):
        monitor.push(stream[:, :3])
    with pytest.raises(ds.Error, match="needs 600 s"):
        ds.calibrate(normal[:1000])
    with pytest.raises(ds.Error):
        ds.Calibration(b"12345")


def test_files_are_read_as_the_program_reads_them(tmp_path):
    x = np.arange(60).reshape(20, 3) ** 2 % 17
    (tmp_path / "table.csv").write_text("a,b,c\n" + "\n".join(",".join(map(str, row)) for row in x))
    found = ds.read(tmp_path / "table.csv", rate=100, select=["c", "a"])
    assert found.channel_names == ["c", "a"] and found.rate == 100 and (found.trials[0] == x[:, [2, 0]]).all()
    x.astype("<i2").tofile(tmp_path / "raw.bin")
    assert (ds.read(tmp_path / "raw.bin", raw_channels=3, rate=1000).trials[0] == x).all()
    with pytest.raises(ds.Error, match="needs --rate|--rate"):
        ds.read(tmp_path / "raw.bin", raw_channels=3)
    with pytest.raises(ds.Error, match="no such file|does not exist|not found|No such"):
        ds.read(tmp_path / "nothing.npy")
    with pytest.raises(ds.Error, match="--colour"):
        ds.read(tmp_path / "table.csv", colour="red")


def test_plots_return_their_axes(lorenz, models):
    matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from dynamical_similarity import plots

    matrix = ds.distance_matrix(models, labels=[f"day {k}" for k in range(6)])
    order = plots.order(matrix)
    assert sorted(order) == list(range(6))
    # Recordings of one kind are neighbours.
    assert all(abs(list(order).index(k) - list(order).index(k + 1)) == 1 for k in (0, 2, 4))
    calibration = ds.calibrate(ds.simulate("motor-cortex", seconds=620, seed=3))
    monitor = ds.Monitor(calibration)
    monitor.push(ds.simulate("motor-cortex", seconds=150, seed=3, session=1))
    drawn = [
        lambda **to: matrix.plot(classes=LABELS, **to),
        lambda **to: ds.distance_matrix(models[:2], models[2:]).plot(**to),
        lambda **to: matrix.plot_map(classes=LABELS, **to),
        lambda **to: ds.sweep(lorenz[:1], delays=range(1, 4), ranks=range(1, 4)).plot(**to),
        lambda **to: ds.reliability(lorenz, delays=8, rank=4).plot(**to),
        lambda **to: plots.spectrum(models, labels=LABELS, **to),
        lambda **to: monitor.plot(**to),
    ]
    for draw in drawn:
        ax = draw()
        assert ax.has_data()
        assert draw(ax=plt.subplots()[1]).has_data()
        ax.figure.canvas.draw()
        plt.close("all")
    with pytest.raises(ds.Error, match="classes"):
        matrix.plot(classes=["a"])
    with pytest.raises(ds.Error, match="with each other"):
        ds.distance_matrix(models[:2], models[2:]).plot_map()


def test_a_mapping_names_its_recordings(lorenz):
    named = {f"day {at}": x for at, x in enumerate(lorenz)}
    days = list(named)
    fan = ds.fan(named, named, quick=True)
    assert fan.row_labels == fan.column_labels == days and not fan.distances[0, 0]
    assert ds.baseline(named).row_labels == days
    assert ds.reliability(named, delays=8, rank=3).halves.row_labels[0] == "day 0, first half"
    assert ds.null_band(named, delays=8, rank=3, draws=20).distances.row_labels == days
    assert len(ds.fit_all(named, delays=8, rank=3)) == 6
    for one in ("day.npy", ds.Recording([lorenz[0]])):
        with pytest.raises(ds.Error, match="this is one"):
            ds.fit_all(one, delays=8, rank=3)
