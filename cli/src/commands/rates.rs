//! Sampling rates of the recordings of a run.

use super::recording::OfFile;
use crate::problem::Problem;
use crate::quote;

/// The rate of all recordings, in samples per second; `None` if no recording has one.
///
/// # Errors
/// A sentence with the recordings of each rate, if there are several: the same system sampled at two rates has two
/// operators.
pub(super) fn common_rate<'a>(
    recordings: impl IntoIterator<Item = OfFile<'a>>,
) -> Result<Option<f64>, Problem> {
    let mut rates: Vec<(f64, Vec<String>)> = Vec::new();
    for (file, samples) in recordings {
        let Some(rate) = samples.rate else { continue };
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match rates.iter_mut().find(|(known, _)| (known / rate - 1.0).abs() < SAME) {
            Some((_, names)) => names.push(name),
            None => rates.push((rate, vec![name])),
        }
    }
    if rates.len() < 2 {
        return Ok(rates.first().map(|(rate, _)| *rate));
    }
    let slowest = rates.iter().fold(f64::INFINITY, |least, (rate, _)| least.min(*rate));
    let list: Vec<String> = rates
        .iter()
        .take(8)
        .map(|(rate, names)| {
            format!(
                "{rate} samples per second in {}",
                quote::listed(names.iter().map(String::as_str))
            )
        })
        .collect();
    Err(Problem::new(format!(
        "the recordings have different rates, {}, and a system sampled at two rates has two operators; bring all to one \
         rate with --resample {slowest}, or state it with --rate (--per-file for single files) if the files are wrong",
        list.join("; ")
    )))
}

/// Rates that differ by less than this share are one: clocks of files are rounded.
const SAME: f64 = 1e-3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::read::Samples;
    use std::path::Path;

    #[test]
    fn one_rate_is_common_and_two_are_refused_with_a_way_out() {
        let of = |rate| Samples { rate, ..Samples::default() };
        let [fast, slow, none] = [of(Some(1000.0)), of(Some(250.0)), of(None)];
        let (a, b) = (Path::new("x/a.npy"), Path::new("b.npy"));
        assert_eq!(common_rate([(a, &none)]), Ok(None));
        assert_eq!(common_rate([(a, &fast), (b, &none)]), Ok(Some(1000.0)));
        let refused = common_rate([(a, &fast), (b, &slow)]).unwrap_err().to_string();
        assert!(refused.contains("`a.npy`") || refused.contains("a.npy"), "{refused}");
        assert!(refused.contains("--resample 250"), "{refused}");
    }
}
