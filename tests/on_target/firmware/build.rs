//! The memory of the emulated board, chosen by the variable BOARD.

use std::{env, fs, path::PathBuf};

fn main() {
    println!("cargo::rerun-if-env-changed=BOARD");
    let board = env::var("BOARD").unwrap_or_else(|_| "mps2-an386".to_owned());
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
    println!("cargo::rustc-link-search={}", out.display());
    if board == "virt" {
        let aliases = ["TEXT", "RODATA", "DATA", "BSS", "HEAP", "STACK"]
            .map(|region| format!("REGION_ALIAS(\"REGION_{region}\", RAM);\n"))
            .concat();
        let memory = format!("MEMORY {{\n RAM : ORIGIN = 0x80000000, LENGTH = 64M\n}}\n{aliases}");
        fs::write(out.join("memory.x"), memory).expect("a folder that can be written to");
        println!("cargo::rustc-link-arg-bins=-Tmemory.x");
        println!("cargo::rustc-link-arg-bins=-Tlink.x");
        return;
    }
    // Flash and RAM: where they begin and how large they are.
    let [flash, flash_size, ram, ram_size] = match board.as_str() {
        "microbit" => ["0x00000000", "256K", "0x20000000", "16K"],
        "mps2-an505" => ["0x10000000", "4M", "0x38000000", "4M"],
        "mps3-an547" => ["0x00000000", "512K", "0x20000000", "512K"],
        _ => ["0x00000000", "4M", "0x20000000", "4M"],
    };
    let memory = format!(
        "MEMORY {{\n FLASH : ORIGIN = {flash}, LENGTH = {flash_size}\n RAM : ORIGIN = {ram}, LENGTH = {ram_size}\n}}\n"
    );
    fs::write(out.join("memory.x"), memory).expect("a folder that can be written to");
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rustc-link-arg-bins=--nmagic");
}
