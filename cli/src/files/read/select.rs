//! Channels that were chosen, by number or by name.

use super::error::{ReadError, ReadErrorKind};
use crate::quote::{listed, quoted};
use std::fmt;
use std::str::FromStr;

/// Channels, as they are typed: 3, 0-7 or a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Channels {
    /// From a first to a last one, counted from 0.
    Numbers(usize, usize),
    /// By name. A name that is a number is a number.
    Name(String),
}

impl Channels {
    /// The places of the chosen channels among `names`, or among `count` channels without names.
    ///
    /// # Errors
    /// [`ReadErrorKind::Dataset`] if there is no such channel.
    pub(super) fn places(
        chosen: &[Self],
        names: &[&str],
        count: usize,
    ) -> Result<Vec<usize>, ReadError> {
        let refused = |message| Err(ReadError::new(ReadErrorKind::Dataset, message));
        let mut places = Vec::new();
        for channels in chosen {
            match channels {
                Self::Numbers(first, last) if first <= last && *last < count => {
                    places.extend(*first..=*last);
                }
                Self::Numbers(_, last) => {
                    return refused(format!(
                        "there is no channel {last} in the file, which holds {count}, counted from 0"
                    ));
                }
                Self::Name(name) => {
                    match names.iter().position(|known| known.trim() == name.trim()) {
                        Some(place) => places.push(place),
                        None if names.is_empty() => {
                            return refused(format!(
                                "there is no channel {} in the file, whose channels have no names; select them by number, \
                             counted from 0",
                                quoted(name)
                            ));
                        }
                        None => {
                            return refused(format!(
                                "there is no channel {} in the file, which holds {}",
                                quoted(name),
                                listed(names.iter().copied())
                            ));
                        }
                    }
                }
            }
        }
        Ok(places)
    }
}

impl FromStr for Channels {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(channel) = text.parse() {
            return Ok(Self::Numbers(channel, channel));
        }
        match text.split_once('-').map(|(first, last)| (first.parse(), last.parse())) {
            Some((Ok(first), Ok(last))) if first <= last => Ok(Self::Numbers(first, last)),
            Some((Ok(_), Ok(_))) => Err("the first channel of a range comes first".to_owned()),
            _ if text.trim().is_empty() => Err("expected a channel".to_owned()),
            _ => Ok(Self::Name(text.to_owned())),
        }
    }
}

impl fmt::Display for Channels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbers(first, last) if first == last => write!(f, "{first}"),
            Self::Numbers(first, last) => write!(f, "{first} to {last}"),
            Self::Name(name) => f.write_str(&quoted(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_ranges_and_names() {
        let all: Vec<Channels> = "2,0-1,c".split(',').map(|x| x.parse().unwrap()).collect();
        assert_eq!(Channels::places(&all, &["a", "b", "c"], 3).unwrap(), [2, 0, 1, 2]);
        assert!("3-1".parse::<Channels>().is_err() && "".parse::<Channels>().is_err());
        for (chosen, names, word) in
            [("3", &["a"][..], "holds 1"), ("x", &["a"], "`a`"), ("x", &[], "by number")]
        {
            let refused = Channels::places(&[chosen.parse().unwrap()], names, 1).unwrap_err();
            assert!(refused.to_string().contains(word), "{refused}");
        }
    }
}
