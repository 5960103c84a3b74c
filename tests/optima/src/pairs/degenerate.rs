//! Operators with repeated spectra and other special structure, seen in random coordinates.

use crate::square::Square;
use systems::Random;

/// Ten structures; the first ten pairs are two draws of one of them each, the rest by turns one
/// operator in two coordinate systems, and two structures.
pub(super) fn pair(n: usize, index: usize, random: &mut Random) -> (Square, Square) {
    let a = operator(index % 10, n, random);
    let b = if index < 10 {
        operator(index, n, random)
    } else if index.is_multiple_of(2) {
        a.turned_by(&Square::orthogonal(n, random))
    } else {
        operator((index + 3) % 10, n, random)
    };
    (a, b)
}

fn operator(structure: usize, n: usize, random: &mut Random) -> Square {
    let made = match structure {
        0 => two_eigenvalues(n, random),
        1 => return Square::orthogonal(n, random),
        2 => rotations(n, random),
        3 => with_transposed(n, -1.0, random),
        4 => with_transposed(n, 1.0, random),
        5 => Square::from_fn(n, |i, j| if i < j { random.normal() } else { 0.0 }),
        6 => Square::from_fn(n, |i, j| if i + 1 == j { random.uniform(0.5, 1.5) } else { 0.0 }),
        7 => {
            let kept = (n / 2).max(2);
            Square::from_fn(n, |i, j| if i < kept && j < kept { random.normal() } else { 0.0 })
        }
        8 => {
            let mut near = Square::identity(n).times(0.95);
            *near.at_mut(0, 1) = 0.3;
            near
        }
        _ => reflection(n, random),
    };
    made.turned_by(&Square::orthogonal(n, random))
}

/// A symmetric part with the eigenvalues 1 and -1/2 only.
fn two_eigenvalues(n: usize, random: &mut Random) -> Square {
    let mut made = with_transposed(n, -1.0, random).times(0.3);
    for i in 0..n {
        *made.at_mut(i, i) = if i < n / 2 { 1.0 } else { -0.5 };
    }
    made
}

/// G + sign Gᵀ.
fn with_transposed(n: usize, sign: f64, random: &mut Random) -> Square {
    let g = Square::gaussian(n, random);
    Square::from_fn(n, |i, j| g.at(i, j) + sign * g.at(j, i))
}

/// Blocks of rotations by 0.1 to 1.5 rad, and 1 for an odd order.
fn rotations(n: usize, random: &mut Random) -> Square {
    let mut made = Square::identity(n);
    for i in (0..n - n % 2).step_by(2) {
        let angle = random.uniform(0.1, 1.5);
        let (cosine, sine) = (libm::cos(angle), libm::sin(angle));
        *made.at_mut(i, i) = cosine;
        *made.at_mut(i + 1, i + 1) = cosine;
        *made.at_mut(i, i + 1) = -sine;
        *made.at_mut(i + 1, i) = sine;
    }
    made
}

/// diag(1, -1, 1, ..) + u uᵀ / 10, a perturbation of rank one.
fn reflection(n: usize, random: &mut Random) -> Square {
    let u = random.normals(n);
    Square::from_fn(n, |i, j| {
        let sign = if i % 2 == 0 { 1.0 } else { -1.0 };
        0.1 * u[i] * u[j] + if i == j { sign } else { 0.0 }
    })
}
