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

/// More notes than this that differ in nothing but numbers share a line.
const MOST_ALIKE: usize = 4;

/// Lines for notes about files. Many notes that differ in nothing but numbers share a line, with the range of each number
/// and the first of the files.
#[must_use]
pub fn of_files<'a>(notes: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let mut kinds: Vec<(Vec<Word<'a>>, Vec<(&str, &str)>)> = Vec::new();
    for (file, note) in notes {
        let words: Vec<Word<'a>> = note.split(' ').map(Word::of).collect();
        match kinds.iter_mut().find(|(known, _)| Word::are_alike(known, &words)) {
            Some((known, members)) => {
                members.push((file, note));
                known.iter_mut().zip(words).for_each(|(known, word)| known.widen(word));
            }
            None => kinds.push((words, vec![(file, note)])),
        }
    }
    let lines = |(words, members): (Vec<Word<'a>>, Vec<(&str, &str)>)| match members.as_slice() {
        [(first, _), ..] if members.len() > MOST_ALIKE => {
            let words: Vec<String> = words.iter().map(Word::shown).collect();
            vec![format!("{} recordings, such as {first}: {}", members.len(), words.join(" "))]
        }
        few => few.iter().map(|(file, note)| format!("{file}: {note}")).collect(),
    };
    kinds.into_iter().flat_map(lines).collect()
}

/// A word of a note, or the least and the largest number in its place.
#[derive(Clone, Copy)]
enum Word<'a> {
    Text(&'a str),
    Number([(f64, &'a str); 2]),
}

impl<'a> Word<'a> {
    fn of(word: &'a str) -> Self {
        match word.parse() {
            Ok(x) if word.starts_with(|first: char| first.is_ascii_digit()) => {
                Self::Number([(x, word); 2])
            }
            _ => Self::Text(word),
        }
    }

    fn are_alike(a: &[Self], b: &[Self]) -> bool {
        let alike = |pair| match pair {
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Number(_), Self::Number(_)) => true,
            _ => false,
        };
        a.len() == b.len() && a.iter().copied().zip(b.iter().copied()).all(alike)
    }

    fn widen(&mut self, other: Self) {
        if let (Self::Number([least, most]), Self::Number([new, _])) = (self, other) {
            if new.0 < least.0 {
                *least = new;
            }
            if new.0 > most.0 {
                *most = new;
            }
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Text(word) => (*word).to_owned(),
            Self::Number([(_, least), (_, most)]) if least == most => (*least).to_owned(),
            Self::Number([(_, least), (_, most)]) => format!("{least} to {most}"),
        }
    }
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
    fn many_files_with_one_note_share_a_line() {
        let few = [("a", "the rate is 100 Hz"), ("b", "the rate is 99.5 Hz"), ("a", "a gap")];
        assert_eq!(
            of_files(few.into_iter()),
            ["a: the rate is 100 Hz", "b: the rate is 99.5 Hz", "a: a gap"]
        );
        let more = ["c", "d", "e"].map(|file| (file, "the rate is 1000 Hz"));
        assert_eq!(
            of_files(few.into_iter().chain(more)),
            ["5 recordings, such as a: the rate is 99.5 to 1000 Hz", "a: a gap"]
        );
    }

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
