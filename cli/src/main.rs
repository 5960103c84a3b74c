//! The program `dsa`.
fn main() {}
