//! A walk over the groups of a file, each once.

use super::super::error::{ReadError, ReadErrorKind};
use super::error::refused;
use hdf5_reader::Dataset;
use hdf5_reader::group::Group;
use std::collections::HashSet;

/// Groups and arrays of a file that are looked at.
const MOST_OBJECTS: usize = 100_000;

/// A group and the arrays in it.
pub(super) struct Folder {
    /// Names from the root on, each with `/` after it.
    pub(super) path: String,
    pub(super) group: Group,
    pub(super) arrays: Vec<Dataset>,
    /// What cannot be opened, and why.
    pub(super) refused: Vec<(String, String)>,
}

impl Folder {
    /// The array of this name.
    pub(super) fn array(&self, name: &str) -> Option<&Dataset> {
        self.arrays.iter().find(|array| array.name() == name)
    }
}

/// Every group that passes, in the order of names, parents first.
pub(super) fn folders(
    root: &Group,
    passes: impl Fn(&str) -> bool,
) -> Result<Vec<Folder>, ReadError> {
    let mut waiting = vec![(String::new(), root.clone())];
    let mut seen = HashSet::from([root.address()]);
    let (mut folders, mut objects) = (Vec::new(), 0_usize);
    while let Some((path, group)) = waiting.pop() {
        let (mut groups, mut arrays, refused) = match members(&group) {
            Ok(members) => members,
            Err(error) if path.is_empty() => return Err(error),
            // The other groups may be sound.
            Err(error) => {
                (Vec::new(), Vec::new(), vec![(String::new(), format!("cannot be read: {error}"))])
            }
        };
        objects = objects.saturating_add(groups.len() + arrays.len() + 1);
        if objects > MOST_OBJECTS {
            return Err(ReadError::new(
                ReadErrorKind::TooLarge,
                format!(
                    "there are more than {MOST_OBJECTS} groups and arrays in the file; save the recording as a file of its own"
                ),
            ));
        }
        arrays.sort_by(|a, b| a.name().cmp(b.name()));
        // The last is looked at first.
        groups.sort_by(|a, b| b.name().cmp(a.name()));
        for child in groups {
            if passes(child.name()) && seen.insert(child.address()) {
                waiting.push((format!("{path}{}/", child.name()), child));
            }
        }
        let refused =
            refused.into_iter().map(|(name, why)| (format!("{path}{name}"), why)).collect();
        folders.push(Folder { path, group, arrays, refused });
    }
    Ok(folders)
}

type Members = (Vec<Group>, Vec<Dataset>, Vec<(String, String)>);

/// What is in a group. Where one array cannot be opened the others still can.
fn members(group: &Group) -> Result<Members, ReadError> {
    if let Ok((groups, arrays)) = group.members() {
        return Ok((groups, arrays, Vec::new()));
    }
    let (groups, arrays) = group.member_names().map_err(refused)?;
    let mut found: Members = Default::default();
    for name in groups {
        match group.group(&name) {
            Ok(group) => found.0.push(group),
            Err(error) => found.2.push((name, format!("cannot be read: {}", refused(error)))),
        }
    }
    for name in arrays {
        match group.dataset(&name) {
            Ok(array) => found.1.push(array),
            Err(error) => found.2.push((name, format!("cannot be read: {}", refused(error)))),
        }
    }
    Ok(found)
}
