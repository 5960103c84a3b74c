//! The program `dsa`: readers, generators, commands and reports around the library
//! `dynamical-similarity`.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`arguments`] | the command line |
//! | [`read`] | recordings out of files |
//! | [`simulate`] | recordings out of equations |
//! | [`commands`] | `compare`, `fit`, `distance`, `sweep`, `simulate` |
//! | [`model_file`] | operators in and out of files |
//! | [`classes`] | within-class against between-class distances |
//! | [`statistics`] | nearest neighbours, silhouettes, agreement of groupings, scaling |
//! | [`table`], [`picture`], [`output`], [`progress`] | what is shown and written |

pub mod arguments;
pub mod classes;
pub mod commands;
pub mod model_file;
pub mod output;
pub mod picture;
pub mod problem;
pub mod progress;
pub mod read;
pub mod simulate;
pub mod statistics;
pub mod table;
