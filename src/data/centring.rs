//! Centring and scaling of channels, and statistics of the channels before either.

use super::channels::ChannelSet;
use super::recording::{ChannelSummary, Recording, total_samples};
#[cfg(feature = "alloc")]
use super::summation::BlockedSum;
use crate::error::Error;
use crate::scalar::{Real, Scalar};

/// The value that is subtracted from every sample; by default the mean, because an offset is not dynamics.
///
/// The mean is taken over all trials of a recording together. If the offset differs from trial to trial (a baseline that
/// moves), a constant remains in each trial and appears in the operator as a direction with an eigenvalue near 1. In that
/// case subtract each trial's own mean first, or use [`Condition`](Self::Condition) if the trials repeat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Centre {
    /// Nothing is subtracted. A constant offset then adds a direction with eigenvalue 1; if the offset is large, this is
    /// the leading direction ([`Warnings::large_mean`](crate::Warnings::large_mean)).
    None,
    /// Each channel's mean over all trials is subtracted, and then the remaining mean of each entry of a window, so that
    /// the columns of the Hankel matrix have mean zero. This gives the regression an intercept: both windows of the pairs
    /// lose their own mean. Adding a constant to a channel changes nothing, and no direction is added that the recording
    /// does not have: the mean of a sine over broken periods is not zero, and subtracting it from the samples alone would
    /// add a third direction. (Hirsh, Harris, Kutz & Brunton 2020: centring is dynamic mode decomposition with an affine
    /// term.)
    #[default]
    Mean,
    /// The mean over the trials of a condition is subtracted at each time, that is, the response to the stimulus that the
    /// trials share. It needs labels ([`Dmd::fit_conditions`](crate::Dmd::fit_conditions)) and is refused without them.
    Condition,
}

/// The value by which every sample is divided; by default none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Scale {
    /// Samples are not divided.
    #[default]
    None,
    /// Each channel's standard deviation over all trials. This changes the operator below full rank.
    UnitVariance,
    /// One factor for all channels: the norm of all (centred) samples. This does not change the operator, only the unit
    /// of the singular values.
    UnitNorm,
}

/// Shift and gain of each channel: x' = (x - shift) gain.
///
/// The gain holds a power of two that brings the largest sample to about 1, so that recordings at 1e-30
/// and at 1e30 survive squaring in f32; it is exact and leaves operators as they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conditioning<'a, T> {
    pub(crate) shift: &'a [T],
    pub(crate) gain: &'a [T],
}

impl<T: Scalar> Conditioning<'_, T> {
    #[inline(always)]
    pub(crate) fn apply(&self, sample: &[T], out: &mut [T]) {
        let parameters = self.shift.iter().zip(self.gain);
        for ((out, x), (shift, gain)) in out.iter_mut().zip(sample).zip(parameters) {
            *out = (*x - *shift) * *gain;
        }
    }

    /// Makes each entry the largest conditioned absolute value of its channel so far.
    #[cfg(feature = "alloc")]
    pub(crate) fn take_largest(&self, sample: &[T], most: &mut [f64]) {
        let parameters = self.shift.iter().zip(self.gain);
        for ((most, x), (shift, gain)) in most.iter_mut().zip(sample).zip(parameters) {
            let x: f64 = ((*x - *shift) * *gain).into();
            *most = Real::abs(x).larger(*most);
        }
    }

    /// Adds the squares of the conditioned values to a sum for each channel.
    #[cfg(feature = "alloc")]
    pub(crate) fn add_squares(&self, sample: &[T], sums: &mut [BlockedSum<T>]) {
        let parameters = self.shift.iter().zip(self.gain);
        for ((sum, x), (shift, gain)) in sums.iter_mut().zip(sample).zip(parameters) {
            let scaled = (*x - *shift) * *gain;
            sum.push(scaled * scaled);
        }
    }
}

/// Properties of the channels of a recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Channels<T> {
    /// Unit of conditioned samples: a conditioned value times this is in the units that the scale asks for.
    pub(crate) unit: T,
    /// Channels that do not vary.
    pub(crate) constant: ChannelSet,
    /// Channels that equal an earlier one.
    pub(crate) duplicated: ChannelSet,
    /// Channels whose first and second half differ in mean or size. Only a single trial is judged, because the order of
    /// several trials may be that of conditions.
    pub(crate) drifting: ChannelSet,
    /// Channels that vary, and whose mean exceeds their standard deviation and is not subtracted.
    pub(crate) large_mean: ChannelSet,
    /// Root of the mean square of a sample times the gains, means included: the size relative to which samples are
    /// rounded.
    pub(crate) raw: T,
}

