//! The program `dsa`: readers, generators, commands and reports around the library
//! `dynamical-similarity`.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`arguments`] | the command line |
//! | [`files::read`] | recordings out of files |
//! | [`files::stream`] | recordings as a monitor meets them: one sample after the other, some of them missing |
//! | [`commands`] | `compare`, `fit`, `distance`, `sweep`, `calibrate`, `monitor`, `simulate` |
//! | [`files::model`], [`files::calibration`] | operators and calibrations in and out of files |
//! | [`classes`] | within-class against between-class distances |
//! | [`statistics`] | nearest neighbours, silhouettes, agreement of groupings, scaling |
//! | [`input`] | files that are read whole, with a limit |
//! | [`show::table`], [`show::picture`], [`text`], [`quote`], [`output`], [`show::progress`] | what is shown and written |

pub mod arguments;
pub mod classes;
pub mod commands;
pub mod files;
pub mod input;
pub mod output;
pub mod plan;
pub mod problem;
pub mod quote;
pub mod show;
pub mod statistics;
pub mod text;
