//! Any two operators. The transform is orthogonal; the distance is that of the transform, no larger than that
//! of the operators as they are or turned at random, and symmetric to the bit; the lower bound lies below the
//! distance of every transform that is tried. Or a typed error where there is a reason for one.

use arbitrary::Unstructured;
use dynamical_similarity::{Comparison, Effort, MatRef, Metric, Procrustes, Scalar, UnequalRanks};
use crate::{finite, numbers, single, size};

/// A column-major square matrix in f64.
#[derive(Clone)]
struct Square {
    n: usize,
    entries: Vec<f64>,
}

impl Square {
    fn new(n: usize, entry: impl Fn(usize, usize) -> f64) -> Self {
        Self { n, entries: (0..n * n).map(|k| entry(k % n, k / n)).collect() }
    }

    fn at(&self, i: usize, j: usize) -> f64 {
        self.entries[j * self.n + i]
    }

    fn product(&self, other: &Self) -> Self {
        Self::new(self.n, |i, j| (0..self.n).map(|k| self.at(i, k) * other.at(k, j)).sum())
    }

    fn transposed(&self) -> Self {
        Self::new(self.n, |i, j| self.at(j, i))
    }

    fn norm(&self) -> f64 {
        self.entries.iter().map(|x| x * x).sum::<f64>().sqrt()
    }

    /// A random orthogonal matrix: rotations of all planes.
    fn random(n: usize, seed: &mut u64) -> Self {
        let mut c = Self::new(n, |i, j| f64::from(u8::from(i == j)));
        for (p, q) in (0..n).flat_map(|q| (0..q).map(move |p| (p, q))) {
            *seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let (sin, cos) = ((*seed >> 11) as f64).sin_cos();
            for k in 0..n {
                let (x, y) = (c.at(k, p), c.at(k, q));
                c.entries[p * n + k] = cos * x - sin * y;
                c.entries[q * n + k] = sin * x + cos * y;
            }
        }
        c
    }
}

/// An operator padded to order `n`, at unit norm, and its norm as a factor and a power of two, which no range
/// of f64 is too small for.
fn unit<T: Scalar>(values: &[T], m: usize, n: usize) -> (Square, f64, i32) {
    let entry =
        |i: usize, j: usize| -> f64 { if i < m && j < m { values[j * m + i].into() } else { 0.0 } };
    let largest = values.iter().fold(0.0, |most: f64, x| most.max(Into::<f64>::into(*x).abs()));
    if largest == 0.0 {
        return (Square::new(n, |_, _| 0.0), 0.0, 0);
    }
    let power = largest.log2().floor() as i32;
    // In two steps: 2^1074 is no f64.
    let (first, second) = (-power / 2, -power - -power / 2);
    let mut matrix =
        Square::new(n, |i, j| entry(i, j) * 2.0_f64.powi(first) * 2.0_f64.powi(second));
    let norm = matrix.norm();
    matrix.entries.iter_mut().for_each(|x| *x /= norm);
    (matrix, norm, power)
}

/// Two operators at unit norm, and their norms relative to 2^power.
struct Pair {
    a: Square,
    b: Square,
    norms: [f64; 2],
    power: i32,
}

impl Pair {
    /// The distance of a transform, by the metric; that of Frobenius relative to 2^power.
    fn distance(&self, metric: Metric, c: &Square) -> f64 {
        let turned = c.product(&self.b).product(&c.transposed());
        let chord = |sign: f64| {
            let entries = self.a.entries.iter().zip(&turned.entries);
            entries.map(|(x, y)| (x + sign * y).powi(2)).sum::<f64>().sqrt()
        };
        let (difference, sum) = (chord(-1.0), chord(1.0));
        let arc = |chord: f64| 2.0 * (0.5 * chord).min(1.0).asin();
        match metric {
            Metric::Angular if difference <= sum => arc(difference),
            Metric::Angular => std::f64::consts::PI - arc(sum),
            Metric::Chordal => difference,
            _ => {
                let [x, y] = self.norms;
                ((x - y).powi(2) + x * y * difference.powi(2)).sqrt()
            }
        }
    }
}

fn pair<T: Scalar>((m, a): (usize, &[T]), (n, b): (usize, &[T])) -> Pair {
    let order = m.max(n);
    let ((a, x, p), (b, y, q)) = (unit(a, m, order), unit(b, n, order));
    // A zero operator has no size of its own.
    let power = if x == 0.0 {
        q
    } else if y == 0.0 {
        p
    } else {
        p.max(q)
    };
    let relative = |norm: f64, p: i32| {
        if norm == 0.0 { 0.0 } else { norm * 2.0_f64.powi((p - power).max(-1000)) }
    };
    Pair { norms: [relative(x, p), relative(y, q)], a, b, power }
}

/// The metric's own number, in the unit of the pair.
fn in_unit(metric: Metric, value: f64, pair: &Pair) -> f64 {
    if metric != Metric::Frobenius {
        return value;
    }
    let (first, second) = (-pair.power / 2, -pair.power - -pair.power / 2);
    value * 2.0_f64.powi(first) * 2.0_f64.powi(second)
}

