//! Notes about files, line by line.

/// More notes than this that differ in nothing but numbers share a line.
const MOST_ALIKE: usize = 4;

/// Lines for notes about files. Many notes that differ in nothing but numbers share a line, with the range of each number
/// and the first of the files.
#[must_use]
pub fn of_files<'a>(notes: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let mut kinds: Vec<Kind<'a>> = Vec::new();
    for (file, note) in notes {
        let words: Vec<Word<'a>> = note.split(' ').map(Word::of).collect();
        match kinds.iter_mut().find(|kind| Word::are_alike(&kind.words, &words)) {
            Some(kind) => {
                kind.members.push((file, note));
                kind.words.iter_mut().zip(words).for_each(|(known, word)| known.widen(word));
            }
            None => kinds.push(Kind { words, members: vec![(file, note)] }),
        }
    }
    kinds.iter().flat_map(Kind::lines).collect()
}

/// Notes that differ in nothing but numbers, with their files.
struct Kind<'a> {
    words: Vec<Word<'a>>,
    members: Vec<(&'a str, &'a str)>,
}

impl Kind<'_> {
    fn lines(&self) -> Vec<String> {
        match self.members.as_slice() {
            [(first, _), ..] if self.members.len() > MOST_ALIKE => {
                let words: Vec<String> = self.words.iter().map(Word::shown).collect();
                let count = self.members.len();
                vec![format!("{count} recordings, such as {first}: {}", words.join(" "))]
            }
            few => few.iter().map(|(file, note)| format!("{file}: {note}")).collect(),
        }
    }
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
}
