//! The program `dsa`: readers, generators, commands and reports around the library
//! `dynamical-similarity`.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`arguments`] | the command line |
//! | [`read`] | recordings out of files |
//! | [`simulate`] | recordings out of equations |
//! | [`stream`] | recordings as a monitor meets them: one sample after the other, some of them missing |
//! | [`commands`] | `compare`, `fit`, `distance`, `sweep`, `calibrate`, `monitor`, `simulate` |
//! | [`model_file`], [`calibration_file`] | operators and calibrations in and out of files |
//! | [`classes`] | within-class against between-class distances |
//! | [`statistics`] | nearest neighbours, silhouettes, agreement of groupings, scaling |
//! | [`input`] | files that are read whole, with a limit |
//! | [`table`], [`picture`], [`text`], [`quote`], [`output`], [`progress`] | what is shown and written |

pub mod arguments;
pub mod calibration_file;
pub mod classes;
pub mod commands;
pub mod input;
pub mod model_file;
pub mod output;
pub mod picture;
pub mod problem;
pub mod progress;
pub mod quote;
pub mod read;
pub mod simulate;
pub mod statistics;
pub mod stream;
pub mod table;
pub mod text;
