//! What the program shows: tables, pictures and progress.

mod contrast;
pub mod drawing;
pub mod heat_map;
pub mod marks;
pub mod picture;
pub mod progress;
pub mod table;
