//! The width of a bin in time.

use std::fmt;
use std::str::FromStr;

/// The width of the bins in which spikes are counted, such as `20ms`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinWidth {
    seconds: f64,
}

impl BinWidth {
    /// A width of at least a microsecond.
    #[must_use]
    pub fn of(seconds: f64) -> Option<Self> {
        (seconds.is_finite() && seconds >= 1e-6).then_some(Self { seconds })
    }

    /// Positive and finite.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.seconds
    }
}

impl fmt::Display for BinWidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.seconds < 1.0 {
            write!(f, "{} ms", super::table::shown(1e3 * self.seconds))
        } else {
            write!(f, "{} s", self.seconds)
        }
    }
}

impl FromStr for BinWidth {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (number, parts) = match text.strip_suffix("ms") {
            Some(number) => (number, 1e3),
            None => (text.strip_suffix('s').unwrap_or_default(), 1.0),
        };
        number.trim().parse::<f64>().ok().and_then(|x| Self::of(x / parts)).ok_or_else(|| {
            "expected a width of at least a microsecond with its unit, such as 20ms or 0.5s"
                .to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_width_has_a_unit_and_is_positive() {
        for (text, seconds, shown) in
            [("20ms", 0.02, "20 ms"), ("0.5 s", 0.5, "500 ms"), ("2s", 2.0, "2 s")]
        {
            let width: BinWidth = text.parse().unwrap();
            assert_eq!((width.seconds(), width.to_string().as_str()), (seconds, shown));
        }
        for bad in ["20", "", "s", "ms", "-1ms", "0s", "NaNs", "infs", "20 minutes"] {
            assert!(bad.parse::<BinWidth>().is_err(), "{bad}");
        }
    }
}
