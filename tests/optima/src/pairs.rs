//! Pairs of operators to compare, made from seeds: the same bits on every machine.
//!
//! | family | what the pair is |
//! | --- | --- |
//! | similar | B = Q A Qᵀ, Q a random orthogonal matrix |
//! | noise-1e-3, noise-1e-2, noise-1e-1 | the same, with Gaussian noise of that part of the norm added to B |
//! | gaussian | independent standard normal entries |
//! | dmd-lorenz, dmd-attractors, dmd-ring, dmd-linear | operators of two recordings of one kind of system, with the same or with different parameters |
//! | dmd-cross | operators of two recordings of different kinds of system |
//! | degenerate | operators with repeated spectra and other special structure |
//!
//! Every pair has a seed of its own and can be made alone.

mod degenerate;
mod systems;

use crate::square::Square;
use ::systems::Random;
use std::fmt;
use std::str::FromStr;
use systems::Kind;

/// The orders of the set.
pub const ORDERS: [usize; 11] = [3, 4, 5, 6, 8, 10, 12, 15, 16, 20, 30];

/// A kind of pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// B = Q A Qᵀ.
    Similar,
    /// B = Q A Qᵀ with noise of 10^-k of its norm; k is 1, 2 or 3.
    Noise(u8),
    /// Independent Gaussian matrices.
    Gaussian,
    /// Operators of two clips of the Lorenz attractor.
    Lorenz,
    /// Operators of two systems with the same averages: bistable, line or point attractor.
    Attractors,
    /// Operators of two rings of Stuart-Landau oscillators.
    Ring,
    /// Operators of two noisy linear systems.
    Linear,
    /// Operators of two recordings of different kinds of system.
    Cross,
    /// Special structure.
    Degenerate,
}

/// What a table shows together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Operators fitted to recordings.
    Dmd,
    /// Independent Gaussian matrices.
    Gaussian,
    /// Orthogonally similar, with and without noise.
    Similar,
    /// Special structure.
    Degenerate,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Dmd, Self::Gaussian, Self::Similar, Self::Degenerate];
}

impl fmt::Display for Group {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Dmd => "DMD",
            Self::Gaussian => "Gaussian",
            Self::Similar => "similar",
            Self::Degenerate => "degenerate",
        })
    }
}

const FAMILIES: [(Family, &str); 11] = [
    (Family::Similar, "similar"),
    (Family::Noise(3), "noise-1e-3"),
    (Family::Noise(2), "noise-1e-2"),
    (Family::Noise(1), "noise-1e-1"),
    (Family::Gaussian, "gaussian"),
    (Family::Lorenz, "dmd-lorenz"),
    (Family::Attractors, "dmd-attractors"),
    (Family::Ring, "dmd-ring"),
    (Family::Linear, "dmd-linear"),
    (Family::Cross, "dmd-cross"),
    (Family::Degenerate, "degenerate"),
];

impl fmt::Display for Family {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = FAMILIES.iter().find(|(family, _)| family == self);
        to.write_str(found.map_or("unnamed", |(_, name)| name))
    }
}

impl FromStr for Family {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = FAMILIES.iter().find(|(_, known)| *known == name);
        found.map(|(family, _)| *family).ok_or_else(|| format!("there is no family `{name}`"))
    }
}

impl Family {
    /// The group that a table shows it in.
    #[must_use]
    pub const fn group(self) -> Group {
        match self {
            Self::Similar | Self::Noise(_) => Group::Similar,
            Self::Gaussian => Group::Gaussian,
            Self::Degenerate => Group::Degenerate,
            Self::Lorenz | Self::Attractors | Self::Ring | Self::Linear | Self::Cross => Group::Dmd,
        }
    }

    /// Pairs of this family at an order of the set.
    const fn count(self, order: usize) -> usize {
        match self.group() {
            Group::Dmd => match order {
                6 | 10 | 15 | 16 => 16,
                30 => 10,
                _ => 6,
            },
            Group::Gaussian => 4,
            Group::Similar => 3,
            Group::Degenerate => 15,
        }
    }
}

