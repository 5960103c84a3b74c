//! The score of the monitor against its definition in NumPy (`golden/lag_spectra.py`, which prints the numbers below).

use dynamical_similarity::monitor::{
    Calibration, Calibrator, CalibratorSettings, Monitor, MonitorSettings, Scores, Window,
};
use dynamical_similarity::{Scalar, Shape};

const SHAPE: Shape = Shape { channels: 4, delays: 5, rank: 4 };
const MIXING: [[f64; 4]; 4] =
    [[1.0, 0.3, -0.2, 0.5], [0.1, 0.9, 0.4, -0.3], [-0.4, 0.2, 1.1, 0.6], [0.3, -0.5, 0.1, 0.8]];
/// Sine and cosine of 0.3 and of 0.35.
const USUAL: [f64; 2] = [0.295_520_206_661_339_55, 0.955_336_489_125_606];
const FAST: [f64; 2] = [0.342_897_807_455_451_34, 0.939_372_712_847_378_9];

/// Damped rotations, seen by four channels with noise of their own.
struct Stream {
    seed: u32,
    state: [f64; 4],
    rotations: usize,
}

impl Stream {
    fn uniform(&mut self) -> f64 {
        self.seed = self.seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(self.seed >> 8) / f64::from(1 << 23) - 1.0
    }

    fn sample<T: Scalar>(&mut self, [sine, cosine]: [f64; 2], own: f64) -> [T; 4] {
        for (pair, decay) in [0.9, 0.75].into_iter().take(self.rotations).enumerate() {
            let (a, b) = (self.state[2 * pair], self.state[2 * pair + 1]);
            self.state[2 * pair] = decay * (cosine * a - sine * b) + 0.5 * self.uniform();
            self.state[2 * pair + 1] = decay * (sine * a + cosine * b) + 0.5 * self.uniform();
        }
        MIXING.map(|weights| {
            let x = weights.iter().zip(self.state).fold(0.0, |sum, (w, x)| sum + w * x);
            T::from((x + own * self.uniform()) as f32)
        })
    }
}

fn calibrated<T: Scalar>(rotations: usize, scores: Scores) -> Calibration<T, Vec<T>> {
    let settings = CalibratorSettings::new(SHAPE, 50.0).scores(scores);
    let memory = vec![T::from(f32::NAN); Calibrator::<T, ()>::memory_len(settings)];
    let mut calibrator = Calibrator::new_in(settings, &[T::from(0.0); 4], memory).unwrap();
    let mut stream = Stream { seed: 7, state: [0.0; 4], rotations };
    while !calibrator.is_complete() {
        calibrator.push(&stream.sample::<T>(USUAL, 0.6)).unwrap();
    }
    let memory = vec![T::from(f32::NAN); Calibration::<T, ()>::memory_len(SHAPE, scores)];
    calibrator.finish_in(memory).unwrap()
}

/// Score, its z, noise level and its z of two windows of 3000 samples, one after the other.
fn readings<T: Scalar>(
    calibration: &Calibration<T, Vec<T>>,
    rotations: usize,
    (turn, own): ([f64; 2], f64),
) -> [[f64; 4]; 2] {
    let settings = MonitorSettings::new().report_every(6);
    let length = Monitor::<T, ()>::memory_len(SHAPE, calibration.scores(), Window::Blocks(6));
    let memory = vec![T::from(f32::NAN); length];
    let mut monitor = Monitor::new_in(calibration, settings, memory).unwrap();
    let mut stream = Stream { seed: 11, state: [0.0; 4], rotations };
    let mut found = Vec::new();
    for _ in 0..6_005 {
        monitor.push(&stream.sample::<T>(turn, own)).unwrap();
        if let Some(report) = monitor.poll(usize::MAX) {
            let (dynamics, noise) = (report.dynamics.unwrap(), report.noise.unwrap());
            found.push([dynamics.score, dynamics.z, noise.score, noise.z].map(Into::into));
        }
    }
    [found[0], found[1]]
}

/// Rotations and directions; median and deviation of the null band; then two windows each of an unchanged stream, a faster
/// one, and one with half as much noise again.
type Expected = (usize, usize, [f64; 2], [[[f64; 4]; 2]; 3]);
const EXPECTED: [Expected; 2] = [
    (
        2,
        3,
        [0.865_628_280_034, 0.422_178_664_139],
        [
            [
                [0.296_369_783_156, -1.771_858_262_207, 0.985_195_825_466, -1.377_966_847_613],
                [0.447_249_418_671, -0.795_336_280_403, 0.991_231_637_326, -0.885_429_290_023],
            ],
            [
                [2.530_600_279_076, 3.307_990_764_152, 0.998_988_228_498, -0.255_930_343_752],
                [2.887_066_690_174, 3.621_940_136_818, 1.006_100_651_861, 0.317_143_030_544],
            ],
            [
                [0.456_292_943_595, -0.749_714_989_672, 1.217_692_574_198, 15.721_665_673_328],
                [0.517_711_993_040, -0.448_794_213_105, 1.224_458_416_832, 16.181_385_260_080],
            ],
        ],
    ),
    (
        1,
        2,
        [0.940_240_178_806, 0.440_009_626_947],
        [
            [
                [0.693_885_096_470, 0.045_403_347_725, 0.999_548_890_689, -0.076_490_261_506],
                [0.954_950_258_984, 0.772_912_747_902, 0.993_869_113_560, -0.362_537_178_984],
            ],
            [
                [3.393_501_987_376, 3.652_850_150_752, 1.026_104_169_094, 1.238_796_513_910],
                [3.226_935_646_715, 3.540_190_827_407, 1.017_300_667_685, 0.807_261_427_131],
            ],
            [
                [0.849_094_642_377, 0.504_175_754_288, 1.236_614_593_906, 10.599_543_926_436],
                [1.046_155_499_687, 0.980_221_940_626, 1.231_602_126_669, 10.403_770_273_366],
            ],
        ],
    ),
];

fn largest_error<T: Scalar>(scores: Scores) -> f64 {
    let mut largest: f64 = 0.0;
    for (rotations, directions, band, windows) in EXPECTED {
        let calibration = calibrated::<T>(rotations, scores);
        assert_eq!(calibration.directions(), directions);
        let null = calibration.null_band();
        for (found, expected) in [null.median.into(), null.deviation.into()].iter().zip(band) {
            largest = largest.max((found / expected - 1.0).abs());
        }
        let streams = [(USUAL, 0.6), (FAST, 0.6), (USUAL, 0.9)];
        for (stream, expected) in streams.into_iter().zip(windows) {
            let found = readings(&calibration, rotations, stream);
            for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
                largest = largest.max((found - expected).abs());
            }
        }
    }
    println!("{largest:.1e}");
    largest
}

#[test]
fn score_and_noise_level_are_those_of_the_definition() {
    assert!(largest_error::<f64>(Scores::Spectra) < 1e-9);
    assert!(largest_error::<f32>(Scores::Spectra) < 1e-3);
    // The operator changes nothing.
    assert!(largest_error::<f64>(Scores::SpectraAndOperator) < 1e-9);
}
