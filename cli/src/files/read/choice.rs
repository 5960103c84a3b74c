//! The choice of the recording among the arrays of a file, which may be trials of one recording.

use super::array::Array;
use super::axes::Axes;
use super::error::{ReadError, ReadErrorKind};
use super::reading::Reading;
use super::samples::Samples;
use crate::quote::{listed, quoted};

/// Arrays that may be the recording, and what else was found.
pub(super) struct Listing<T> {
    pub(super) leaves: Vec<Leaf<T>>,
    /// Single numbers, of which one may be the sampling rate.
    pub(super) scalars: Vec<(String, f64)>,
    /// What no recording can be read from, and why.
    pub(super) refused: Vec<(String, String)>,
    /// What stands between the names in a path.
    pub(super) separator: char,
    /// Whether several arrays may be the trials of one recording.
    pub(super) may_be_trials: bool,
    /// Bytes that all trials may take together.
    pub(super) memory: u64,
}

/// One array, or several of one name that can only be trials, such as the cells of a cell array.
pub(super) struct Leaf<T> {
    pub(super) path: String,
    /// As it is shown in a list.
    pub(super) shape: String,
    /// Numbers in all its parts.
    pub(super) numbers: u64,
    pub(super) parts: Vec<T>,
}

impl<T> Listing<T> {
    pub(super) fn new(separator: char, memory: u64) -> Self {
        Self {
            leaves: Vec::new(),
            scalars: Vec::new(),
            refused: Vec::new(),
            separator,
            may_be_trials: true,
            memory,
        }
    }

    /// The recording: the array that was named, the only one, or the trials.
    pub(super) fn read(
        &self,
        reading: &Reading<'_>,
        mut read_one: impl FnMut(&T) -> Result<Array, ReadError>,
    ) -> Result<Samples, ReadError> {
        let chosen = self.choose(reading)?;
        let mut names = Vec::new();
        let mut parts = Vec::new();
        for leaf in &chosen {
            for (k, part) in leaf.parts.iter().enumerate() {
                let several = leaf.parts.len() > 1;
                names.push(if several {
                    format!("{}{{{}}}", leaf.path, k + 1)
                } else {
                    leaf.path.clone()
                });
                parts.push(part);
            }
        }
        let mut read_part = |k: usize| {
            let none = || ReadError::new(ReadErrorKind::Empty, "there is no array of numbers");
            read_one(parts.get(k).copied().ok_or_else(none)?)
        };
        let mut samples = match (chosen.as_slice(), parts.len()) {
            (_, 1) => {
                let about = |error: ReadError| error.in_array(names.first().map_or("", |x| x));
                read_part(0).and_then(|x| x.into_samples(reading.axes)).map_err(about)?
            }
            ([leaf], _) => {
                let what = format!("the {} of {}", leaf.shape, quoted(&leaf.path));
                join(&names, [&what, ""], reading.axes, read_part)?
            }
            _ => {
                let what = format!("the {} arrays of the file", names.len());
                join(&names, [&what, order(&names)], reading.axes, read_part)?
            }
        };
        if let Some((name, rate)) = chosen.first().and_then(|leaf| self.rate_of(&leaf.path)) {
            samples.state_rate(rate, &format!("{} of the file", quoted(name)));
        }
        Ok(samples)
    }

    /// One array, or those that are trials if they fit into the memory together.
    pub(super) fn choose(&self, reading: &Reading<'_>) -> Result<Vec<&Leaf<T>>, ReadError> {
        let chosen = self.named(reading)?;
        let numbers = chosen.iter().fold(0_u64, |sum, leaf| sum.saturating_add(leaf.numbers));
        let is_one = chosen.iter().map(|leaf| leaf.parts.len()).sum::<usize>() == 1;
        if !is_one && numbers.saturating_mul(8) > self.memory {
            return Err(ReadError::new(
                ReadErrorKind::TooLarge,
                "the trials together are larger than the limit, 1 GiB or 32 times the length of the file; save them without \
                 compression",
            ));
        }
        Ok(chosen)
    }

