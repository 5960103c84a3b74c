//! Tables of cost: one line an operation, tab-separated, with a head line.

use crate::image::Image;
use std::error::Error;

const HEAD: &str = "scalar\toperation\tsizes\tinstructions\tstack\tstack bound\tRAM\tflash";

/// Nanoseconds an instruction takes under `-icount shift=6`.
const NANOSECONDS: f64 = 64.0;

/// Words that the program prints for an operation: three sizes, ticks (two words), stack, RAM.
const WORDS: usize = 7;

/// The function that an operation is measured by.
fn function(operation: &str) -> String {
    let words: Vec<&str> = operation.split(' ').collect();
    match words[..] {
        ["distance", _] => "operations::cost::distance".into(),
        ["monitor", call, ..] => format!("operations::watch::{call}"),
        ["nalgebra", "svd"] => "peers".into(),
        _ => format!("operations::cost::{}", words.join("_")),
    }
}

/// A table from what the program printed.
pub fn table(image: &Image, output: &str, hertz: f64) -> Result<String, Box<dyn Error>> {
    let mut lines = output.lines();
    let (mut text, mut overhead) = (format!("{HEAD}\n"), 0.0);
    let mut roots = Vec::new();
    while let Some(line) = lines.next() {
        let (scalar, operation) = line
            .trim_start_matches("# ")
            .split_once(' ')
            .ok_or_else(|| format!("unexpected: {line}"))?;
        let mut words = [0_u32; WORDS];
        for word in &mut words {
            *word = u32::from_str_radix(lines.next().ok_or("the output ends early")?, 16)?;
        }
        let [a, b, c, high, low, stack, ram] = words;
        let ticks = (u64::from(high) << 32 | u64::from(low)) as f64;
        let instructions = ticks * 1e9 / hertz / NANOSECONDS;
        if operation == "nothing" {
            overhead = instructions;
            continue;
        }
        let sizes = if b == 0 { format!("{a}") } else { format!("{a} {b} {c}") };
        let name = match function(operation) {
            peer if peer == "peers" => format!("peers::__cortex_m_rt_main::svd_{a}"),
            name => name,
        };
        let root = image.find(&name).ok_or_else(|| format!("no function {name}"))?;
        let bound =
            image.stack_bound(root).map_or("recursive".to_owned(), |bound| bound.to_string());
        if bound.parse().is_ok_and(|bound: u32| bound < stack) {
            return Err(format!("{operation}: {stack} bytes of stack, bound {bound}").into());
        }
        let flash = image.flash(&[root]);
        if ["push", "fit", "distance fast", "wasserstein"].contains(&operation) {
            roots.push(root);
        }
        let count = (instructions - overhead).round();
        text +=
            &format!("{scalar}\t{operation}\t{sizes}\t{count}\t{stack}\t{bound}\t{ram}\t{flash}\n");
    }
    if !roots.is_empty() {
        text += &format!(
            "\tpush, fit, distance, wasserstein together\t\t\t\t\t\t{}\n",
            image.flash(&roots)
        );
    }
    Ok(text)
}

type Row<'a> = [&'a str; 8];

fn rows(table: &str) -> Result<Vec<Row<'_>>, Box<dyn Error>> {
    let mut lines = table.lines();
    if lines.next() != Some(HEAD) {
        return Err("not a table of cost".into());
    }
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            cells.try_into().map_err(|_| format!("not a row: {line}").into())
        })
        .collect()
}

/// Fails if a row is missing or takes more than 5 % more instructions, stack or flash than before.
pub fn check_growth(old: &str, new: &str) -> Result<(), Box<dyn Error>> {
    let new = rows(new)?;
    let mut faults = Vec::new();
    for before in rows(old)? {
        let Some(now) = new.iter().find(|now| now[..3] == before[..3]) else {
            faults.push(format!("missing: {}", before[..3].join(" ")));
            continue;
        };
        for (column, what) in [(3, "instructions"), (5, "bytes of stack"), (7, "bytes of flash")] {
            if let (Ok(was), Ok(is)) = (before[column].parse::<f64>(), now[column].parse::<f64>()) {
                if is > 1.05 * was {
                    faults.push(format!("{}: {is} {what}, before {was}", before[..3].join(" ")));
                }
            }
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

/// The table for people.
pub fn markdown(table: &str) -> Result<String, Box<dyn Error>> {
    let mut text = String::from(
        "| operation | size | instructions | stack, measured | stack, bound | RAM | flash |\n\
         | --- | --- | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for [_, operation, sizes, instructions, stack, bound, ram, flash] in rows(table)? {
        let instructions = grouped(instructions);
        text += &format!(
            "| {operation} | {sizes} | {instructions} | {stack} | {bound} | {ram} | {flash} |\n"
        );
    }
    Ok(text)
}

/// Digits in groups of three.
fn grouped(digits: &str) -> String {
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| str::from_utf8(group).unwrap_or(""))
        .collect();
    groups.join(" ")
}
