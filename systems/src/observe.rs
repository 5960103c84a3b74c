//! What is done to a simulated state before it is a recording.

use dynamical_similarity::MatMut;
use dynamical_similarity::linalg::symmetric;

/// Subtracts each channel's mean; `data` is samples x channels.
pub fn centre(data: &mut [f64], channels: usize) {
    let samples = (data.len() / channels.max(1)) as f64;
    for channel in 0..channels {
        let mean = data.iter().skip(channel).step_by(channels).sum::<f64>() / samples;
        data.iter_mut().skip(channel).step_by(channels).for_each(|x| *x -= mean);
    }
}

/// Divides each channel by its standard deviation, after [`centre`]; a constant channel stays.
pub fn unit_variance(data: &mut [f64], channels: usize) {
    let samples = (data.len() / channels.max(1)) as f64;
    for channel in 0..channels {
        let squares = data.iter().skip(channel).step_by(channels).map(|x| x * x).sum::<f64>();
        let deviation = (squares / samples).sqrt();
        if deviation > 0.0 {
            data.iter_mut().skip(channel).step_by(channels).for_each(|x| *x /= deviation);
        }
    }
}

/// Divides by the Frobenius norm.
pub fn unit_norm(data: &mut [f64]) {
    let norm = data.iter().map(|x| x * x).sum::<f64>().sqrt();
    if norm > 0.0 {
        data.iter_mut().for_each(|x| *x /= norm);
    }
}

/// The leading principal components of centred samples x channels, as samples x `kept`.
///
/// # Errors
/// A sentence if a sample is not finite.
pub fn principal_components(
    data: &[f64],
    channels: usize,
    kept: usize,
) -> Result<Vec<f64>, String> {
    let axes = principal_axes(data, channels, kept)?;
    let along =
        |sample: &[f64], axis: &[f64]| -> f64 { sample.iter().zip(axis).map(|(x, v)| x * v).sum() };
    Ok(data
        .chunks(channels)
        .flat_map(|sample| axes.chunks(channels).map(move |axis| along(sample, axis)))
        .collect())
}

/// The leading principal axes of centred samples x channels: unit vectors, `kept` x channels.
///
/// # Errors
/// A sentence if a sample is not finite.
pub fn principal_axes(data: &[f64], channels: usize, kept: usize) -> Result<Vec<f64>, String> {
    let kept = kept.min(channels);
    let mut covariance = vec![0.0; channels * channels];
    for sample in data.chunks(channels) {
        for (column, x) in covariance.chunks_mut(channels).zip(sample) {
            column.iter_mut().zip(sample).for_each(|(to, y)| *to += x * y);
        }
    }
    let (mut values, mut vectors) = (vec![0.0; channels], vec![0.0; channels * kept]);
    let mut memory = vec![0.0; symmetric::leading_memory_len(channels)];
    let words = |error: dynamical_similarity::Error| error.to_string();
    symmetric::leading_in(
        &mut MatMut::new(&mut covariance, channels, channels).map_err(words)?,
        &mut values,
        &mut MatMut::new(&mut vectors, channels, kept).map_err(words)?,
        &mut memory,
    )
    .map_err(words)?;
    Ok(vectors)
}
