//! What the host does for the suite on microcontrollers.
//!
//!     host words [small|doors]               the words of every operation, as this machine computes them
//!     host doors LIMITS FOLDER               what each small door takes; fails above its limit
//!     host audit IMAGE                       fails if the image can panic, allocate, recurse or call what is not known
//!     host costs IMAGE OUTPUT HERTZ          a table of cost, from what the program printed with a timer of HERTZ
//!     host grown OLD NEW                     fails if a count of instructions grew by more than 5 %
//!     host markdown TABLE...                 tables for people

mod costs;
mod flow;
mod footprint;
mod image;

use operations::Sink;
use std::error::Error;
use std::fmt::Write;
use std::fs::read_to_string;
use std::path::Path;

struct Text(String);

impl Sink for Text {
    fn operation(&mut self, name: &str, scalar: &str) {
        let _ = writeln!(self.0, "# {scalar} {name}");
    }

    fn word(&mut self, word: u32) {
        let _ = writeln!(self.0, "{word:08x}");
    }
}

fn words(small: bool) -> Result<String, dynamical_similarity::Error> {
    let mut text = Text(String::new());
    if small {
        operations::words::small(&mut text)?
    } else {
        operations::words::all(&mut text)?
    }
    Ok(text.0)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["words"] => print!("{}", words(false)?),
        ["words", "small"] => print!("{}", words(true)?),
        ["words", "doors"] => {
            let mut text = Text(String::new());
            operations::doors::all(&mut text)?;
            print!("{}", text.0);
        }
        ["doors", limits, folder] => {
            print!("{}", footprint::table(&read_to_string(limits)?, Path::new(folder))?);
        }
        ["audit", path] => println!("{path}: {}", image::Image::read(Path::new(path))?.audit()?),
        ["costs", path, output, hertz] => {
            let image = image::Image::read(Path::new(path))?;
            print!("{}", costs::table(&image, &read_to_string(output)?, hertz.parse()?)?);
        }
        ["grown", old, new] => costs::check_growth(&read_to_string(old)?, &read_to_string(new)?)?,
        ["markdown", ref tables @ ..] => {
            for table in tables {
                println!("{}", costs::markdown(&read_to_string(table)?)?);
            }
        }
        _ => return Err("usage: see the head of host/src/main.rs".into()),
    }
    Ok(())
}
