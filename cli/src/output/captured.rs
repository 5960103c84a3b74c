//! Text that goes to a caller instead of the terminal, where the commands are part of another program.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a command printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// What it would have written to standard output.
    pub output: String,
    /// What it would have written to standard error.
    pub notes: String,
}

/// Where text goes.
#[derive(Clone, Copy)]
pub(super) enum Channel {
    Output,
    Notes,
}

/// One command at a time is captured.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
/// Threads that work for the command print here, too.
static CAPTURED: Mutex<Option<Captured>> = Mutex::new(None);

/// The lock of a value that is right even if a thread has panicked meanwhile.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a command, and gives what it printed beside its result. A second command waits until the first has ended.
pub fn captured<R>(command: impl FnOnce() -> R) -> (R, Captured) {
    /// Ends the capture even if the command panics.
    struct Ended;
    impl Drop for Ended {
        fn drop(&mut self) {
            *locked(&CAPTURED) = None;
        }
    }
    let _alone = locked(&ONE_AT_A_TIME);
    *locked(&CAPTURED) = Some(Captured::default());
    let ended = Ended;
    let result = command();
    let found = locked(&CAPTURED).take().unwrap_or_default();
    drop(ended);
    (result, found)
}

/// Takes text, if a command is captured.
pub(super) fn take(channel: Channel, bytes: &[u8]) -> bool {
    let mut captured = locked(&CAPTURED);
    let Some(captured) = &mut *captured else { return false };
    let to = match channel {
        Channel::Output => &mut captured.output,
        Channel::Notes => &mut captured.notes,
    };
    to.push_str(&String::from_utf8_lossy(bytes));
    true
}

#[cfg(test)]
mod tests {
    use super::super::{note, show};
    use super::*;

    #[test]
    fn what_is_printed_goes_to_the_caller() {
        let (result, found) = captured(|| {
            note("careful");
            std::thread::spawn(|| note("from a thread")).join().unwrap();
            show("done\n")
        });
        assert!(result.is_ok());
        assert_eq!(
            (found.output.as_str(), found.notes.as_str()),
            ("done\n", "careful\nfrom a thread\n")
        );
        // A command that panics leaves nothing behind.
        assert!(std::panic::catch_unwind(|| captured(|| panic!())).is_err());
        assert!(!take(Channel::Notes, b"later"));
    }
}
