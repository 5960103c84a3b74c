//! What the program shows: tables, pictures and progress.

pub mod heat_map;
pub mod picture;
pub mod progress;
pub mod table;
