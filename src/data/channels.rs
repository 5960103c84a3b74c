//! Sets of channels.

/// A set of channels of fixed size: the first 64 by number, any further ones as one mark.
///
/// ```
/// use dynamical_similarity::ChannelSet;
/// let mut set = ChannelSet::EMPTY;
/// set.insert(3);
/// assert!(set.contains(3) && !set.contains(2) && !set.is_empty());
/// assert_eq!(set.iter().collect::<Vec<_>>(), [3]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ChannelSet {
    first: u64,
    further: bool,
}

impl ChannelSet {
    /// No channel.
    pub const EMPTY: Self = Self { first: 0, further: false };

    /// Adds a channel; one beyond the first 64 sets the common mark.
    pub const fn insert(&mut self, channel: usize) {
        if channel < 64 {
            self.first |= 1 << channel;
        } else {
            self.further = true;
        }
    }

    /// Whether a channel is in the set; for channels from 64 on, whether any of them is.
    #[must_use]
    pub const fn contains(&self, channel: usize) -> bool {
        if channel < 64 { self.first & (1 << channel) != 0 } else { self.further }
    }

    /// The set as numbers, and back.
    pub(crate) const fn bits(self) -> (u64, bool) {
        (self.first, self.further)
    }

    pub(crate) const fn from_bits(first: u64, further: bool) -> Self {
        Self { first, further }
    }

    /// The channels that are in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self { first: self.first | other.first, further: self.further || other.further }
    }

    /// Whether there is no channel in the set.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.first == 0 && !self.further
    }

    /// Whether a channel beyond the first 64 is in the set.
    #[must_use]
    pub const fn has_further(&self) -> bool {
        self.further
    }

    /// The channels of the set among the first 64, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + use<> {
        let set = *self;
        (0..64).filter(move |channel| set.contains(*channel))
    }
}
