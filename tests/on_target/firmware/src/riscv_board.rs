//! RISC-V: the start of `riscv-rt`.

pub use riscv_rt::entry;