    fn named(&self, reading: &Reading<'_>) -> Result<Vec<&Leaf<T>>, ReadError> {
        let refused = |message| Err(ReadError::new(ReadErrorKind::Dataset, message));
        let Some(wanted) = reading.dataset.map(|x| self.plain(x)) else {
            return match self.leaves.as_slice() {
                [] => Err(ReadError::new(ReadErrorKind::Empty, self.nothing())),
                [only] => Ok(vec![only]),
                all => match self.trials_of(&all.iter().collect::<Vec<_>>(), reading.trials) {
                    Some(order) => Ok(order),
                    None => refused(format!(
                        "there are several arrays in the file; choose one with --dataset{}: {}",
                        if self.may_be_trials {
                            ", or read all as trials with --trials"
                        } else {
                            ""
                        },
                        self.listed()
                    )),
                },
            };
        };
        if let Some(found) = self.leaves.iter().find(|leaf| self.plain(&leaf.path) == wanted) {
            return Ok(vec![found]);
        }
        let folder = format!("{wanted}{}", self.separator);
        let inside: Vec<&Leaf<T>> =
            self.leaves.iter().filter(|leaf| self.plain(&leaf.path).starts_with(&folder)).collect();
        if let Some(order) = self.trials_of(&inside, reading.trials) {
            return Ok(order);
        }
        if let Some((name, why)) = self.refused.iter().find(|(name, _)| self.plain(name) == wanted)
        {
            return Err(ReadError::new(
                ReadErrorKind::UnsupportedType,
                format!("{} {why}", quoted(name)),
            ));
        }
        if let Some((name, value)) =
            self.scalars.iter().find(|(name, _)| self.plain(name) == wanted)
        {
            return refused(format!(
                "{} is the single number {value}, not a recording",
                quoted(name)
            ));
        }
        if self.leaves.is_empty() {
            return Err(ReadError::new(ReadErrorKind::Empty, self.nothing()));
        }
        refused(format!(
            "there is no array {} in the file, which holds {}",
            quoted(&wanted),
            self.listed()
        ))
    }

    /// The arrays in the order of trials, if they are numbered or were called trials.
    fn trials_of<'a>(&self, leaves: &[&'a Leaf<T>], called: bool) -> Option<Vec<&'a Leaf<T>>> {
        let names: Vec<&str> = leaves.iter().map(|leaf| leaf.path.as_str()).collect();
        if leaves.is_empty()
            || !self.may_be_trials
            || leaves.iter().any(|leaf| leaf.parts.len() != 1)
        {
            return None;
        }
        let order = match numbered(&names) {
            Some(order) => order,
            None if called => by_name(&names),
            None => return None,
        };
        Some(order.into_iter().filter_map(|k| leaves.get(k).copied()).collect())
    }

    /// A path without what it may be written with.
    fn plain(&self, path: &str) -> String {
        let path = path.trim_matches('/');
        if self.separator == '.' { path.replace('/', ".") } else { path.to_owned() }
    }

    /// The arrays with their shapes.
    fn listed(&self) -> String {
        const MOST: usize = 20;
        let shown = |leaf: &Leaf<T>| format!("{} {}", quoted(&leaf.path), leaf.shape);
        let mut list: Vec<String> = self.leaves.iter().take(MOST).map(shown).collect();
        if self.leaves.len() > MOST {
            list.push(format!("{} more", self.leaves.len() - MOST));
        }
        list.join(", ")
    }

    fn nothing(&self) -> String {
        let reasons: Vec<String> = self
            .refused
            .iter()
            .take(3)
            .map(|(name, why)| format!("{} {why}", quoted(name)))
            .collect();
        let colon = if reasons.is_empty() { "" } else { ": " };
        format!(
            "there is no array of numbers in the file that can be a recording{colon}{}",
            reasons.join(", and ")
        )
    }

    /// The sampling rate that the array states, or that stands beside it or at the top of the file.
    pub(super) fn rate_of(&self, path: &str) -> Option<(&str, f64)> {
        let parent = |path: &str| path.rsplit_once(self.separator).map_or("", |x| x.0).to_owned();
        let rates = || self.scalars.iter().filter(|(name, _)| is_rate(name, self.separator));
        let here = parent(path);
        let own = rates().find(|(name, _)| parent(name) == path);
        let beside = rates().find(|(name, _)| parent(name) == here);
        let found = own.or(beside).or_else(|| rates().find(|(name, _)| parent(name).is_empty()));
        found.map(|(name, rate)| (name.as_str(), *rate))
    }
}

