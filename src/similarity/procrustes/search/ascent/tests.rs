//! Tests of the kernels of the ascent against their definitions.

use super::cayley::{factor, solve};
use super::cholesky::{rows_mut, triangle_len};
use super::hessian::{Consumed, Terms, assemble};
use super::packed::dot;
use super::point::{Curvature, Masks, Point, StepPair, gradient, objective, remember};
use super::product::{product, transpose};
use super::{Lane, packed_len};

/// Reproducible numbers in [-1, 1).
fn numbers(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// The same matrix in every lane, but for a factor that tells the lanes apart.
fn lanes<const L: usize>(m: &[f64]) -> Vec<[f64; L]> {
    m.iter().map(|x| std::array::from_fn(|l| x * (1.0 + l as f64))).collect()
}

fn first<const L: usize>(m: &[[f64; L]]) -> Vec<u64> {
    m.iter().map(|x| x[0].to_bits()).collect()
}

/// One sum per entry, in index order: whatever the blocks, exactly the plain triple loop.
fn product_is_the_triple_loop<const L: usize>() {
    for n in 1..20 {
        let (a, b) = (numbers(n * n, 1), numbers(n * n, 2));
        let mut out = vec![[0.0; L]; n * n];
        product(&mut out, &lanes::<L>(&a), &lanes::<L>(&b), n);
        for i in 0..n {
            for j in 0..n {
                for (l, found) in out[i * n + j].iter().enumerate() {
                    let factor = 1.0 + l as f64;
                    let terms = (0..n).map(|k| (a[i * n + k] * factor) * (b[k * n + j] * factor));
                    let sum = terms.fold(0.0, |sum, term| sum + term);
                    assert_eq!(found.to_bits(), sum.to_bits(), "n {n} L {L}");
                }
            }
        }
    }
}

#[test]
fn products_add_in_index_order_for_every_number_of_lanes() {
    product_is_the_triple_loop::<1>();
    product_is_the_triple_loop::<4>();
    product_is_the_triple_loop::<8>();
}

/// (I - aX/2) C₊ = (I + aX/2) C, and C₊ is orthogonal.
fn cayley<const L: usize>(n: usize) -> Vec<u64> {
    let packed = n * (n - 1) / 2;
    let mut x = numbers(packed, 3);
    let length = x.iter().map(|x| x * x).sum::<f64>().sqrt();
    x.iter_mut().for_each(|x| *x /= length);
    let identity: Vec<f64> = (0..n * n).map(|k| f64::from(k % (n + 1) == 0)).collect();
    let c: Vec<[f64; L]> = identity.iter().map(|x| [*x; L]).collect();
    let x: Vec<[f64; L]> = x.iter().map(|x| [*x; L]).collect();
    let (mut w, mut out) = (vec![[0.0; L]; n * n], vec![[0.0; L]; n * n]);
    let step = 0.7;
    factor(&mut w, &x, &[step; L], n);
    solve(&w, &c, &mut out, n);
    let mut skew = vec![0.0; n * n];
    let mut packed = x.iter();
    for i in 0..n {
        for j in i + 1..n {
            let value = packed.next().unwrap()[0];
            (skew[i * n + j], skew[j * n + i]) = (value, -value);
        }
    }
    let at = |i: usize, j: usize| out[i * n + j][0];
    for i in 0..n {
        for j in 0..n {
            let half = |k: usize| step / 2.0 * skew[i * n + k];
            let left = at(i, j) - (0..n).map(|k| half(k) * at(k, j)).sum::<f64>();
            let right = f64::from(i == j) + half(j);
            assert!((left - right).abs() < 1e-15 * n as f64, "n {n} L {L}");
            let gram: f64 = (0..n).map(|k| at(k, i) * at(k, j)).sum();
            assert!((gram - f64::from(i == j)).abs() < 2e-15 * n as f64, "n {n} L {L}");
        }
    }
    first(&out)
}

#[test]
fn the_cayley_step_solves_its_equation_with_the_same_bits_for_every_number_of_lanes() {
    for n in 2..20 {
        let alone = cayley::<1>(n);
        assert_eq!(alone, cayley::<4>(n));
        assert_eq!(alone, cayley::<8>(n));
    }
}

/// f(C exp X) by finite differences along every coordinate: its slope and curvature.
#[test]
fn the_gradient_and_the_diagonal_of_the_hessian_are_those_of_f() {
    for n in [3, 4, 7] {
        let (ka, d, b) = (skew(n, 4), numbers(n, 5), numbers(n * n, 6));
        let one = |m: &[f64]| -> Vec<[f64; 1]> { m.iter().map(|x| [*x]).collect() };
        let identity: Vec<f64> = (0..n * n).map(|k| f64::from(k % (n + 1) == 0)).collect();
        let (ka, d, b, c) = (one(&ka), one(&d), one(&b), one(&identity));
        let zeros = || vec![[0.0_f64; 1]; n * n];
        let (mut w, mut trial, mut t, mut m, mut kd) =
            (zeros(), zeros(), zeros(), zeros(), zeros());
        let mut diagonal = vec![[0.0]; n];
        let packed = n * (n - 1) / 2;
        let mut evaluate = |x: &[[f64; 1]], m: &mut Vec<[f64; 1]>, kd: &mut Vec<[f64; 1]>| {
            factor(&mut w, x, &[1.0], n);
            solve(&w, &c, &mut trial, n);
            product(&mut t, &trial, &b, n);
            transpose(kd, &trial, n);
            product(m, &t, kd, n);
            objective(kd, &mut diagonal, m, &ka, &d, n)[0]
        };
        let x = vec![[0.0]; packed];
        let centre = evaluate(&x, &mut m, &mut kd);
        let slopes: Vec<(f64, f64)> = (0..packed)
            .map(|k| {
                let step = 1e-4;
                let mut at = |s: f64| {
                    let mut x = x.clone();
                    x[k] = [s];
                    evaluate(&x, &mut zeros(), &mut zeros())
                };
                let (up, down) = (at(step), at(-step));
                ((up - down) / (2.0 * step), (up - 2.0 * centre + down) / (step * step))
            })
            .collect();
        evaluate(&x, &mut m, &mut kd);
        let mut q = zeros();
        product(&mut q, &ka, &kd, n);
        let turning: Vec<[f64; 1]> = (0..n).map(|i| [-q[i * n + i][0]]).collect();
        let point =
            Point { m: &m, q: &q, kd: &kd, ka: &ka, d: &d, diagonal: &diagonal, turning: &turning };
        let (mut g, mut h) = (vec![[0.0]; packed], vec![[0.0]; packed]);
        gradient(&mut g, &mut h, &point, n);
        for ((g, h), (slope, curvature)) in g.iter().zip(&h).zip(slopes) {
            // Central differences: truncation step², rounding eps / step².
            assert!((g[0] - slope).abs() < 1e-6, "{} {slope}", g[0]);
            assert!((h[0] - curvature.abs()).abs() < 1e-5, "{} {curvature}", h[0]);
        }
    }
}

#[test]
fn long_sums_add_even_and_odd_entries_apart() {
    let (a, b) = (numbers(7, 8), numbers(7, 9));
    let term = |k: usize| a[k] * b[k];
    let even = ((term(0) + term(2)) + term(4)) + term(6);
    let odd = (term(1) + term(3)) + term(5);
    let one = |m: &[f64]| -> Vec<[f64; 1]> { m.iter().map(|x| [*x]).collect() };
    assert_eq!(dot(&one(&a), &one(&b))[0].to_bits(), (even + odd).to_bits());
}

#[test]
fn a_lane_that_is_not_accepted_keeps_its_gradient_and_forgets_the_step() {
    let old = numbers(3, 1);
    let (mut g, mut h) = (lanes::<2>(&old), lanes::<2>(&old));
    let (mut s, mut y) = (lanes::<2>(&numbers(3, 2)), lanes::<2>(&numbers(3, 3)));
    let (g_new, h_new) = (s.clone(), y.clone());
    let masks = Masks { accepted: [1.0, 0.0], remembered: [1.0, 0.0] };
    let x = lanes::<2>(&numbers(3, 4));
    let curvature = Curvature { g: &mut g, h: &mut h };
    remember(curvature, StepPair { s: &mut s, y: &mut y }, &x, &[0.5; 2], &masks);
    for k in 0..3 {
        assert_eq!((g[k][0], h[k][0]), (g_new[k][0], h_new[k][0]));
        assert_eq!((g[k][1], h[k][1]), (2.0 * old[k], 2.0 * old[k]));
        assert_eq!((s[k][0], y[k][0]), (0.5 * x[k][0], old[k] - g_new[k][0]));
        assert_eq!((s[k][1], y[k][1]), (0.0, 0.0));
    }
}

/// A skew matrix of reproducible numbers.
fn skew(n: usize, seed: u64) -> Vec<f64> {
    let mut k = numbers(n * n, seed);
    for i in 0..n {
        k[i * n + i] = 0.0;
        for j in 0..i {
            k[i * n + j] = -k[j * n + i];
        }
    }
    k
}

/// Against the definition: <[X, A], [Y, M]> for rotations X and Y, made symmetric.
#[test]
fn the_hessian_of_a_lane_is_that_of_the_definition() {
    const L: usize = 2;
    for n in [2, 3, 5, 8] {
        let (ka, d, m) = (skew(n, 4), numbers(n, 5), numbers(n * n, 6));
        let at = |m: &[f64], i: usize, j: usize| m[i * n + j];
        let a: Vec<f64> =
            (0..n * n).map(|k| ka[k] + if k % (n + 1) == 0 { d[k / n] } else { 0.0 }).collect();
        let kd: Vec<f64> = (0..n * n).map(|k| 0.5 * (m[k] - at(&m, k % n, k / n))).collect();
        let times = |a: &[f64], b: &[f64]| -> Vec<f64> {
            let entry = |k: usize| (0..n).map(|p| at(a, k / n, p) * at(b, p, k % n)).sum();
            (0..n * n).map(entry).collect()
        };
        let planes: Vec<(usize, usize)> =
            (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))).collect();
        // [X, A] of the rotation in a plane
        let bracket = |(i, j): (usize, usize), a: &[f64]| -> Vec<f64> {
            let mut x = vec![0.0; n * n];
            (x[i * n + j], x[j * n + i]) = (1.0, -1.0);
            times(&x, a).iter().zip(times(a, &x)).map(|(left, right)| left - right).collect()
        };
        let inner = |a: Vec<f64>, b: Vec<f64>| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();

        // Lane 1 holds twice these matrices.
        let mut kernel_m = lanes::<L>(&m);
        let mut q = lanes::<L>(&times(&ka, &kd));
        q.iter_mut().for_each(|q| q[1] *= 2.0);
        let (ka, kd, d) = (lanes::<L>(&ka), lanes::<L>(&kd), lanes::<L>(&d));
        let (mut scratch, p) = (vec![0.0_f32; 2 * n * n], packed_len(n));
        let consumed = Consumed { m: &mut kernel_m, q: &mut q, skew: &kd, ka: &ka, d: &d };
        let terms = Terms::of(Lane(1), consumed, &mut scratch, n);
        let mut triangle = vec![f32::NAN; triangle_len(p)];
        assemble(&mut triangle, &terms, n);
        let mut rows = rows_mut(&mut triangle, p);
        for (r, plane) in planes.iter().enumerate() {
            let row = rows.next().unwrap();
            assert_eq!(row.len(), p - r);
            for (found, other) in row.iter().zip(&planes[r..]) {
                let one = inner(bracket(*plane, &a), bracket(*other, &m));
                let two = inner(bracket(*other, &a), bracket(*plane, &m));
                // Twice A and twice M.
                let right = 4.0 * 0.5 * (one + two);
                assert!((f64::from(*found) - right).abs() < 1e-5, "n {n}: {found} {right}");
            }
        }
        assert!(rows.next().is_none());
        // The other lane is as it was.
        assert!(kernel_m.iter().zip(&m).all(|(lanes, m)| lanes[0] == *m));
    }
}
