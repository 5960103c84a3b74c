//! The group of each recording.

use crate::error::Error;
use crate::matrix::try_reserve;
use alloc::vec::Vec;

/// The group of each recording, numbered 0, 1, 2, .. in the order of the labels.
///
/// ```
/// use dynamical_similarity::statistics::Groups;
/// let groups = Groups::new(&["b", "a", "b"])?;
/// assert_eq!((groups.of_each(), groups.sizes()), ([1, 0, 1].as_slice(), [1, 2].as_slice()));
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    of_each: Vec<usize>,
    sizes: Vec<usize>,
}

impl Groups {
    /// The groups that labels name: recordings with equal labels are in one group.
    ///
    /// # Errors
    /// [`Error::Empty`] without labels; [`Error::OutOfMemory`].
    pub fn new<L: Ord>(labels: &[L]) -> Result<Self, Error> {
        if labels.is_empty() {
            return Err(Error::Empty);
        }
        let mut names: Vec<&L> = try_reserve(labels.len())?;
        names.extend(labels);
        names.sort_unstable();
        names.dedup();
        let mut of_each = try_reserve(labels.len())?;
        of_each.extend(labels.iter().map(|label| names.partition_point(|name| *name < label)));
        let mut sizes = try_reserve(names.len())?;
        sizes.resize(names.len(), 0_usize);
        for group in &of_each {
            if let Some(size) = sizes.get_mut(*group) {
                *size = size.saturating_add(1);
            }
        }
        Ok(Self { of_each, sizes })
    }

    /// The group of each recording.
    #[must_use]
    pub fn of_each(&self) -> &[usize] {
        &self.of_each
    }

    /// The number of recordings of each group.
    #[must_use]
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// The recordings of a group.
    pub(super) fn members(&self, group: usize) -> Vec<usize> {
        let all = self.of_each.iter().enumerate();
        all.filter(|(_, of)| **of == group).map(|(recording, _)| recording).collect()
    }

    /// That there are as many recordings as distances, at least two groups, and a group with two recordings.
    pub(super) fn check(&self, recordings: usize) -> Result<(), Error> {
        crate::matrix::check("the number of labels", recordings, self.of_each.len())?;
        let (groups, got) = (self.sizes.len(), self.of_each.len());
        if groups < 2 {
            return Err(Error::TooFewGroups { needed: 2, got: groups });
        }
        if got <= groups {
            let what = "the number of recordings, each in a group of its own,";
            return Err(Error::ShapeMismatch { what, expected: groups.saturating_add(1), got });
        }
        Ok(())
    }
}
