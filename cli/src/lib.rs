//! The program `dsa`: readers, commands and reports around the library `dynamical-similarity`.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`arguments`] | the command line |
//! | [`program`] | the whole program, from its arguments to its exit code |
//! | [`files::read`] | reading recordings from files |
//! | [`files::stream`] | recordings sample by sample, as a monitor receives them |
//! | [`commands`] | `compare`, `merge`, `neighbours`, `fit`, `distance`, `sweep`, `calibrate`, `monitor`, `simulate` |
//! | [`files::model`], [`files::calibration`] | reading and writing operators and calibrations |
//! | [`prepare`] | what is done to samples before a fit: select, mark, resample, bin, smooth, components |
//! | [`clustering`] | trees of recordings |
//! | [`classes`] | within-class against between-class distances |
//! | [`statistics`] | nearest neighbours, silhouettes, agreement of groupings, scaling |
//! | [`report`] | the page and the pictures of a result, from its numbers |
//! | [`notes`] | notes of many files, those that are alike together |
//! | [`input`] | small files, read up to a limit |
//! | [`show::table`], [`show::heat_map`], [`show::picture`], [`show::drawing`], [`show::marks`], [`text`], [`quote`], [`command_line`], [`output`], [`show::progress`] | tables, pictures, progress, and files that are written |

pub mod arguments;
pub mod classes;
pub mod clustering;
pub mod command_line;
pub mod commands;
pub mod files;
pub mod input;
pub mod notes;
pub mod output;
pub mod plan;
pub mod prepare;
pub mod problem;
pub mod program;
pub mod quote;
pub mod report;
pub mod show;
pub mod statistics;
pub mod text;
