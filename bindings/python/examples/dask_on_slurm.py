"""Fits where the files are, on the workers of a SLURM cluster, and compares operators alone.

    pip install dask-jobqueue
    python dask_on_slurm.py /data/recordings --delays 20 --rank 10 --jobs 8

With --local it runs on this machine, in two worker processes.
"""

import argparse
from pathlib import Path

import dynamical_similarity as ds
import numpy as np
from dask.distributed import Client, LocalCluster


def fitted(path, delays, rank):
    """Runs on a worker that sees the file: samples stay there, and the operator (rank x rank numbers) travels."""
    return np.array(ds.fit(path, delays=delays, rank=rank).operator)


def cluster(jobs):
    """Workers of one core each, started by the scheduler of the cluster. Adapt the queue, the memory and the time to yours."""
    from dask_jobqueue import SLURMCluster

    made = SLURMCluster(
        cores=1, processes=1, memory="4GB", walltime="01:00:00", job_extra_directives=["--partition=short"]
    )
    made.scale(jobs=jobs)
    return made


def main():
    """Reads the command line, fits, compares, and writes distances.csv."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("folder", type=Path)
    words.add_argument("--delays", type=int, default=20)
    words.add_argument("--rank", type=int, default=10)
    words.add_argument("--jobs", type=int, default=4)
    words.add_argument("--local", action="store_true")
    given = words.parse_args()
    files = sorted(
        path for path in given.folder.iterdir() if path.suffix in {".npy", ".npz", ".mat", ".h5", ".nwb", ".edf"}
    )
    if given.local:
        workers = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    else:
        workers = cluster(given.jobs)
    with workers, Client(workers) as client:
        # As text: a worker need not know this machine's classes of paths.
        fits = client.map(fitted, [str(path) for path in files], delays=given.delays, rank=given.rank)
        operators = client.gather(fits)
        names = [path.stem for path in files]
        matrix = ds.distance_matrix(operators, labels=names, executor=client.get_executor(), progress=True)
    table = np.column_stack([names, matrix.distances.astype(str)])
    np.savetxt("distances.csv", np.vstack([["", *names], table]), fmt="%s", delimiter=",")
    print(f"{len(files)} recordings -> distances.csv")


if __name__ == "__main__":
    main()
