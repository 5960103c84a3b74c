//! Axes of arrays by name, in any order.

use super::error::{ReadError, ReadErrorKind};
use std::fmt;
use std::str::FromStr;

/// An axis of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisName {
    /// Trials.
    Trials,
    /// Samples in time.
    Time,
    /// Channels.
    Channels,
}

impl AxisName {
    const ALL: [(&'static str, Self); 3] =
        [("trials", Self::Trials), ("time", Self::Time), ("channels", Self::Channels)];
}

/// The size of an axis, and the distance between two neighbours along it, in entries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) size: usize,
    pub(super) stride: usize,
}

impl Extent {
    /// An axis that the array does not have.
    pub(super) const ONE: Self = Self { size: 1, stride: 0 };
}

/// The axes of an array in the order of a recording.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrangement {
    pub(super) trials: Extent,
    pub(super) time: Extent,
    pub(super) channels: Extent,
}

/// The axes of an array from the slowest to the fastest: each at most once, time among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axes {
    names: [AxisName; 3],
    count: usize,
}

impl Axes {
    /// The names.
    #[must_use]
    pub fn names(&self) -> &[AxisName] {
        self.names.get(..self.count).unwrap_or_default()
    }

    /// The axes of an array of this many dimensions if no names were given.
    pub(super) fn usual(dimensions: usize) -> Option<Self> {
        let (time, channels) = (AxisName::Time, AxisName::Channels);
        let names = match dimensions {
            1 => [time; 3],
            2 => [time, channels, channels],
            3 => [AxisName::Trials, time, channels],
            _ => return None,
        };
        Some(Self { names, count: dimensions })
    }

    /// Trials, time and channels of an array with these sizes and strides.
    ///
    /// # Errors
    /// [`ReadErrorKind::Axes`] if the array has another number of dimensions.
    pub(super) fn arrange(
        &self,
        shape: &[usize],
        strides: &[usize],
    ) -> Result<Arrangement, ReadError> {
        if shape.len() != self.count {
            return Err(ReadError::new(
                ReadErrorKind::Axes,
                format!(
                    "--axes {self} names {} axes, and the array has {} dimension{}",
                    self.count,
                    shape.len(),
                    if shape.len() == 1 { "" } else { "s" }
                ),
            ));
        }
        let of = |wanted: AxisName| {
            let found = self.names().iter().zip(shape.iter().zip(strides));
            let mut found = found.filter(|(name, _)| **name == wanted);
            let extent = |(_, (size, stride)): (_, (&usize, &usize))| Extent {
                size: *size,
                stride: *stride,
            };
            found.next().map_or(Extent::ONE, extent)
        };
        Ok(Arrangement {
            trials: of(AxisName::Trials),
            time: of(AxisName::Time),
            channels: of(AxisName::Channels),
        })
    }
}

impl fmt::Display for Axes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (k, name) in self.names().iter().enumerate() {
            let word = AxisName::ALL.iter().find(|(_, of)| of == name).map_or("", |(word, _)| word);
            write!(f, "{}{word}", if k == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl FromStr for Axes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            "expected trials, time and channels in the order of the array, such as channels,time or \
             trials,channels,time"
                .to_owned()
        };
        let mut found = Self { names: [AxisName::Time; 3], count: 0 };
        for word in text.split(',') {
            let name = AxisName::ALL.iter().find(|(known, _)| *known == word.trim());
            let (_, name) = name.ok_or_else(wrong)?;
            if found.names().contains(name) {
                return Err(wrong());
            }
            *found.names.get_mut(found.count).ok_or_else(wrong)? = *name;
            found.count += 1;
        }
        if found.names().contains(&AxisName::Time) { Ok(found) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_named_once_and_time_is_among_them() {
        for good in ["time", "channels,time", "trials,channels,time", "time,trials"] {
            assert_eq!(good.parse::<Axes>().unwrap().to_string(), good);
        }
        for bad in ["", "channels", "time,time", "time,channels,trials,time", "Time", "trials,x"] {
            assert!(bad.parse::<Axes>().is_err(), "{bad}");
        }
    }
}
