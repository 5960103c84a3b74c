//! The streaming ring gives the windows of the batch embedding, and refuses what it must.
#![cfg(feature = "heapless")]

mod common;

use common::Noise;
use dynamical_similarity::{DelayEmbedding, Embedding, Error, MatMut, Recording};

#[test]
fn streaming_is_batch() {
    let samples: Vec<f64> = Noise(1).normals(3 * 40);
    for delays in 1..5 {
        for interval in 1..4 {
            let embedding = Embedding::new(delays, interval);
            let rows = embedding.rows(40);
            let mut batch = vec![0.0; 3 * delays * rows];
            let recording = Recording::new(&samples, 3).unwrap();
            let mut view = MatMut::new(&mut batch, 3 * delays, rows).unwrap();
            embedding.embed_in(&[recording], &mut view).unwrap();
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

#[test]
fn settings_that_do_not_fit_are_refused() {
    let ring = |embedding| DelayEmbedding::<f32, 2, 5>::new(embedding).map(|_| ()).unwrap_err();
    assert_eq!(ring(Embedding::new(4, 2)), Error::MemoryTooSmall { needed: 7, got: 5 });
    assert!(matches!(ring(Embedding::new(0, 1)), Error::InvalidSetting { setting: "delays", .. }));
    assert!(matches!(ring(Embedding::new(2, 0)), Error::InvalidSetting { .. }));
    assert!(matches!(ring(Embedding::new(usize::MAX, 2)), Error::InvalidSetting { .. }));
    let none = DelayEmbedding::<f32, 0, 5>::new(Embedding::new(1, 1)).map(|_| ());
    assert_eq!(none, Err(Error::Empty));
}
