//! The bytes that each small door takes in flash, alone in an image, and their limits.

use object::{Object, ObjectSection};
use std::error::Error;
use std::fmt::Write;
use std::path::Path;

const HEAD: &str = "door\tlimit";
/// What lies in flash.
const SECTIONS: [&str; 3] = [".text", ".rodata", ".data"];

/// Bytes of code and constants of an image.
fn bytes(path: &Path) -> Result<u64, Box<dyn Error>> {
    let image = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let elf = object::File::parse(&*image)?;
    let sections = SECTIONS.iter().filter_map(|name| elf.section_by_name(name));
    Ok(sections.map(|section| section.size()).sum())
}

/// The doors of a table of limits, what each takes in the images of a folder less the image that has the rest alone, and its limit.
fn doors(limits: &str, folder: &Path) -> Result<Vec<(String, u64, u64)>, Box<dyn Error>> {
    let mut lines = limits.lines();
    if lines.next() != Some(HEAD) {
        return Err("not a table of limits".into());
    }
    let rest = bytes(&folder.join("door_nothing"))?;
    lines
        .map(|line| {
            let (door, limit) =
                line.split_once('\t').ok_or_else(|| format!("not a row: {line}"))?;
            let image = bytes(&folder.join(format!("door_{door}")))?;
            Ok((door.to_owned(), image.saturating_sub(rest), limit.parse()?))
        })
        .collect()
}

/// A table for people.
///
/// # Errors
/// A door above its limit.
pub fn table(limits: &str, folder: &Path) -> Result<String, Box<dyn Error>> {
    let mut text =
        String::from("| door, alone in an image | flash | limit |\n| --- | ---: | ---: |\n");
    let mut faults = Vec::new();
    for (door, found, limit) in doors(limits, folder)? {
        if found > limit {
            faults.push(format!("{door}: {found} bytes of flash, at most {limit} are allowed"));
        }
        writeln!(text, "| {door} | {found} | {limit} |")?;
    }
    if faults.is_empty() { Ok(text) } else { Err(faults.join("\n").into()) }
}
