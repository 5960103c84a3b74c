//! Columns that rise evenly.

use crate::files::read::samples::{Axis, Gap};
use crate::quote::quoted;

/// How finely the numbers of a column are printed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Digits {
    /// Most digits after the point, of numbers without an exponent.
    decimals: i32,
    /// The largest unit of the last digit, of numbers with an exponent.
    coarsest: f64,
    /// Most digits of a number, zeros before the first other digit left out.
    significant: usize,
}

/// Digits that the shortest form of a number in single precision may have.
const SINGLE: usize = 9;

impl Digits {
    /// Looks at one more cell.
    pub(super) fn see(&mut self, cell: &str) {
        let cell = cell.trim();
        let (digits, power) = match cell.split_once(['e', 'E']) {
            Some((digits, power)) => (digits, power.parse::<i32>().ok()),
            None => (cell, None),
        };
        let fraction = digits.split_once(['.', ',']).map_or("", |(_, fraction)| fraction);
        let decimals = i32::try_from(fraction.len()).unwrap_or(i32::MAX);
        let all = digits.chars().filter(char::is_ascii_digit).skip_while(|digit| *digit == '0');
        self.significant = self.significant.max(all.count());
        match power {
            Some(power) => {
                let unit = 10_f64.powi(power.saturating_sub(decimals).clamp(-400, 308));
                self.coarsest = self.coarsest.max(unit);
            }
            None => self.decimals = self.decimals.max(decimals),
        }
    }

    /// The rounding of numbers in single precision, the largest of this size, if they may have been such.
    fn single(&self, largest: f64) -> f64 {
        if self.significant > SINGLE { 0.0 } else { f64::from(f32::EPSILON) * largest }
    }

    /// The unit of the last digit that is printed.
    fn unit(&self) -> f64 {
        if self.coarsest > 0.0 { self.coarsest } else { 10_f64.powi(-self.decimals) }
    }
}

/// The values of a column, cut into trials.
pub(super) struct Column<'a> {
    pub(super) values: Vec<f64>,
    /// Rows at which trials start, the first 0.
    pub(super) starts: &'a [usize],
    pub(super) digits: Digits,
}

impl Column<'_> {
    fn trials(&self) -> impl Iterator<Item = &[f64]> {
        let ends = self.starts.iter().copied().skip(1).chain([self.values.len()]);
        self.starts.iter().zip(ends).filter_map(|(start, end)| self.values.get(*start..end))
    }

    /// Differences within trials, with the trial and the later sample.
    fn steps(&self) -> impl Iterator<Item = (f64, usize, usize)> {
        self.trials().enumerate().flat_map(|(k, trial)| {
            let pairs = trial.iter().zip(trial.iter().skip(1)).enumerate();
            pairs.map(move |(t, (before, after))| (after - before, k, t + 1))
        })
    }

    /// The median of the steps.
    fn median_step(&self) -> Option<f64> {
        let mut sorted: Vec<f64> = self.steps().map(|(step, ..)| step).collect();
        sorted.retain(|x| x.is_finite());
        let middle = sorted.len() / 2;
        (!sorted.is_empty()).then(|| *sorted.select_nth_unstable_by(middle, f64::total_cmp).1)
    }

    /// How far from its place a value may be by rounding. Where nine of ten steps are the same small number of
    /// units of the last digit, as of frames that are counted, nothing was rounded.
    fn tolerance(&self, median: f64) -> f64 {
        let largest = self.values.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        let exact = 8.0 * f64::EPSILON * largest + 1e-6 * median.abs();
        let (same, all) = self.steps().fold((0_usize, 0_usize), |(same, all), (step, ..)| {
            (same + usize::from((step - median).abs() <= exact), all + 1)
        });
        let counted =
            self.digits.unit() >= 0.5 * median && same.saturating_mul(10) >= all.saturating_mul(9);
        if counted { exact } else { exact + self.digits.unit() + self.digits.single(largest) }
    }

    /// The step, if the column rises evenly in every trial to the rounding of its digits, or to a millionth of
    /// a step; and rises by far more than that.
    pub(super) fn even_step(&self) -> Option<f64> {
        if self.values.iter().any(|x| !x.is_finite()) {
            return None;
        }
        let (mut rise, mut count) = (0.0, 0_usize);
        for trial in self.trials() {
            rise += trial.last()? - trial.first()?;
            count += trial.len().saturating_sub(1);
        }
        let step = rise / count as f64;
        let tolerance = self.tolerance(self.median_step()?);
        if !(step > 0.0 && step.is_finite() && rise > 10.0 * tolerance) {
            return None;
        }
        for trial in self.trials() {
            let (first, last) = (trial.first()?, trial.last()?);
            let own = (last - first) / (trial.len().saturating_sub(1).max(1)) as f64;
            let off = |(k, x): (usize, &f64)| (x - first - own * k as f64).abs() > tolerance;
            let another = trial.len() > 1 && (own - step).abs() > tolerance;
            if another || trial.iter().enumerate().any(off) {
                return None;
            }
        }
        Some(step)
    }

    /// Whether at least nine of ten steps go up.
    pub(super) fn mostly_rises(&self) -> bool {
        let (up, all) = self.steps().fold((0_usize, 0_usize), |(up, all), (step, ..)| {
            (up + usize::from(step > 0.0), all + 1)
        });
        all > 0 && up.saturating_mul(10) >= all.saturating_mul(9)
    }

    /// Whether all values are whole numbers.
    pub(super) fn is_whole(&self) -> bool {
        self.values.iter().all(|x| x.fract() == 0.0)
    }

    /// 0, 1, 2, ... or 1, 2, 3, ...
    pub(super) fn counts_rows(&self) -> bool {
        let start = self.values.first().copied().unwrap_or_default();
        (start == 0.0 || start == 1.0)
            && self.values.iter().enumerate().all(|(row, value)| *value == start + row as f64)
    }

    /// The column as an axis, and notes about it: how it rises, and where it does not.
    /// `what` is the subject of the sentence.
    pub(super) fn describe(
        &self,
        what: &str,
        mut axis: Axis,
        first_line: u64,
    ) -> (Option<Axis>, Vec<String>) {
        let unit = axis.unit.as_ref().map(|unit| format!(" {}", crate::text::line(unit)));
        let unit = unit.unwrap_or_default();
        let role = if axis.counts { "counts the samples" } else { "is the axis of time" };
        if let Some(step) = self.even_step() {
            axis.step = step;
            let note =
                format!("{what} was dropped: it {role} and rises evenly by {}{unit}", shown(step));
            return (Some(axis), vec![note]);
        }
        let step = self.median_step().unwrap_or(0.0);
        let place = |k: usize, t: usize| {
            let row = self.starts.get(k).copied().unwrap_or(0) + t;
            let line = first_line.saturating_add(row as u64);
            format!("from line {} to line {line}", line.saturating_sub(1))
        };
        if !(step > 0.0) {
            return (None, vec![format!("{what} was dropped, although it does not rise")]);
        }
        axis.step = step;
        let tolerance = (0.01 * step).max(1.1 * self.tolerance(step));
        let (mut uneven, mut back, mut all) = (Vec::new(), Vec::new(), 0_usize);
        for (found, k, t) in self.steps() {
            all += 1;
            if found < -tolerance {
                back.push((found, k, t));
                axis.gaps.push(Gap { trial: k, sample: t, missing: 0 });
            } else if !((found - step).abs() <= tolerance) {
                uneven.push((found, k, t));
                if found > 1.5 * step {
                    let missing = (found / step).round() as u64;
                    axis.gaps.push(Gap { trial: k, sample: t, missing: missing.saturating_sub(1) });
                }
            }
        }
        let mut notes = vec![format!(
            "{what} was dropped: it {role} and rises by {}{unit} in most steps",
            shown(step)
        )];
        if let Some((found, k, t)) = uneven.first() {
            let missing = axis.gaps.iter().fold(0_u64, |sum, gap| sum.saturating_add(gap.missing));
            let missing = match missing {
                0 => String::new(),
                1 => "; 1 sample seems to be missing".to_owned(),
                _ => format!("; about {missing} samples seem to be missing"),
            };
            notes.push(format!(
                "{what} rises unevenly: {} of {all} steps are not {}{unit}, the first {} ({}){missing}",
                uneven.len(),
                shown(step),
                place(*k, *t),
                shown(*found)
            ));
        }
        if let Some((found, k, t)) = back.first() {
            let times =
                if back.len() == 1 { "once".to_owned() } else { format!("{} times", back.len()) };
            notes.push(format!(
                "{what} runs back {times}, {}{} (by {})",
                if back.len() == 1 { "" } else { "first " },
                place(*k, *t),
                shown(-found)
            ));
        }
        (Some(axis), notes)
    }
}