impl<T: Scalar> Channels<T> {
    /// The properties before anything is measured.
    pub(crate) const UNKNOWN: Self = Self {
        unit: T::ONE,
        constant: ChannelSet::EMPTY,
        duplicated: ChannelSet::EMPTY,
        drifting: ChannelSet::EMPTY,
        large_mean: ChannelSet::EMPTY,
        raw: T::ZERO,
    };
}

/// What is known of a channel before it is conditioned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured<T> {
    pub(crate) all: ChannelSummary<T>,
    /// Of the first and the second half of a single trial.
    pub(crate) halves: Option<[ChannelSummary<T>; 2]>,
    /// Whether it equals an earlier channel.
    pub(crate) duplicated: bool,
}

/// Measures all channels and fills `shift` and `gain`.
///
/// # Errors
/// [`Error::DegenerateSignal`] if no channel varies, or if unit variance is asked of one that does not.
#[inline(always)]
pub(crate) fn measure<T: Scalar>(
    trials: &[Recording<'_, T>],
    centre: Centre,
    scale: Scale,
    shift: &mut [T],
    gain: &mut [T],
) -> Result<Channels<T>, Error> {
    let samples = total_samples(trials);
    let of_channel = |channel: usize| {
        let all = ChannelSummary::of(trials, channel, 0..samples);
        let halves = || {
            let middle = samples / 2;
            [0..middle, middle..samples].map(|half| ChannelSummary::of(trials, channel, half))
        };
        Measured {
            all,
            halves: (trials.len() == 1 && !all.is_constant()).then(halves),
            duplicated: (0..channel).any(|earlier| equal(trials, earlier, channel)),
        }
    };
    condition(of_channel, |found| scaled_norm(trials, found), centre, scale, shift, gain)
}

/// Fills `shift` and `gain` from what was measured of each channel; `norm` is the Frobenius norm of all conditioned samples.
///
/// # Errors
/// As [`measure`].
#[inline(always)]
pub(crate) fn condition<T: Scalar>(
    of_channel: impl Fn(usize) -> Measured<T>,
    norm: impl FnOnce(Conditioning<'_, T>) -> T,
    centre: Centre,
    scale: Scale,
    shift: &mut [T],
    gain: &mut [T],
) -> Result<Channels<T>, Error> {
    let mut found = Channels::UNKNOWN;
    let channels = shift.len();
    let (mut varying, mut most) = (0_usize, T::ZERO);
    for (channel, (shift, gain)) in shift.iter_mut().zip(gain.iter_mut()).enumerate() {
        let Measured { all, halves, duplicated } = of_channel(channel);
        if all.is_constant() {
            found.constant.insert(channel);
            if scale == Scale::UnitVariance {
                return Err(Error::DegenerateSignal { channel: Some(channel) });
            }
        } else {
            varying = varying.saturating_add(1);
            if halves.is_some_and(|halves| drifts(&halves, &all)) {
                found.drifting.insert(channel);
            }
            if centre == Centre::None && Real::abs(all.mean) > all.deviation {
                found.large_mean.insert(channel);
            }
        }
        if duplicated {
            found.duplicated.insert(channel);
        }
        *shift = if centre == Centre::Mean { all.mean } else { T::ZERO };
        // Holds the size of the channel until the gain is known, unless the channel has a scale of its own.
        let size = all.root_mean_square();
        *gain = if scale == Scale::UnitVariance { T::ONE / all.deviation } else { size };
        if scale == Scale::UnitVariance {
            let relative = size / all.deviation;
            found.raw += relative * relative;
        }
        most = (all.largest + Real::abs(*shift)).larger(most);
    }
    if varying == 0 {
        return Err(Error::DegenerateSignal { channel: None });
    }
    if scale != Scale::UnitVariance {
        let power = most.binary_scale();
        for gain in gain.iter_mut() {
            let size = *gain * power;
            found.raw += size * size;
            *gain = power;
        }
        let norm = match scale {
            Scale::UnitNorm => norm(Conditioning { shift, gain }),
            _ => power,
        };
        found.unit = T::ONE / norm;
    }
    found.raw = Real::sqrt(found.raw);
    if gain.iter().any(|gain| !Real::is_finite(*gain)) || channels == 0 {
        return Err(Error::DegenerateSignal { channel: None });
    }
    Ok(found)
}

/// Frobenius norm of all conditioned samples.
fn scaled_norm<T: Scalar>(trials: &[Recording<'_, T>], conditioning: Conditioning<'_, T>) -> T {
    let mut squares = T::ZERO;
    let channels = conditioning.shift.iter().zip(conditioning.gain).enumerate();
    for (channel, (shift, gain)) in channels {
        squares += super::recording::blocked_sum(trials, 0..usize::MAX, channel, |x| {
            let scaled = (x - *shift) * *gain;
            scaled * scaled
        });
    }
    Real::sqrt(squares)
}

/// Whether two channels are equal at all times.
fn equal<T: Scalar>(trials: &[Recording<'_, T>], a: usize, b: usize) -> bool {
    trials
        .iter()
        .all(|trial| trial.as_matrix().columns().all(|sample| sample.get(a) == sample.get(b)))
}

/// Whether the halves of a channel differ by more than one standard deviation in their means, or by more than a factor of
/// two in their standard deviations.
fn drifts<T: Scalar>([first, second]: &[ChannelSummary<T>; 2], all: &ChannelSummary<T>) -> bool {
    let (small, large) = if first.deviation < second.deviation {
        (first.deviation, second.deviation)
    } else {
        (second.deviation, first.deviation)
    };
    Real::abs(first.mean - second.mean) > all.deviation || large > T::TWO * small
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditioned(samples: &[f64], channels: usize, centre: Centre, scale: Scale) -> Vec<f64> {
        let trials = [Recording::new(samples, channels).unwrap()];
        let (mut shift, mut gain) = (vec![0.0; channels], vec![0.0; channels]);
        let found = measure(&trials, centre, scale, &mut shift, &mut gain).unwrap();
        let mut out = vec![0.0; samples.len()];
        for (x, out) in samples.chunks(channels).zip(out.chunks_mut(channels)) {
            Conditioning { shift: &shift, gain: &gain }.apply(x, out);
        }
        out.iter().map(|x| x * found.unit).collect()
    }

    #[test]
    fn each_choice_does_what_it_says() {
        let samples: Vec<f64> = (0..200)
            .map(|i| f64::from(i % 7) * if i % 2 == 0 { 1e3 } else { 1e-3 } + 5.0)
            .collect();
        assert_eq!(conditioned(&samples, 2, Centre::None, Scale::None), samples);
        let centred = conditioned(&samples, 2, Centre::Mean, Scale::UnitVariance);
        for channel in 0..2 {
            let values: Vec<f64> = centred.iter().skip(channel).step_by(2).copied().collect();
            let mean = values.iter().sum::<f64>() / 100.0;
            let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 100.0;
            assert!(mean.abs() < 1e-12 && (variance - 1.0).abs() < 1e-12, "{mean} {variance}");
        }
        let normed = conditioned(&samples, 2, Centre::Mean, Scale::UnitNorm);
        assert!((normed.iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn channels_that_are_constant_duplicated_or_drifting_are_named() {
        let samples: Vec<f64> = (0..100_u32)
            .flat_map(|t| {
                let x = f64::from(t * t % 17);
                [x, 3.0, x, x * if t < 50 { 1.0 } else { 3.0 }]
            })
            .collect();
        let trials = [Recording::new(&samples, 4).unwrap()];
        let (mut shift, mut gain) = ([0.0; 4], [0.0; 4]);
        let found = measure(&trials, Centre::None, Scale::None, &mut shift, &mut gain).unwrap();
        assert_eq!(found.constant.iter().collect::<Vec<_>>(), [1]);
        assert_eq!(found.duplicated.iter().collect::<Vec<_>>(), [2]);
        assert_eq!(found.drifting.iter().collect::<Vec<_>>(), [3]);
        assert_eq!(
            measure(&trials, Centre::None, Scale::UnitVariance, &mut shift, &mut gain),
            Err(Error::DegenerateSignal { channel: Some(1) })
        );
    }
}
