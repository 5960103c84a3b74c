//! Readers, generators and reports of the program `dsa`.

pub mod read;