/// Which pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// The order n of both operators.
    pub order: usize,
    /// The family.
    pub family: Family,
    /// The number within family and order.
    pub index: usize,
}

/// Two operators.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// Which pair.
    pub name: Name,
    /// A.
    pub a: Square,
    /// B.
    pub b: Square,
    /// C with A = C B Cᵀ up to the noise, where B was made so.
    pub planted: Option<Square>,
}

/// Every pair of the set, by order and family.
#[must_use]
pub fn names() -> Vec<Name> {
    let of = |order: usize, family: Family| {
        (0..family.count(order)).map(move |index| Name { order, family, index })
    };
    ORDERS
        .iter()
        .flat_map(|order| FAMILIES.iter().flat_map(move |(family, _)| of(*order, *family)))
        .collect()
}

impl Name {
    /// The seed of the pair.
    #[must_use]
    pub fn seed(&self) -> u64 {
        let family = FAMILIES.iter().position(|(family, _)| *family == self.family).unwrap_or(0);
        (90_000_000 + self.order * 100_000 + family * 1_000 + self.index) as u64
    }

    /// Makes the pair.
    ///
    /// # Errors
    /// A sentence if a recording cannot be fitted; does not happen for [`names`].
    pub fn pair(self) -> Result<Pair, String> {
        let mut random = Random::new(self.seed(), 0);
        let (n, i) = (self.order, self.index);
        let unplanted = |a, b| Pair { name: self, a, b, planted: None };
        let kind = match self.family {
            Family::Similar => return self.similar(0.0, &mut random),
            Family::Noise(1) => return self.similar(1e-1, &mut random),
            Family::Noise(2) => return self.similar(1e-2, &mut random),
            Family::Noise(_) => return self.similar(1e-3, &mut random),
            Family::Gaussian => {
                let a = Square::gaussian(n, &mut random);
                return Ok(unplanted(a, Square::gaussian(n, &mut random)));
            }
            Family::Degenerate => {
                let (a, b) = degenerate::pair(n, i, &mut random);
                return Ok(unplanted(a, b));
            }
            Family::Cross => {
                let (left, apart) = (i % 4, 1 + (i / 4) % 3);
                let a = Kind::ALL[left].operator(random.index(3), n, &mut random)?;
                let right = Kind::ALL[(left + apart) % 4];
                return Ok(unplanted(a, right.operator(random.index(3), n, &mut random)?));
            }
            Family::Lorenz => Kind::Lorenz,
            Family::Attractors => Kind::Attractors,
            Family::Ring => Kind::Ring,
            Family::Linear => Kind::Linear,
        };
        // Even numbers compare one setting with itself, odd ones two settings.
        let setting = (i / 2) % 3;
        let other = if i.is_multiple_of(2) { setting } else { (setting + 1 + (i / 6) % 2) % 3 };
        let a = kind.operator(setting, n, &mut random)?;
        Ok(unplanted(a, kind.operator(other, n, &mut random)?))
    }

    fn similar(self, noise: f64, random: &mut Random) -> Result<Pair, String> {
        let n = self.order;
        let a = if self.index.is_multiple_of(2) {
            Square::gaussian(n, random).times(1.0 / (n as f64).sqrt())
        } else {
            let kind = Kind::ALL[random.index(4)];
            kind.operator(random.index(3), n, random)?
        };
        let q = Square::orthogonal(n, random);
        let mut b = a.turned_by(&q);
        let size = noise * b.norm() / n as f64;
        if size > 0.0 {
            b.entries.iter_mut().for_each(|x| *x += size * random.normal());
        }
        Ok(Pair { name: self, a, b, planted: Some(q.transposed()) })
    }
}

impl Pair {
    /// FNV-1a (64 bits) of the bits of A, then of B.
    #[must_use]
    pub fn checksum(&self) -> u64 {
        let bytes = self.a.entries.iter().chain(&self.b.entries).flat_map(|x| x.to_le_bytes());
        bytes.fold(0xCBF2_9CE4_8422_2325, |sum, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        })
    }
}
