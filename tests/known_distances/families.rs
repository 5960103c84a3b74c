//! Pairs of operators whose best transform is known.
//!
//! Every family gives the optimum as a list of pairs (x, y) of real numbers: |A|² is the sum of x², |B|² that
//! of y², and the largest <A, C B Cᵀ> over the orthogonal matrices that of x y. So the least |A - C B Cᵀ|² is
//! the sum of (x - y)², without cancellation.

use super::square::{Random, Square};

/// Two operators and their optimum.
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) a: Square,
    pub(super) b: Square,
    pub(super) matched: Vec<(f64, f64)>,
    /// Whether a family has optima that are only local: the least effort may end in one.
    pub(super) has_local_optima: bool,
}

fn descending(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(|x, y| y.total_cmp(x));
    sorted
}

/// Symmetric operators with these eigenvalues: their best match is in descending order (Hoffman & Wielandt
/// 1953, and von Neumann 1937 for the transform that attains it).
fn symmetric(name: String, of_a: &[f64], of_b: &[f64], random: &mut Random) -> Pair {
    let n = of_a.len();
    let turned = |values: &[f64], random: &mut Random| {
        Square::diagonal(values).turned(&Square::orthogonal(n, random))
    };
    let matched = descending(of_a).into_iter().zip(descending(of_b)).collect();
    let (a, b) = (turned(of_a, random), turned(of_b, random));
    Pair { name, a, b, matched, has_local_optima: false }
}

/// Spectra of many kinds: simple, positive, repeated, of low rank, with a cluster.
fn spectrum(kind: usize, n: usize, random: &mut Random) -> Vec<f64> {
    let mut values = random.normals(n);
    match kind % 5 {
        0 => {}
        1 => values.iter_mut().for_each(|x| *x = x.abs() + 0.1),
        2 => values.iter_mut().for_each(|x| *x = x.signum()),
        3 => values.iter_mut().skip(n / 2).for_each(|x| *x = 0.0),
        _ => values.iter_mut().skip(1).for_each(|x| *x = 0.9 + 1e-3 * *x),
    }
    values
}

pub(super) fn symmetric_pairs() -> Vec<Pair> {
    let mut random = Random(1);
    let pair = |k: usize| {
        let n = 3 + k % 4;
        let (kind, other) = (k / 4 % 5, k / 20 % 5);
        let of_a = spectrum(kind, n, &mut random);
        let of_b = spectrum(other, n, &mut random);
        symmetric(format!("symmetric {n} {k}"), &of_a, &of_b, &mut random)
    };
    (0..200).map(pair).collect()
}

/// Orthogonal projectors and reflections of all ranks.
pub(super) fn projector_pairs() -> Vec<Pair> {
    let mut random = Random(2);
    let mut pairs = Vec::new();
    for n in 3..=7 {
        for (p, q) in (1..n).flat_map(|p| (1..=p).map(move |q| (p, q))) {
            for zero in [0.0, -1.0] {
                let values = |rank: usize| -> Vec<f64> {
                    (0..n).map(|i| if i < rank { 1.0 } else { zero }).collect()
                };
                let name = format!("projector {n}: {p} {q} {zero}");
                pairs.push(symmetric(name, &values(p), &values(q), &mut random));
            }
        }
    }
    pairs
}

/// Multiples of the identity: every transform is as good as any other.
pub(super) fn scalar_pairs() -> Vec<Pair> {
    let factors = [1.0, -1.0, 0.7, -0.7, 1e-3, -3e4];
    let mut pairs = Vec::new();
    for n in 3..=10 {
        for (x, y) in factors.iter().flat_map(|x| factors.iter().map(move |y| (*x, *y))) {
            pairs.push(Pair {
                name: format!("scalar {n}: {x} {y}"),
                a: Square::identity(n).times(x),
                b: Square::identity(n).times(y),
                matched: vec![(x, y); n],
                has_local_optima: false,
            });
        }
    }
    pairs
}

/// Multiples of the identity with a small symmetric part beside, on either side of zero.
pub(super) fn near_scalar_pairs() -> Vec<Pair> {
    let mut random = Random(3);
    let mut pairs = Vec::new();
    for n in 3..=6 {
        for size in [1e-9, 1e-6, 1e-4, 1e-2] {
            for (x, y) in [(1.0, -1.0), (0.7, -0.7), (1.0, 1.0), (-0.4, -2.0), (3.0, -0.1)] {
                for opposite in [false, true] {
                    let near = |center: f64, random: &mut Random| -> Vec<f64> {
                        random.normals(n).iter().map(|z| center + size * z).collect()
                    };
                    let of_a = near(x, &mut random);
                    let of_b = if opposite {
                        of_a.iter().map(|z| -z).collect()
                    } else {
                        near(y, &mut random)
                    };
                    let name = format!("near-scalar {n}: {x} {y} {size} {opposite}");
                    pairs.push(symmetric(name, &of_a, &of_b, &mut random));
                }
            }
        }
    }
    pairs
}