struct Case<'a, T> {
    solver: Procrustes,
    metric: Metric,
    rule: UnequalRanks,
    a: (usize, &'a [T]),
    b: (usize, &'a [T]),
}

impl<T: Scalar> Case<'_, T> {
    fn compare(&self, turned: bool) -> Option<Result<Comparison<T>, dynamical_similarity::Error>> {
        let ((m, a), (n, b)) = if turned { (self.b, self.a) } else { (self.a, self.b) };
        let (a, b) = (MatRef::new(a, m, m).ok()?, MatRef::new(b, n, n).ok()?);
        Some(self.solver.compare_operators(a, b))
    }

    /// Whether there is a reason to refuse the pair.
    fn may_fail(&self) -> bool {
        let ((m, a), (n, b)) = (self.a, self.b);
        let zero = |values: &[T]| values.iter().all(|x| Into::<f64>::into(*x) == 0.0);
        let norms = match self.metric {
            Metric::Frobenius => true, // It may overflow.
            _ => zero(a) || zero(b),
        };
        let ranks =
            self.rule == UnequalRanks::Transport || (m != n && self.rule == UnequalRanks::Error);
        m == 0 || n == 0 || !finite(a) || !finite(b) || norms || ranks
    }

    fn check(&self, eps: f64) {
        let Some(found) = self.compare(false) else { return };
        let turned = self.compare(true);
        let Ok(found) = found else {
            assert!(self.may_fail() && turned.is_some_and(|turned| turned.is_err()));
            return;
        };
        let (low, high): (f64, f64) = (found.lower_bound().into(), found.distance().into());
        assert!(high.is_finite() && 0.0 <= low && low <= high, "{low} {high}");
        assert!(finite(&[found.cosine()]) && Into::<f64>::into(found.cosine()).abs() <= 1.0);
        let turned = turned.unwrap().unwrap();
        assert_eq!(high.to_bits(), Into::<f64>::into(turned.distance()).to_bits());
        assert_eq!(low.to_bits(), Into::<f64>::into(turned.lower_bound()).to_bits());
        let n = found.transform().rows();
        if n == 0 {
            return;
        }

        let c = Square::new(n, |i, j| found.transform().at(i, j).into());
        let unit = |i: usize, j: usize| f64::from(u8::from(i == j));
        let gram = c.transposed().product(&c);
        let off = Square::new(n, |i, j| gram.at(i, j) - unit(i, j)).norm();
        let slack = 32.0 * n as f64 * eps;
        assert!(off <= slack, "C is off orthogonal by {off:e}");

        let pair = pair(self.a, self.b);
        // A norm near the least number of the scalar is rounded to it.
        let least = in_unit(self.metric, if eps > 1e-10 { 3e-45 } else { 1e-323 }, &pair);
        let slack = slack + 4.0 * if self.metric == Metric::Frobenius { least } else { 0.0 };
        let (low, high) = (in_unit(self.metric, low, &pair), in_unit(self.metric, high, &pair));
        let here = pair.distance(self.metric, &c);
        assert!((high - here).abs() <= slack, "{high:e}, of the transform {here:e}");
        let identity = Square::new(n, unit);
        let plain = pair.distance(self.metric, &identity);
        assert!(high <= plain + slack, "{high:e}, without a transform {plain:e}");
        let mut seed = 1;
        for _ in 0..6 {
            let mut other = Square::random(n, &mut seed);
            for _ in 0..2 {
                let of_other = pair.distance(self.metric, &other);
                assert!(low <= of_other + slack, "bound {low:e}, of a transform {of_other:e}");
                // A start that is not climbed from is no better than what the search finds, but for the
                // basins that a small effort may miss.
                assert!(high <= of_other + 1e-3 + slack, "{high:e}, turned at random {of_other:e}");
                other.entries[..n].iter_mut().for_each(|x| *x = -*x);
            }
        }
        let proved = high - low <= 1.001e-3 * high + 65.0 * n as f64 * eps * 2.0 + slack;
        assert!(!found.is_certified() || proved, "certified: {low:e} {high:e}");
    }
}

fn run(bytes: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let choice = bytes.arbitrary::<u8>()?;
    let metric = match choice & 3 {
        0 => Metric::Chordal,
        1 => Metric::Frobenius,
        _ => Metric::Angular,
    };
    let rule = match choice >> 3 & 3 {
        0 => UnequalRanks::Error,
        1 => UnequalRanks::Transport,
        _ => UnequalRanks::Pad,
    };
    let effort = if choice & 4 == 0 { Effort::Fast } else { Effort::Default };
    let solver = Procrustes::new().metric(metric).effort(effort).unequal_ranks(rule);
    let m = size(bytes, 6)?;
    let n = if choice & 32 == 0 { m } else { size(bytes, 6)? };
    let a = numbers(bytes, m * m)?;
    // Often the same operator, or its opposite.
    let b = match (choice >> 6, m == n) {
        (0, true) => a.clone(),
        (1, true) => a.iter().map(|x| -x).collect(),
        _ => numbers(bytes, n * n)?,
    };
    Case { solver, metric, rule, a: (m, &a[..]), b: (n, &b[..]) }.check(f64::EPSILON);
    let (a, b) = (single(&a), single(&b));
    Case { solver, metric, rule, a: (m, &a[..]), b: (n, &b[..]) }.check(f32::EPSILON.into());
    Ok(())
}

pub fn fuzz_target(data: &[u8]) {
    let _ = run(&mut Unstructured::new(data));
}
