//! Text from files and file names, made safe for a terminal or a picture.

use std::path::Path;

/// Whether a character controls a terminal instead of being shown by it: control characters, and characters that
/// change the direction of the text after them.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

fn escaped(text: &str, kept: impl Fn(char) -> bool) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if acts(character) && !kept(character) {
            // As JSON writes them, so that JSON stays JSON.
            safe.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            safe.push(character);
        }
    }
    safe
}

/// One line without control characters: `\u001b` and the like in their place.
#[must_use]
pub fn line(text: &str) -> String {
    escaped(text, |_| false)
}

/// Lines without control characters other than the ends of the lines.
#[must_use]
pub fn lines(text: &str) -> String {
    escaped(text, |character| character == '\n')
}

/// The name of a file on a terminal.
#[must_use]
pub fn name(path: &Path) -> String {
    line(&path.display().to_string())
}

/// A name in a picture. XML 1.0 has no way to write most control characters, so each becomes U+FFFD.
#[must_use]
pub fn in_picture(text: &str) -> String {
    let stands_in =
        |x| if acts(x) || matches!(x, '\u{fffe}' | '\u{ffff}') { '\u{fffd}' } else { x };
    text.chars().map(stands_in).collect()
}

/// A number and its noun: "1 pair", "2 pairs".
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The sentence with a capital letter.
#[must_use]
pub fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_character_is_left_and_json_stays_json() {
        let all: String = (0..0x3000).filter_map(char::from_u32).collect();
        assert!(!line(&all).chars().any(acts) && !in_picture(&all).chars().any(acts));
        assert_eq!(lines("a\nb\u{1b}[2J\u{9b}\r"), "a\nb\\u001b[2J\\u009b\\u000d");
        assert_eq!(line("caf\u{e9}\n"), "caf\u{e9}\\u000a");
        let json = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<String>(&lines(&json)).unwrap(), all);
    }
}
