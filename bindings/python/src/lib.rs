//! The compiled part of the Python package `dynamical_similarity`.
//!
//! It lends arrays of NumPy to the library, lets other Python threads run meanwhile, and turns results and errors into
//! objects of Python. Everything that a user sees (names, defaults, documentation) is in the Python files beside it.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`arrays`] | recordings, operators and distances, lent by NumPy or given to it |
//! | [`settings`] | names and numbers from Python as settings of the library |
//! | [`errors`] | errors of the library as exceptions |
//! | [`work`] | long work: threads, progress, Ctrl-C |
//! | [`model`] | fits, models, predictions, resamples |
//! | [`blocks`] | fits of recordings that are read in blocks |
//! | [`controlled`] | systems with known inputs |
//! | [`distances`] | distances between operators, baselines, the fan |
//! | [`statistics`] | tests, bands and intervals from distances |
//! | [`monitor`] | calibrations and monitors |
//! | [`program`] | what the program `dsa` does: reading files, simulating, whole commands |

mod arrays;
mod blocks;
mod controlled;
mod distances;
mod errors;
mod model;
mod monitor;
mod program;
mod settings;
mod statistics;
mod work;

/// The compiled part of the package `dynamical_similarity`.
#[pyo3::pymodule]
mod _native {
    #[pymodule_export]
    use crate::blocks::fit_blocks;
    #[pymodule_export]
    use crate::controlled::{
        ControlledModel, compare_controlled, controlled_distances, fit_controlled,
    };
    #[pymodule_export]
    use crate::distances::{
        baseline_distances, compare, eigenvalue_distance, fan_distances, nearest, pair_distances,
    };
    #[pymodule_export]
    use crate::model::{
        Model, common_rank, draw_operators, fit, fit_all, fit_halves, held_out_errors,
    };
    #[pymodule_export]
    use crate::monitor::{Calibration, Monitor};
    #[pymodule_export]
    use crate::program::{read, run_command, run_program, simulate};
    #[pymodule_export]
    use crate::statistics::{
        dispersion, interval, mantel, mean_silhouette, nearest_neighbour_accuracy, null_band,
        permanova, permanova_between_pairs, q_values, reliability,
    };
}