/// Skew operators: their planes are matched in the order of the rates, whatever their orientation.
pub(super) fn skew_pairs() -> Vec<Pair> {
    let mut random = Random(4);
    let pair = |k: usize| {
        let n = 3 + k % 4;
        let planes = n / 2;
        let rates = |kind: usize, random: &mut Random| {
            let mut rates = random.normals(planes);
            match kind {
                0 => {}
                1 => rates.iter_mut().for_each(|x| *x = x.signum()),
                _ => rates.iter_mut().skip(1).for_each(|x| *x = 0.0),
            }
            rates
        };
        let of_a = rates(k / 4 % 3, &mut random);
        let of_b = rates(k / 12 % 3, &mut random);
        let turned = |rates: &[f64], random: &mut Random| {
            let pairs: Vec<[f64; 2]> = rates.iter().map(|x| [0.0, *x]).collect();
            let reals = vec![0.0; n - 2 * planes];
            Square::blocks(&pairs, &reals).turned(&Square::orthogonal(n, random))
        };
        let sizes = |rates: &[f64]| descending(&rates.iter().map(|x| x.abs()).collect::<Vec<_>>());
        let root = 2.0_f64.sqrt();
        let matched = sizes(&of_a).into_iter().zip(sizes(&of_b));
        Pair {
            name: format!("skew {n} {k}"),
            a: turned(&of_a, &mut random),
            b: turned(&of_b, &mut random),
            matched: matched.map(|(x, y)| (root * x, root * y)).collect(),
            has_local_optima: false,
        }
    };
    (0..144).map(pair).collect()
}

/// The eigenvalues of a normal operator: one of each conjugate pair, then the real ones.
struct Eigenvalues {
    pairs: Vec<[f64; 2]>,
    reals: Vec<f64>,
}

impl Eigenvalues {
    fn all(&self) -> Vec<[f64; 2]> {
        let pairs = self.pairs.iter().flat_map(|[re, im]| [[*re, *im], [*re, -*im]]);
        pairs.chain(self.reals.iter().map(|re| [*re, 0.0])).collect()
    }
}

/// The largest sum of weight(i, permutation(i)), and the permutation; all of them are tried.
pub(super) fn assignment(n: usize, weight: &dyn Fn(usize, usize) -> f64) -> (f64, Vec<usize>) {
    // Heap's algorithm.
    let mut order: Vec<usize> = (0..n).collect();
    let total =
        |order: &[usize]| -> f64 { order.iter().enumerate().map(|(i, j)| weight(i, *j)).sum() };
    let mut best = (total(&order), order.clone());
    let (mut counts, mut i) = (vec![0; n], 0);
    while i < n {
        if counts[i] < i {
            order.swap(if i % 2 == 0 { 0 } else { counts[i] }, i);
            if total(&order) > best.0 {
                best = (total(&order), order.clone());
            }
            counts[i] += 1;
            i = 0;
        } else {
            counts[i] = 0;
            i += 1;
        }
    }
    best
}

/// The best match of the eigenvalues of two normal operators if a real transform attains it: pairs go to
/// pairs and real values to real values. Over the unitary matrices no match is better than the best
/// permutation of the eigenvalues (Hoffman & Wielandt 1953), so that one is the optimum if it is of that
/// kind.
fn normal_match(a: &Eigenvalues, b: &Eigenvalues) -> Option<Vec<(f64, f64)>> {
    let (of_a, of_b) = (a.all(), b.all());
    let product = |x: [f64; 2], y: [f64; 2]| x[0] * y[0] + x[1] * y[1];
    let (bound, _) = assignment(of_a.len(), &|i, j| product(of_a[i], of_b[j]));
    let upper = |[re, im]: [f64; 2]| [re, im.abs()];
    let (of_pairs, planes) =
        assignment(a.pairs.len(), &|i, j| 2.0 * product(upper(a.pairs[i]), upper(b.pairs[j])));
    let (of_reals, lines) = assignment(a.reals.len(), &|i, j| a.reals[i] * b.reals[j]);
    if of_pairs + of_reals < bound - 1e-12 {
        return None;
    }
    let root = 2.0_f64.sqrt();
    let planes = planes.iter().enumerate().flat_map(|(i, j)| {
        let (x, y) = (upper(a.pairs[i]), upper(b.pairs[*j]));
        [(root * x[0], root * y[0]), (root * x[1], root * y[1])]
    });
    Some(planes.chain(lines.iter().enumerate().map(|(i, j)| (a.reals[i], b.reals[*j]))).collect())
}

