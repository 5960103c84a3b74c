//! All tests of the program in one program: what they share of the library is compiled once.

mod baselines;
mod blocks;
mod commands;
mod common;
mod controlled;
mod doctor;
mod fan;
mod faults;
mod file_blocks;
mod formats;
mod groups;
mod hostile;
mod monitor;
mod names;
mod outputs;
mod page;
mod picture;
mod preparation;
mod rank;
mod rank_spread;
mod read;
mod reading;
mod remarks;
mod residuals;
mod yardsticks;
