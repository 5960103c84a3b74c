//! Names from files, quoted in a sentence.

use crate::text;

/// A name from a file: between backticks, at most 40 characters, without control characters.
#[must_use]
pub fn quoted(name: &str) -> String {
    const LONGEST: usize = 40;
    let short: String = name.chars().take(LONGEST).collect();
    let more = if name.chars().nth(LONGEST).is_some() { "..." } else { "" };
    format!("`{}{more}`", text::line(&short))
}

/// Names in a list, at most twenty of them.
#[must_use]
pub fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    const MOST: usize = 20;
    let more = names.len().saturating_sub(MOST);
    let mut list = names.take(MOST).map(quoted).collect::<Vec<_>>().join(", ");
    if more > 0 {
        list.push_str(&format!(" and {more} more"));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_says_nothing_to_a_terminal() {
        assert_eq!(quoted("a\u{1b}]0;x\u{7}"), "`a\\u001b]0;x\\u0007`");
        assert_eq!(quoted(&"\n".repeat(50)), format!("`{}...`", "\\u000a".repeat(40)));
        let names: Vec<String> = (0..23).map(|k| k.to_string()).collect();
        assert!(listed(names.iter().map(String::as_str)).ends_with("`19` and 3 more"));
    }
}
