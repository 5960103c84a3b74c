"""Executes the notebooks of this folder from top to bottom and keeps their outputs.

Usage: python run.py [NOTEBOOK...]      (needs nbclient, ipykernel and matplotlib)

Without names, all notebooks are executed. A notebook whose cell fails is left as it was.
"""

import pathlib
import sys
import time

import nbformat
from nbclient import NotebookClient

FOLDER = pathlib.Path(__file__).resolve().parent
SECONDS_OF_A_CELL = 300


def executed(path):
    """The notebook as it is after every cell has been run, in the folder of the notebook."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        timeout=SECONDS_OF_A_CELL,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(FOLDER)}},
    )
    client.execute()
    # The version of Python is no result.
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def main():
    for path in [pathlib.Path(name) for name in sys.argv[1:]] or sorted(FOLDER.glob("*.ipynb")):
        started = time.monotonic()
        nbformat.write(executed(path), path)
        print(f"{path.name}: {time.monotonic() - started:.0f} s, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