/// Whether the last name of a path is one that a sampling rate in Hz usually has.
pub(super) fn is_rate(path: &str, separator: char) -> bool {
    let name = path.rsplit(separator).next().unwrap_or_default();
    let plain: String = name.chars().filter(|x| *x != '_').flat_map(char::to_lowercase).collect();
    matches!(
        plain.as_str(),
        "fs" | "fsample"
            | "srate"
            | "sfreq"
            | "samplerate"
            | "samplingrate"
            | "samplefrequency"
            | "samplingfrequency"
    )
}

/// The places of the names in alphabetical order.
pub(super) fn by_name(names: &[&str]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|k| names.get(*k));
    order
}

/// The places of the names in the order of their numbers, if they are the same up to a number at the end.
pub(super) fn numbered(names: &[&str]) -> Option<Vec<usize>> {
    let parts = |name: &str| -> Option<(String, u64)> {
        let stem = name.trim_end_matches(|x: char| x.is_ascii_digit());
        Some((stem.to_owned(), name.strip_prefix(stem)?.parse().ok()?))
    };
    let mut found: Vec<(u64, usize)> = Vec::new();
    let (first, _) = parts(names.first()?)?;
    for (k, name) in names.iter().enumerate() {
        let (stem, number) = parts(name)?;
        if stem != first {
            return None;
        }
        found.push((number, k));
    }
    found.sort_unstable();
    // Such as `a1` and `a01`.
    let distinct = found.iter().zip(found.iter().skip(1)).all(|(one, next)| one.0 != next.0);
    distinct.then(|| found.into_iter().map(|(_, k)| k).collect())
}

/// The order in which arrays of these names were read as trials, for the end of a note.
pub(super) fn order(names: &[impl AsRef<str>]) -> &'static str {
    let plain: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    if numbered(&plain).is_some() {
        ", in the order of their numbers; --dataset chooses one"
    } else {
        ", in the order of their names; --dataset chooses one"
    }
}

/// One array per trial. What they are begins the note, and their order ends it.
pub(super) fn join(
    names: &[impl AsRef<str>],
    [what, order]: [&str; 2],
    axes: Option<Axes>,
    mut read_one: impl FnMut(usize) -> Result<Array, ReadError>,
) -> Result<Samples, ReadError> {
    let mut all: Option<Samples> = None;
    let list: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    for (k, name) in list.iter().enumerate() {
        let array = read_one(k).map_err(|error| error.in_array(name))?;
        let dimensions = array.dimensions();
        let one = array.into_samples(axes).map_err(|error| error.in_array(name))?;
        let refused = |what: &str| {
            Err(ReadError::new(
                ReadErrorKind::Dataset,
                format!(
                    "the arrays {} are not the trials of one recording, because {what}; choose one of them with \
                     --dataset",
                    listed(list.iter().copied())
                ),
            ))
        };
        if dimensions > 2 {
            return refused(&format!("{} has {dimensions} dimensions", quoted(name)));
        }
        match &mut all {
            None => all = Some(one),
            Some(all) if all.channels != one.channels => {
                return refused(&format!(
                    "{} has {} channels and those before have {}",
                    quoted(name),
                    one.channels,
                    all.channels
                ));
            }
            Some(all) => {
                all.trials.extend(one.trials);
                if all.notes.is_empty() {
                    all.notes = one.notes;
                }
            }
        }
    }
    let nothing = || ReadError::new(ReadErrorKind::Empty, "there is no array of numbers");
    let mut all = all.ok_or_else(nothing)?;
    let (shortest, longest) = all.lengths();
    let samples = match shortest == longest {
        true => format!("{longest} samples each"),
        false => format!("{shortest} to {longest} samples"),
    };
    all.notes.push(format!("{what} were read as trials of {samples}{order}"));
    Ok(all)
}
