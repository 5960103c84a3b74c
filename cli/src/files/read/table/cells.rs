//! Cells of a table: numbers, missing numbers and text, with decimal points or commas.

use crate::files::read::error::{ReadError, ReadErrorKind};
use csv::{Reader, ReaderBuilder, StringRecord};

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell {
    /// A number; infinite only if it says so.
    Number(f64),
    /// Nothing, or a word for it.
    Missing,
    /// A number beyond the largest one.
    Beyond,
    /// Anything else.
    Text,
}

/// Words for a missing number, in capitals or not: pandas, R, Excel, SQL, MATLAB.
const MISSING: [&str; 9] =
    ["na", "n/a", "#n/a", "<na>", "nan", "null", "none", "missing", "#n/a n/a"];

/// How numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Notation {
    /// What is between two cells.
    pub(super) delimiter: u8,
    /// Whether numbers have a decimal comma instead of a point.
    pub(super) decimal_comma: bool,
}

impl Notation {
    /// What a cell holds.
    pub(super) fn cell(self, text: &str) -> Cell {
        let text = text.trim();
        let parsed = if self.decimal_comma && is_comma_number(text) {
            text.replacen(',', ".", 1).parse::<f64>()
        } else {
            text.parse()
        };
        match parsed {
            Ok(value) if value.is_finite() => Cell::Number(value),
            Ok(value) if value.is_nan() => Cell::Missing,
            Ok(_) if text.contains(|x: char| x.is_ascii_digit()) => Cell::Beyond,
            Ok(value) => Cell::Number(value),
            Err(_) if text.is_empty() || MISSING.iter().any(|x| text.eq_ignore_ascii_case(x)) => {
                Cell::Missing
            }
            Err(_) => Cell::Text,
        }
    }

    /// Whether a cell is a number with a decimal comma in a table with decimal points.
    pub(super) fn is_foreign(self, text: &str) -> bool {
        !self.decimal_comma && self.delimiter != b',' && is_comma_number(text.trim())
    }

    /// A reader of the rows of a text.
    pub(super) fn rows(self, text: &str) -> Reader<&[u8]> {
        ReaderBuilder::new()
            .delimiter(self.delimiter)
            .has_headers(false)
            // Ragged rows are refused by the table, with a better message.
            .flexible(true)
            .from_reader(text.as_bytes())
    }

    /// How the numbers of a text are written, and a note about it.
    ///
    /// # Errors
    /// [`ReadErrorKind::Cell`] if a comma may be either.
    pub(super) fn of(text: &str) -> Result<(Self, Option<&'static str>), ReadError> {
        const DECIMAL: &str = "commas in numbers were read as decimal points";
        let delimiter = delimiter(text.lines().next().unwrap_or_default());
        let plain = Self { delimiter, decimal_comma: false };
        if !text.contains(',') {
            return Ok((plain, None));
        }
        if delimiter == b',' {
            match one_column(text) {
                OneColumn::No => {}
                OneColumn::Unlikely => {
                    let note = "commas were read as separators of two columns of whole numbers, not as \
                                decimal points; names of the columns in the first line would decide it";
                    return Ok((plain, Some(note)));
                }
                // There is neither in the lines.
                OneColumn::Yes => {
                    return Ok((Self { delimiter: b'\t', decimal_comma: true }, Some(DECIMAL)));
                }
                OneColumn::Perhaps => {
                    return Err(ReadError::new(
                        ReadErrorKind::Cell,
                        "every line is two whole numbers with a comma between them, which may be one channel \
                         with decimal commas or two channels; name the columns in the first line: one name, \
                         or two with a comma",
                    ));
                }
            }
            if !text.contains('"') {
                return Ok((plain, None));
            }
        }
        let (mut points, mut commas) = (false, false);
        let (mut reader, mut record) = (plain.rows(text), StringRecord::new());
        while reader.read_record(&mut record).map_err(unreadable)? {
            for cell in record.iter().map(str::trim) {
                commas |= is_comma_number(cell);
                points |= cell.contains('.') && cell.parse::<f64>().is_ok();
            }
        }
        if commas && !points {
            return Ok((Self { delimiter, decimal_comma: true }, Some(DECIMAL)));
        }
        Ok((plain, None))
    }
}

/// How the numbers of a table are printed, for telling a first line that counts the columns from a sample.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Style {
    numbers: usize,
    /// Digits alone.
    whole: usize,
    /// Whole numbers with a point, such as `1.0`.
    pointed: usize,
    /// Fewest and most digits behind the point.
    decimals: Option<(usize, usize)>,
}

impl Style {
    /// Looks at one more cell.
    pub(super) fn see(&mut self, cell: &str) {
        let cell = cell.trim();
        let digits = cell.strip_prefix(['-', '+']).unwrap_or(cell);
        if !digits.bytes().next().is_some_and(|x| x.is_ascii_digit() || x == b'.') {
            return;
        }
        let digits = digits.split_once(['e', 'E']).map_or(digits, |(digits, _)| digits);
        let fraction = digits.split_once(['.', ',']).map(|(_, fraction)| fraction);
        self.numbers += 1;
        self.whole += usize::from(
            fraction.is_none() && digits.len() == cell.trim_start_matches(['-', '+']).len(),
        );
        self.pointed += usize::from(fraction.is_some_and(|x| x.bytes().all(|x| x == b'0')));
        let count = fraction.map_or(0, str::len);
        let (least, most) = self.decimals.unwrap_or((count, count));
        self.decimals = Some((least.min(count), most.max(count)));
    }

