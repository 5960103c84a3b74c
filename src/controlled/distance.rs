//! Distances between controlled systems: of both matrices together, and their parts.
//!
//! Huang, Ostrow, Singh, Kozachkov, Fiete & Rajan 2025, arXiv 2510.25943. What inputs reach of the states of (A, B) within n
//! steps is spanned by the controllability matrix K = [B, A B, ..., A^(n-1) B]. A change C of basis makes it C K. Over
//! orthogonal C the distance |C K_1 - K_2| has a closed form, the orthogonal Procrustes problem (Schönemann 1966):
//!
//! ```text
//! K_2 K_1ᵀ = U S Vᵀ,  C = U Vᵀ
//! joint = |C K_1 - K_2|,  state = |C A_1 Cᵀ - A_2|,  input = |C B_1 - B_2|      (Frobenius norms)
//! ```

use super::blocks::{Decomposition, distance, product, transposed, transposed_product};
use crate::error::Error;
use crate::matrix::{Mat, MatRef, area, check, copy};
use crate::scalar::{Real, Scalar};
use core::cmp::Ordering;

/// A and B of a system `x[t+1] = A x[t] + B u[t]`; [`ControlledModel::system`](super::ControlledModel::system) gives those of a
/// model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ControlledSystem<'a, T> {
    pub(super) state_matrix: MatRef<'a, T>,
    pub(super) input_matrix: MatRef<'a, T>,
}

/// How far two controlled systems are apart. Distances are Frobenius norms, angles are in radians, from 0 to pi.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlledDistance<T> {
    /// |C K_1 - K_2|: whether the same inputs have the same effects on the states, over time. A metric between systems of one
    /// order and number of inputs, up to orthogonal changes of basis.
    pub joint: T,
    /// |C A_1 Cᵀ - A_2|: the part of the dynamics, with the same C.
    pub state: T,
    /// |C B_1 - B_2|: the part of the inputs, with the same C.
    pub input: T,
    /// The angle between C K_1 and K_2, which ignores the size of B.
    pub joint_angle: T,
    /// The angle between C A_1 Cᵀ and A_2.
    pub state_angle: T,
    /// The angle between C B_1 and B_2.
    pub input_angle: T,
    /// C, n x n and orthogonal. Where inputs reach fewer than n directions it is not the only one, and the parts
    /// `state` and `input` are those of the one that was found.
    pub transform: Mat<T>,
}

impl<'a, T: Scalar> ControlledSystem<'a, T> {
    /// A system of n states and m inputs.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] unless A is n x n and B is n x m; [`Error::NonFiniteEntry`].
    pub fn new(state_matrix: MatRef<'a, T>, input_matrix: MatRef<'a, T>) -> Result<Self, Error> {
        let order = state_matrix.check_square()?;
        check("the number of rows of the input matrix", order, input_matrix.rows())?;
        state_matrix.check_finite()?;
        input_matrix.check_finite()?;
        Ok(Self { state_matrix, input_matrix })
    }