/// Normal operators of complex and real eigenvalues, rotations among them.
pub(super) fn normal_pairs() -> Vec<Pair> {
    let mut random = Random(5);
    let mut pairs = Vec::new();
    let mut drawn = 0;
    while pairs.len() < 150 {
        drawn += 1;
        assert!(drawn < 2000, "few matches are real");
        let (n, kind) = (3 + drawn % 4, drawn / 4 % 3);
        let draw = |random: &mut Random| {
            let value = |random: &mut Random| match kind {
                0 => [random.normal(), random.normal()],
                // A rotation, with decay in the second kind.
                kind => {
                    let angle = 3.0 * random.uniform();
                    let radius = if kind == 1 { 1.0 } else { 0.5 + 0.5 * random.uniform() };
                    [radius * angle.cos(), radius * angle.sin()]
                }
            };
            Eigenvalues {
                pairs: (0..n / 2).map(|_| value(random)).collect(),
                reals: (0..n % 2).map(|_| random.normal()).collect(),
            }
        };
        let (of_a, of_b) = (draw(&mut random), draw(&mut random));
        let Some(matched) = normal_match(&of_a, &of_b) else { continue };
        let turned = |of: &Eigenvalues, random: &mut Random| {
            Square::blocks(&of.pairs, &of.reals).turned(&Square::orthogonal(n, random))
        };
        pairs.push(Pair {
            name: format!("normal {n} {drawn}"),
            a: turned(&of_a, &mut random),
            b: turned(&of_b, &mut random),
            matched,
            has_local_optima: true,
        });
    }
    pairs
}

/// Any operator and itself in other coordinates, times a factor.
pub(super) fn similar_pairs() -> Vec<Pair> {
    let mut random = Random(6);
    let pair = |k: usize| {
        let n = 3 + k % 5;
        let a = Square::gaussian(n, &mut random);
        let factor = [1.0, 0.25, 3.0][k % 3];
        let b = a.turned(&Square::orthogonal(n, &mut random)).times(factor);
        let (x, y) = (a.norm(), factor * a.norm());
        let name = format!("similar {n} {k}");
        Pair { name, a, b, matched: vec![(x, y)], has_local_optima: true }
    };
    (0..120).map(pair).collect()
}

/// Order 2: with A = (t / 2) I + S + k J, S symmetric without a trace, a transform turns S and may negate k, and
/// does nothing else. So the parts are matched by size.
pub(super) fn planar_pairs() -> Vec<Pair> {
    let mut random = Random(7);
    let operator = |kind: usize, random: &mut Random| {
        let mut m = Square::gaussian(2, random);
        match kind {
            0 => {}
            1 => m = m.plus(&m.transposed()),
            2 => m = m.plus(&m.transposed().times(-1.0)),
            3 => m = Square::identity(2).times(random.normal()),
            4 => m = Square::identity(2).plus(&m.times(1e-6)),
            5 => m = m.times(1e-4 * random.uniform()),
            // Of rank 1, and nilpotent.
            6 => m = Square::from_fn(2, |i, j| m.at(i, 0) * m.at(j, 1)),
            _ => m = Square::from_fn(2, |i, j| if i < j { 1.0 } else { 0.0 }),
        }
        m
    };
    let parts = |m: &Square| {
        let root = 2.0_f64.sqrt();
        let trace = (m.at(0, 0) + m.at(1, 1)) / root;
        let turn = (m.at(0, 1) - m.at(1, 0)) / root;
        let stretch = ((m.at(0, 0) - m.at(1, 1)) / root).hypot((m.at(0, 1) + m.at(1, 0)) / root);
        [trace, turn.abs(), stretch]
    };
    let pair = |k: usize| {
        let (a, b) = (operator(k % 8, &mut random), operator(k / 8 % 8, &mut random));
        let matched = parts(&a).into_iter().zip(parts(&b)).collect();
        Pair { name: format!("planar {k}"), a, b, matched, has_local_optima: false }
    };
    (0..640).map(pair).collect()
}
