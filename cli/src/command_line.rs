//! Command lines, quoted for a shell.

use std::ffi::OsString;

/// The command line of `dsa` with these arguments, quoted for a shell (POSIX). Bytes that are not Unicode are replaced.
#[must_use]
pub fn quoted(arguments: impl IntoIterator<Item = OsString>) -> String {
    let mut line = "dsa".to_owned();
    for argument in arguments {
        let argument = argument.to_string_lossy();
        line.push(' ');
        // A system gives no program an argument with a NUL in it, which is all that cannot be quoted.
        line.push_str(&shlex::try_quote(&argument).unwrap_or_default());
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        let words = ["compare", "my day.npy", "it's", "$(x)", "a;b", "", "--output", "r\n"];
        let line = quoted(words.map(OsString::from));
        assert!(line.starts_with("dsa compare 'my day.npy' "), "{line}");
        assert_eq!(shlex::split(&line).unwrap()[1..], words);
    }
}