    /// A, n x n.
    #[must_use]
    pub const fn state_matrix(&self) -> MatRef<'a, T> {
        self.state_matrix
    }

    /// B, n x m.
    #[must_use]
    pub const fn input_matrix(&self) -> MatRef<'a, T> {
        self.input_matrix
    }

    /// The distance to another system and its parts. The transform carries the states of `self` to those of `other`. The same
    /// bits in both directions, with the transposed transform; zeros between systems of equal bits.
    ///
    /// # Errors
    /// - [`Error::RankMismatch`] if the systems have different numbers of states,
    /// - [`Error::ShapeMismatch`] if they have different numbers of inputs,
    /// - [`Error::ZeroOperator`] if A or B is zero, so that it has no angle,
    /// - [`Error::Overflow`] if A^(n-1) B leaves the range of the scalar, [`Error::OutOfMemory`].
    ///
    /// Cost: about 4 n³ m + 20 n³ flops.
    ///
    /// ```
    /// use dynamical_similarity::{MatRef, controlled::ControlledSystem};
    /// let (a, b) = ([0.9_f64, 0.1, 0.0, 0.5], [1.0, 2.0]);
    /// let turned = ([0.5, 0.0, 0.1, 0.9], [2.0, 1.0]); // the states in another order
    /// let other = [1.0, 4.0]; // the same dynamics, driven otherwise
    /// let system = |a, b| ControlledSystem::new(MatRef::new(a, 2, 2)?, MatRef::new(b, 2, 1)?);
    /// let same = system(&a, &b)?.distance(&system(&turned.0, &turned.1)?)?;
    /// assert!(same.joint < 1e-14 && same.state < 1e-14 && same.input < 1e-14);
    /// let driven = system(&a, &b)?.distance(&system(&a, &other)?)?;
    /// assert!(driven.input > 10.0 * driven.state);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    pub fn distance(&self, other: &Self) -> Result<ControlledDistance<T>, Error> {
        let order = self.check_comparable(other)?;
        if self.state_matrix.largest() == T::ZERO
            || other.state_matrix.largest() == T::ZERO
            || self.input_matrix.largest() == T::ZERO
            || other.input_matrix.largest() == T::ZERO
        {
            return Err(Error::ZeroOperator);
        }
        match self.sequence(other) {
            Ordering::Equal => {
                let mut transform = Mat::zeros(order, order)?;
                transform.as_mut().set_identity();
                let zero = T::ZERO;
                Ok(ControlledDistance {
                    joint: zero,
                    state: zero,
                    input: zero,
                    joint_angle: zero,
                    state_angle: zero,
                    input_angle: zero,
                    transform,
                })
            }
            Ordering::Less => self.distance_in_order(other),
            Ordering::Greater => {
                let found = other.distance_in_order(self)?;
                Ok(ControlledDistance { transform: transposed(found.transform.as_ref())?, ..found })
            }
        }
    }

    /// The distance of the inputs alone, min over orthogonal C of |C B_1 - B_2|: zero for any two systems whose inputs have
    /// the same strengths and angles, whatever their dynamics. The same bits in both directions.
    ///
    /// # Errors
    /// As [`distance`](Self::distance), but for zero matrices.
    pub fn input_distance(&self, other: &Self) -> Result<T, Error> {
        self.check_comparable(other)?;
        let [first, second] = match order_of(self.input_matrix, other.input_matrix) {
            Ordering::Equal => return Ok(T::ZERO),
            Ordering::Less => [self, other].map(|system| system.input_matrix),
            Ordering::Greater => [other, self].map(|system| system.input_matrix),
        };
        let transform = best_transform(first, second)?;
        distance(&product(transform.as_ref(), first)?, second)
    }

    fn check_comparable(&self, other: &Self) -> Result<usize, Error> {
        let (left, right) = (self.state_matrix.rows(), other.state_matrix.rows());
        if left != right {
            return Err(Error::RankMismatch { left, right });
        }
        check("the number of inputs", self.input_matrix.cols(), other.input_matrix.cols())?;
        Ok(left)
    }

    /// A sequence of systems that depends on their entries alone.
    fn sequence(&self, other: &Self) -> Ordering {
        let by_state = order_of(self.state_matrix, other.state_matrix);
        by_state.then_with(|| order_of(self.input_matrix, other.input_matrix))
    }

    fn distance_in_order(&self, other: &Self) -> Result<ControlledDistance<T>, Error> {
        let (first, second) = (self.controllability()?, other.controllability()?);
        let transform = best_transform(first.as_ref(), second.as_ref())?;
        let c = transform.as_ref();
        let turned_state =
            product(product(c, self.state_matrix)?.as_ref(), transposed(c)?.as_ref())?;
        let turned_input = product(c, self.input_matrix)?;
        let turned = product(c, first.as_ref())?;
        Ok(ControlledDistance {
            joint: distance(&turned, second.as_ref())?,
            state: distance(&turned_state, other.state_matrix)?,
            input: distance(&turned_input, other.input_matrix)?,
            joint_angle: angle(&turned, second.as_ref())?,
            state_angle: angle(&turned_state, other.state_matrix)?,
            input_angle: angle(&turned_input, other.input_matrix)?,
            transform,
        })
    }

    /// K = [B, A B, ..., A^(n-1) B].
    fn controllability(&self) -> Result<Mat<T>, Error> {
        let (order, inputs) = (self.state_matrix.rows(), self.input_matrix.cols());
        let mut all = Mat::zeros(order, area(order, inputs))?;
        let mut power = Mat::copy_of(self.input_matrix)?;
        for step in 0..order {
            let mut view = all.as_mut();
            let columns = view.columns_mut_from(area(step, inputs));
            columns.zip(power.as_ref().columns()).for_each(|(to, from)| copy(to, from));
            power = product(self.state_matrix, power.as_ref())?;
        }
        Ok(all)
    }
}

/// C = U Vᵀ, the orthogonal matrix with the least |C X - Y|.
fn best_transform<T: Scalar>(x: MatRef<'_, T>, y: MatRef<'_, T>) -> Result<Mat<T>, Error> {
    // Of unit size, so that the product neither overflows nor vanishes.
    let unit = |a: MatRef<'_, T>| -> Result<Mat<T>, Error> {
        let mut scaled = transposed(a)?;
        scaled.as_mut().scale(a.largest().binary_scale());
        Ok(scaled)
    };
    let cross = transposed_product(unit(y)?.as_ref(), unit(x)?.as_ref())?;
    let Decomposition { left, right, .. } = Decomposition::of(cross.as_ref())?;
    product(left.as_ref(), transposed(right.as_ref())?.as_ref())
}

/// 2 asin(|X / |X| - Y / |Y|| / 2), accurate for small angles, too.
fn angle<T: Scalar>(x: &Mat<T>, y: MatRef<'_, T>) -> Result<T, Error> {
    let unit = |a: MatRef<'_, T>| -> Result<Mat<T>, Error> {
        let mut scaled = Mat::copy_of(a)?;
        scaled.as_mut().scale(a.largest().binary_scale());
        let norm = scaled.as_ref().frobenius_norm();
        if !(norm > T::ZERO) {
            return Err(Error::ZeroOperator);
        }
        scaled.as_mut().scale(T::ONE / norm);
        Ok(scaled)
    };
    let chord = distance(&unit(x.as_ref())?, unit(y)?.as_ref())?;
    Ok(T::TWO * Real::asin((T::HALF * chord).smaller(T::ONE)))
}

/// The order of the first entries that differ.
fn order_of<T: Scalar>(a: MatRef<'_, T>, b: MatRef<'_, T>) -> Ordering {
    let pairs = a.columns().flatten().zip(b.columns().flatten());
    let orders = pairs.map(|(a, b)| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    orders.fold(Ordering::Equal, Ordering::then)
}
