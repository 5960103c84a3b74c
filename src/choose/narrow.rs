//! The channels in which the rules look at a recording: all of them, their span, or their leading components.

use super::components::Components;
use super::past_and_future::Span;
use crate::data::centring::{Centre, Scale};
use crate::data::embedding::Embedding;
use crate::data::recording::Recording;
use crate::dmd::settings::Dmd;
use crate::error::Error;
use crate::matrix::try_zeros;
use alloc::vec::Vec;

/// Fewer channels that stand for all of a recording: the span of its samples where these are fewer than channels, and the
/// leading components of either where windows are wide.
#[derive(Debug)]
pub(super) struct Narrow {
    span: Option<Span>,
    components: Option<Components>,
}

impl Narrow {
    /// For windows of this shape, and for the centre and the scale that a rule uses.
    pub(super) fn of(
        trials: &[Recording<'_, f64>],
        embedding: Embedding,
        centre: Centre,
        scale: Scale,
    ) -> Result<Self, Error> {
        let span = Span::of(trials, centre, scale)?;
        let narrow = span.as_ref().map(|span| span.samples.recordings()).transpose()?;
        let trials = narrow.as_deref().unwrap_or(trials);
        let components = Components::of(trials, embedding, centre, scale)?;
        drop(narrow);
        Ok(Self { span, components })
    }

    /// The trials in fewer channels; `None` where all channels are looked at.
    pub(super) fn recordings(&self) -> Result<Option<Vec<Recording<'_, f64>>>, Error> {
        let samples = self.components.as_ref().map(|components| &components.samples);
        samples
            .or(self.span.as_ref().map(|span| &span.samples))
            .map(|samples| samples.recordings())
            .transpose()
    }

    /// The settings for these channels: components are of samples that are scaled already.
    pub(super) const fn settings(&self, dmd: Dmd) -> Dmd {
        if self.components.is_some() { dmd.scale(Scale::None) } else { dmd }
    }

    /// How many components there are, if any.
    pub(super) fn components(&self) -> Option<usize> {
        self.components.as_ref().map(|components| components.samples.channels)
    }

    /// The share of the variance that these channels have.
    pub(super) fn variance(&self) -> f64 {
        self.components.as_ref().map_or(1.0, |components| components.variance)
    }

    /// The share of the covariances at different times that these channels have.
    pub(super) fn lagged_covariance(&self) -> f64 {
        self.components.as_ref().map_or(1.0, |components| components.lagged)
    }

    /// A sample of all channels from one in these channels.
    pub(super) fn widen(&self, sample: &[f64], out: &mut [f64]) -> Result<(), Error> {
        match (&self.span, &self.components) {
            (None, None) => crate::matrix::copy(out, sample),
            (None, Some(components)) => components.widen(sample, out),
            (Some(span), None) => span.widen(sample, out)?,
            (Some(span), Some(components)) => {
                let mut in_span = try_zeros(span.samples.channels)?;
                components.widen(sample, &mut in_span);
                span.widen(&in_span, out)?;
            }
        }
        Ok(())
    }
}

/// The [`Narrow`] channels for settings that ask for them more than once.
#[derive(Debug, Default)]
pub(super) struct LazyNarrow {
    found: Option<Narrow>,
}

impl LazyNarrow {
    /// The channels, found by the first call; every later call must be for the same trials, centre and scale.
    pub(super) fn of(
        &mut self,
        trials: &[Recording<'_, f64>],
        embedding: Embedding,
        dmd: &Dmd,
    ) -> Result<&Narrow, Error> {
        let found = match self.found.take() {
            Some(found) => found,
            None => Narrow::of(trials, embedding, dmd.centre_rule(), dmd.scale_rule())?,
        };
        Ok(self.found.insert(found))
    }
}
