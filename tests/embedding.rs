//! The streaming rings give the windows of the batch embedding, and refuse what they must.

use crate::common::Noise;
#[cfg(feature = "heapless")]
use dynamical_similarity::DelayEmbedding;
use dynamical_similarity::{DelayRing, Embedding, Error, MatMut, Recording, RingPosition, Setting};

/// All windows of a recording of three channels.
fn batch(samples: &[f64], embedding: Embedding) -> Vec<f64> {
    let recording = Recording::new(samples, 3).unwrap();
    let (width, rows) = (embedding.width(3), embedding.rows(recording.samples()));
    let mut windows = vec![0.0; width * rows];
    let mut view = MatMut::new(&mut windows, width, rows).unwrap();
    embedding.embed_in(&[recording], &mut view).unwrap();
    windows
}

#[test]
fn a_ring_in_a_buffer_gives_the_windows_of_the_batch() {
    let samples: Vec<f64> = Noise(1).normals(3 * 40);
    for (delays, interval, spare) in
        [(1, 1, 0), (4, 1, 0), (3, 3, 0), (3, 3, 1), (2, 2, 7), (4, 3, 29)]
    {
        let embedding = Embedding::new(delays, interval);
        let windows = batch(&samples, embedding);
        let mut expected = windows.chunks(3 * delays);
        let length = embedding.ring_len(3) + spare;
        let mut ring = DelayRing::new(3, embedding, vec![f64::NAN; length]).unwrap();
        let mut window = vec![0.0; 3 * delays];
        for sample in samples.chunks(3) {
            ring.push(sample).unwrap();
            if ring.window_into(&mut window).unwrap() {
                assert_eq!(Some(&window[..]), expected.next(), "{delays} {interval} {spare}");
            }
        }
        assert_eq!(expected.next(), None);
        ring.clear();
        assert!(!ring.window_into(&mut window).unwrap());
    }
}

#[test]
fn a_ring_in_a_buffer_goes_on_from_its_position_and_never_ends() {
    let embedding = Embedding::new(2, 2);
    let (mut buffer, mut window) = ([0.0_f32; 6], [0.0; 4]);
    let mut position = RingPosition { next: 1, seen: usize::MAX - 1 };
    for t in [1.0, 2.0, 3.0, 4.0] {
        let mut ring = DelayRing::new(2, embedding, &mut buffer[..]).unwrap();
        assert!(!ring.window_into(&mut window).unwrap());
        ring = DelayRing::resume(2, embedding, position, &mut buffer[..]).unwrap();
        ring.push(&[t, 10.0 * t]).unwrap();
        assert!(ring.window_into(&mut window).unwrap());
        position = ring.position();
    }
    assert_eq!(window, [4.0, 40.0, 2.0, 20.0]);
    assert_eq!(position, RingPosition { next: 2, seen: usize::MAX });
    let mut ring = DelayRing::resume(2, embedding, position, &mut buffer[..]).unwrap();
    let nan = ring.push(&[f32::INFINITY, 1.0]).unwrap_err();
    assert_eq!(nan, Error::NonFinite { trial: 0, sample: usize::MAX, channel: 0 });
    assert!(matches!(ring.push(&[7.0]), Err(Error::ShapeMismatch { expected: 2, got: 1, .. })));
    assert_eq!(ring.position(), position);
    assert!(matches!(ring.window_into(&mut [0.0; 3]), Err(Error::ShapeMismatch { .. })));
}

#[test]
fn a_ring_in_a_buffer_refuses_what_does_not_fit() {
    let ring = |channels, embedding, next| {
        let position = RingPosition { next, seen: 0 };
        DelayRing::<f32, _>::resume(channels, embedding, position, [0.0; 11])
            .map(|_| ())
            .unwrap_err()
    };
    assert_eq!(ring(2, Embedding::new(4, 2), 0), Error::MemoryTooSmall { needed: 14, got: 11 });
    assert_eq!(ring(0, Embedding::new(1, 1), 0), Error::Empty);
    assert!(matches!(
        ring(2, Embedding::new(0, 1), 0),
        Error::InvalidSetting { setting: Setting::Delays, .. }
    ));
    assert!(matches!(ring(usize::MAX, Embedding::new(2, 1), 0), Error::MemoryTooSmall { .. }));
    assert!(matches!(ring(2, Embedding::new(3, 2), 5), Error::InvalidSetting { .. }));
}

#[cfg(feature = "heapless")]
#[test]
fn streaming_is_batch() {
    let samples: Vec<f64> = Noise(1).normals(3 * 40);
    for delays in 1..5 {
        for interval in 1..4 {
            let embedding = Embedding::new(delays, interval);
            let rows = embedding.rows(40);
            let batch = batch(&samples, embedding);
            let mut expected = batch.chunks(3 * delays);
            // A ring that is just long enough and one with room to spare.
            let mut stream = DelayEmbedding::<f64, 3, 13>::new(embedding).unwrap();
            let mut window = vec![0.0; 3 * delays];
            let mut seen = 0;
            for sample in samples.chunks(3) {
                stream.push(sample).unwrap();
                if stream.window_into(&mut window).unwrap() {
                    assert_eq!(Some(&window[..]), expected.next());
                    seen += 1;
                }
            }
            assert_eq!(seen, rows, "{delays} {interval}");
            stream.clear();
            assert!(!stream.window_into(&mut window).unwrap());
        }
    }
    assert!(DelayEmbedding::<f64, 3, 10>::new(Embedding::new(4, 3)).is_ok());
}

#[cfg(feature = "heapless")]
#[test]
fn a_bad_sample_leaves_the_ring_as_it_was() {
    let mut stream = DelayEmbedding::<f32, 2, 3>::new(Embedding::new(2, 2)).unwrap();
    for sample in [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]] {
        stream.push(&sample).unwrap();
    }
    let nan = stream.push(&[7.0, f32::NAN]).unwrap_err();
    assert_eq!(nan, Error::NonFinite { trial: 0, sample: 3, channel: 1 });
    assert!(matches!(stream.push(&[7.0]), Err(Error::ShapeMismatch { expected: 2, got: 1, .. })));
    let mut window = [0.0; 4];
    assert!(stream.window_into(&mut window).unwrap());
    assert_eq!(window, [5.0, 6.0, 1.0, 2.0]);
    assert!(matches!(stream.window_into(&mut [0.0; 3]), Err(Error::ShapeMismatch { .. })));
}

#[cfg(feature = "heapless")]
#[test]
fn settings_that_do_not_fit_are_refused() {
    let ring = |embedding| DelayEmbedding::<f32, 2, 5>::new(embedding).map(|_| ()).unwrap_err();
    assert_eq!(ring(Embedding::new(4, 2)), Error::MemoryTooSmall { needed: 7, got: 5 });
    assert!(matches!(
        ring(Embedding::new(0, 1)),
        Error::InvalidSetting { setting: Setting::Delays, .. }
    ));
    assert!(matches!(ring(Embedding::new(2, 0)), Error::InvalidSetting { .. }));
    assert!(matches!(ring(Embedding::new(usize::MAX, 2)), Error::InvalidSetting { .. }));
    let none = DelayEmbedding::<f32, 0, 5>::new(Embedding::new(1, 1)).map(|_| ());
    assert_eq!(none, Err(Error::Empty));
}
