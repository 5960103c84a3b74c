//! Tables for the terminal.

use crate::text;
use std::fmt::Write;

/// Lines of cells, aligned: the first column to the left, the others to the right. Control characters are escaped.
#[must_use]
pub fn align(rows: &[Vec<String>]) -> String {
    let cells = |row: &Vec<String>| row.iter().map(|cell| text::line(cell)).collect();
    let rows: &[Vec<String>] = &rows.iter().map(cells).collect::<Vec<_>>();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|j| rows.iter().filter_map(|row| row.get(j)).map(|x| x.chars().count()).max())
        .map(|width| width.unwrap_or(0))
        .collect();
    let mut lines = String::new();
    for row in rows {
        for (j, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let _ = if j == 0 {
                write!(lines, "{cell:width$}")
            } else {
                write!(lines, "  {cell:>width$}")
            };
        }
        while lines.ends_with(' ') {
            lines.pop();
        }
        lines.push('\n');
    }
    lines
}

/// A number with five digits after the point, or in powers of ten where these would all be zero.
#[must_use]
pub fn number(x: f64) -> String {
    if x == 0.0 || (x.abs() >= 1e-4 && x.abs() < 1e6) {
        format!("{x:.5}")
    } else {
        format!("{x:.1e}")
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_are_aligned() {
        let rows =
            [vec!["a".to_owned(), "1.5".to_owned()], vec!["long".to_owned(), "10".to_owned()]];
        assert_eq!(super::align(&rows), "a     1.5\nlong   10\n");
    }
}