/// How a column is called in a sentence.
pub(super) fn called(name: &str, column: usize, named: bool) -> String {
    match (name.is_empty(), named) {
        (false, _) => format!("column {}", quoted(name)),
        (true, true) => format!("column {}, which has no name,", column + 1),
        (true, false) => format!("column {}", column + 1),
    }
}

/// Six digits of a number.
pub(crate) fn shown(x: f64) -> String {
    format!("{x:.5e}").parse::<f64>().unwrap_or(x).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column<'a>(cells: &[String], starts: &'a [usize]) -> Column<'a> {
        let mut digits = Digits::default();
        cells.iter().for_each(|cell| digits.see(cell));
        Column { values: cells.iter().map(|x| x.parse().unwrap()).collect(), starts, digits }
    }

    fn even(cells: impl Iterator<Item = String>) -> Option<f64> {
        column(&cells.collect::<Vec<_>>(), &[0]).even_step()
    }

    #[test]
    fn rounding_and_sums_do_not_make_a_ramp_uneven() {
        let sum = (0..5000).scan(0.0_f64, |sum, _| {
            *sum += 0.02;
            Some(*sum)
        });
        let near = |found: Option<f64>, step: f64| (found.unwrap() / step - 1.0).abs() < 1e-6;
        assert!(near(even(sum.map(|x| x.to_string())), 0.02));
        assert!(near(even((0..900).map(|k| format!("{:.18e}", f64::from(k) * 0.004))), 0.004));
        let single = |k: i32| (k as f32 / 30.0).to_string();
        assert!((even((0..900).map(single)).unwrap() * 30.0 - 1.0).abs() < 1e-3);
        // Printed too coarsely to see the single step.
        let coarse = even((0..10_000).map(|k| format!("{:.2}", f64::from(k) * 0.001))).unwrap();
        assert!((coarse / 0.001 - 1.0).abs() < 1e-2);
        assert!(near(even((0..50).map(|k| (100 + k).to_string())), 1.0));
    }

    #[test]
    fn what_only_looks_like_a_ramp_is_none() {
        let wave = |k: i32| (f64::from(k) + 0.01 * f64::from(k).sin()).to_string();
        assert_eq!(even((0..500).map(wave)), None);
        assert_eq!(even((0..500).map(|k| (f64::from(k) * 1e-3).sin().to_string())), None);
        assert_eq!(even((0..500).map(|_| "7".to_owned())), None);
        assert_eq!(even((0..500).map(|k| (-k).to_string())), None);
        assert_eq!(even((0..500).map(|k| (k + k / 250).to_string())), None);
        assert_eq!(even(["1".to_owned()].into_iter()), None);
    }
}
