//! The best known optimum of many pairs of operators, found once by a maximiser of its own, and how often
//! the library's solver reaches it.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`square`] | square matrices |
//! | [`pairs`] | pairs of operators to compare, made from seeds |
//! | [`maximiser`] | a local maximiser of the cosine, independent of the library's solver |
//! | [`best_known`] | the best known optimum of every pair, stored in `data/best_known.csv` |
//! | [`score`] | how far the library's solver stays behind it |
//!
//! `cargo run --release -p dynamical-similarity-optima --bin solver_table` prints the tables,
//! `timed_pairs` the time of a pair.

pub mod best_known;
#[cfg(test)]
mod checks;
pub mod maximiser;
pub mod pairs;
pub mod score;
pub mod square;
