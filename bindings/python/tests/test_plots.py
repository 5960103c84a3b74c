"""Pictures show what they should, legibly."""

import dynamical_similarity as ds
import numpy as np
import pytest
from dynamical_similarity import plots

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def close():
    yield
    matplotlib.pyplot.close("all")


def places(axes):
    axes.figure.canvas.draw()
    return axes.figure.canvas.get_renderer()


def test_the_classes_of_a_heat_map_do_not_cover_names():
    x = np.arange(12.0)
    matrix = ds.DistanceMatrix(abs(x[:, np.newaxis] - x), row_labels=[f"recording {k}" for k in range(12)])
    axes = matrix.plot(classes=["slow"] * 6 + ["fast"] * 6)
    renderer = places(axes)
    legend = axes.get_legend().get_window_extent(renderer)
    names = [*axes.get_xticklabels(), *axes.get_yticklabels()]
    assert len(names) == 24
    assert not any(legend.overlaps(name.get_window_extent(renderer)) for name in names)


def test_a_spectrum_with_a_rate_shows_frequencies_once():
    x = np.cos(2 * np.pi * 8 * np.arange(0, 2, 0.01))
    model = ds.fit(x, delays=4, rank=2)
    ((frequency, modulus),) = plots.spectrum(model, rate=100).collections[0].get_offsets()
    assert frequency == pytest.approx(8, abs=1e-6) and modulus == pytest.approx(1, abs=1e-6)
    assert len(plots.spectrum([model]).collections[0].get_offsets()) == 2
    with pytest.raises(ds.Error, match="2 labels for 1 models"):
        plots.spectrum([model], labels=["a", "b"])


def test_the_best_setting_of_a_sweep_is_marked_at_its_own_column():
    found = ds.sweep([ds.simulate("lorenz", samples=400, seed=1)], delays=[1, 2, 5, 20], ranks=range(1, 5))
    axes = found.plot()
    ((place,), (rank,)) = axes.lines[0].get_data()
    names = {int(at): name.get_text() for at, name in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)}
    assert (int(names[place]), rank) == found.best


def test_a_monitor_names_each_kind_of_finding_once():
    def report(time, status):
        return ds.Report(time, status, status, 0.1, 1.0, 0.1, 1.0, 1.0, 0.1, {})

    axes = plots.monitor([report(60, "ok"), report(90, "alarm: open"), report(120, "alarm: dynamics")])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["dynamics", "gate", "alarm"]


def test_the_cells_of_a_small_heat_map_show_their_distances():
    matrix = ds.DistanceMatrix([[0, 0.5, 2], [0.5, 0, 1], [2, 1, 0]])
    axes = matrix.plot(ordered=False)
    shown = {text.get_position(): text for text in axes.texts}
    assert shown[0, 2].get_text() == "2" and shown[1, 0].get_text() == "0.5"
    # The colour map ends in yellow for 0 and in dark purple for the largest distance.
    assert shown[0, 0].get_color() == "black" and shown[0, 2].get_color() == "white"
    assert not matrix.plot(numbers=False).texts
    large = ds.DistanceMatrix(np.zeros((11, 11)))
    assert not large.plot().texts and len(large.plot(numbers=True).texts) == 121


def test_yellow_is_better_in_every_quantity_of_a_sweep():
    found = ds.sweep([ds.simulate("lorenz", samples=400, seed=1)], delays=[1, 2, 5], ranks=range(1, 5))
    best = {"mean_absolute_scaled_error": np.nanmin, "r_squared": np.nanmax}
    for quantity, end in best.items():
        (mesh,) = found.plot(quantity=quantity).collections
        red, green, blue, _ = mesh.cmap(mesh.norm(end(getattr(found, quantity))))
        assert red > 0.9 and green > 0.9 and blue < 0.3
