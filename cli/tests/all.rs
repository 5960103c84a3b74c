//! All tests of the program in one program: what they share of the library is compiled once.

mod baselines;
mod commands;
mod common;
mod fan;
mod faults;
mod groups;
mod hostile;
mod monitor;
mod names;
mod outputs;
mod page;
mod picture;
mod rank;
mod rank_spread;
mod read;
mod reading;
mod remarks;
mod yardsticks;
