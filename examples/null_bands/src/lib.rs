//! Null bands and intervals on recordings whose systems are known.

pub mod families;
pub mod pairs;
pub mod studies;
