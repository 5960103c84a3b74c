"""Every notebook runs from top to bottom and gives the text outputs that are kept in its file."""

import importlib.util
import pathlib
import re

import pytest

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MOST_BYTES = 600_000
NUMBER = re.compile(r"[-+]?\d+(?:\.(\d+))?(?:[eE]([-+]?\d+))?")


@pytest.fixture(scope="module")
def run():
    for package in ("nbformat", "nbclient", "ipykernel", "matplotlib"):
        pytest.importorskip(package, reason=f"the notebooks are not executed: {package} is not installed")
    place = importlib.util.spec_from_file_location("run_notebooks", FOLDER / "run.py")
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


def text_outputs(cell):
    """What a cell prints and returns as text. Pictures are not compared, and neither are their names."""
    found = []
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            found.append(output.text)
        elif output.output_type in ("execute_result", "display_data") and "image/png" not in output.data:
            found.append(output.data["text/plain"])
    return "".join(found)


def same(kept, new):
    """Whether two texts have the same words, and numbers that differ by one in the last digit at most.

    Samples are simulated with NumPy, whose functions may round otherwise on another machine.
    """
    if [part.split() for part in NUMBER.split(kept)[::3]] != [part.split() for part in NUMBER.split(new)[::3]]:
        return False
    for one, other in zip(NUMBER.finditer(kept), NUMBER.finditer(new), strict=True):
        last = 10.0 ** (int(one[2] or 0) - len(one[1] or ""))
        if abs(float(one[0]) - float(other[0])) > 1.001 * last:
            return False
    return True


def test_there_is_a_notebook_for_each_kind_of_recording():
    assert [path.stem for path in NOTEBOOKS] == ["field_potentials", "fmri", "rnn_states", "spike_counts"]
    assert all(path.stat().st_size < MOST_BYTES for path in NOTEBOOKS)


@pytest.mark.parametrize(
    ("kept", "new", "expected"),
    [
        ("R2 0.36, p = 0.0093\n", "R2 0.36, p = 0.0093\n", True),
        ("R2 0.36", "R2 0.37", True),
        ("R2 0.36", "R2 0.38", False),
        ("73 of 120 pairs", "75 of 120 pairs", False),
        ("1.2e-05", "1.3e-05", True),
        ("1.2e-05", "2.2e-05", False),
        ("the classes differ", "no difference", False),
        ("[1 2]", "[1 2 3]", False),
    ],
)
def test_texts_are_compared_as_numbers_and_words(kept, new, expected):
    assert same(kept, new) is expected


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_gives_the_outputs_that_are_kept(run, path):
    kept = run.nbformat.read(path, as_version=4)
    new = run.executed(path)
    code = [(old, cell) for old, cell in zip(kept.cells, new.cells, strict=True) if cell.cell_type == "code"]
    assert any(text_outputs(old) for old, _ in code)
    for old, cell in code:
        assert same(text_outputs(old), text_outputs(cell)), (
            f"{path.name} keeps\n{text_outputs(old)}\nand now gives\n{text_outputs(cell)}\n"
            "If that is meant, keep the new outputs with notebooks/run.py and read the text around them again."
        )
    pictures = sum("image/png" in output.get("data", {}) for _, cell in code for output in cell.outputs)
    kept_pictures = sum("image/png" in output.get("data", {}) for old, _ in code for output in old.outputs)
    assert pictures == kept_pictures > 0