    /// Whether at least half of the numbers are whole and printed so.
    pub(super) fn is_whole(&self) -> bool {
        self.whole.saturating_mul(2) >= self.numbers
    }

    /// Whether a whole number would be printed with a point.
    pub(super) fn has_points(&self) -> bool {
        let same = self.decimals.is_some_and(|(least, most)| least == most && least > 0);
        self.whole == 0 && (self.pointed > 0 || same)
    }
}

/// What csv says of a text.
pub(super) fn unreadable(error: csv::Error) -> ReadError {
    ReadError::new(ReadErrorKind::Cell, format!("the table cannot be read: {error}"))
}

/// Tab before semicolon before comma, for a comma can be a decimal one.
fn delimiter(line: &str) -> u8 {
    let mut quoted = false;
    let (mut tab, mut semicolon) = (false, false);
    for byte in line.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\t' if !quoted => tab = true,
            b';' if !quoted => semicolon = true,
            _ => {}
        }
    }
    match (tab, semicolon) {
        (true, _) => b'\t',
        (false, true) => b';',
        (false, false) => b',',
    }
}

/// Sign, whole part, fraction and exponent of such as `-0,125e3`.
fn comma_number(text: &str) -> Option<(&str, &str, &str)> {
    let (whole, rest) = text.split_once(',')?;
    let digits = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    let (fraction, exponent) = match rest.find(['e', 'E']) {
        Some(at) => rest.split_at_checked(at)?,
        None => (rest, ""),
    };
    let number = |text: &str| !text.is_empty() && text.bytes().all(|x| x.is_ascii_digit());
    let power = exponent.get(1..).unwrap_or_default();
    let power = power.strip_prefix(['-', '+']).unwrap_or(power);
    (number(digits) && number(fraction) && (exponent.is_empty() || number(power)))
        .then_some((whole, fraction, exponent))
}

fn is_comma_number(text: &str) -> bool {
    comma_number(text).is_some()
}

/// Whether a text with commas between its cells is a single column with decimal commas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OneColumn {
    /// Some line is something else.
    No,
    /// Whole numbers that look like two columns.
    Unlikely,
    /// It may be either.
    Perhaps,
    /// Only decimals are written so.
    Yes,
}

/// Two columns of whole numbers have no zeros in front of the second, no sign of their zeros, and seldom an
/// exponent; of 100 fractions one begins with a zero nearly always (1 - 0.9^100).
fn one_column(text: &str) -> OneColumn {
    const ENOUGH: usize = 100;
    let mut lines = text.lines().map(str::trim).peekable();
    let named = lines.next_if(|line| {
        let plain = Notation { delimiter: b',', decimal_comma: false };
        !line.contains(',') && plain.cell(line) == Cell::Text
    });
    let (mut count, mut longest, mut decimal, mut only_zeros) = (0_usize, 0, false, true);
    for line in lines {
        let Some((whole, fraction, exponent)) = comma_number(line) else { return OneColumn::No };
        count += 1;
        longest = longest.max(fraction.len());
        only_zeros &= whole.trim_start_matches(['-', '+']) == "0";
        decimal |= fraction.len() > 1 && fraction.starts_with('0')
            || whole == "-0"
            || fraction.len() > 15
            || !exponent.is_empty();
    }
    match (count, named.is_some()) {
        (0, _) => OneColumn::No,
        (_, true) => OneColumn::Yes,
        _ if decimal || (only_zeros && count > 1 && longest > 1) => OneColumn::Yes,
        _ if longest > 2 && count < ENOUGH => OneColumn::Perhaps,
        _ => OneColumn::Unlikely,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_column_of_decimals_is_told_from_two_of_whole_numbers() {
        let two: String = (0..200).map(|k| format!("{},{}\n", k * 37 % 101, 500 + k % 9)).collect();
        let of = |text: &str| one_column(text);
        assert_eq!(of("0,123\n0,456\n1,050\n"), OneColumn::Yes);
        assert_eq!(of("0,5\n-0,25\n"), OneColumn::Yes);
        assert_eq!(of("value\n1,5\n2,5\n"), OneColumn::Yes);
        assert_eq!(of("1,5e-3\n2,5e-3\n"), OneColumn::Yes);
        assert_eq!(of("12,345\n67,891\n"), OneColumn::Perhaps);
        assert_eq!(of(&two), OneColumn::Unlikely);
        assert_eq!(of("1,2\n3,4\n"), OneColumn::Unlikely);
        for other in ["1,2,3\n", "a,b\n1,2\n", "1,-2\n", "1,2.5\n", "x\n", "\"1,2\"\n", ""] {
            assert_eq!(of(other), OneColumn::No, "{other}");
        }
    }
}
