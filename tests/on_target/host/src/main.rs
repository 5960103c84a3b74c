//! The words of every operation, as the host computes them.

use operations::Sink;
use std::fmt::Write;

struct Text(String);

impl Sink for Text {
    fn operation(&mut self, name: &str, scalar: &str) {
        let _ = writeln!(self.0, "# {scalar} {name}");
    }

    fn word(&mut self, word: u32) {
        let _ = writeln!(self.0, "{word:08x}");
    }
}

fn main() -> Result<(), dynamical_similarity::Error> {
    let mut text = Text(String::new());
    let small = std::env::args().nth(1).as_deref() == Some("small");
    if small { operations::words::small(&mut text)? } else { operations::words::all(&mut text)? }
    print!("{}", text.0);
    Ok(())
}
