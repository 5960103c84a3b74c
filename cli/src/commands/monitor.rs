//! `dsa monitor`: replays a recording through the monitor of a device.

use crate::arguments::Monitor as Options;
use crate::files::calibration::{self, Front, Kept, Stored, zeros};
use crate::files::stream::{Stream, check_rate};
use crate::output::{self, note, show};
use crate::problem::Problem;
use crate::report;
use crate::report::monitor::{Kind, Moment, Watched};
use crate::show::drawing::Drawing;
use crate::show::picture;
use crate::text;
use dynamical_similarity::monitor::{
    Alarm, CUSUM_LIMIT, DYNAMICS_LIMIT, Fault, GATE_LIMIT, Insufficient, Monitor, MonitorSettings,
    Report, Scores, Status, Window,
};
use dynamical_similarity::{ChannelSet, Procrustes};
use serde::Serialize;

/// Seconds of a block of sums.
const BLOCK: u16 = 10;
/// A channel that does not change for longer than this is stuck, in seconds.
const STUCK: f64 = 5.0;
/// Relative difference below which two rates count as equal.
const SAME_RATE: f64 = 1e-3;

pub(super) fn run(options: &Options) -> Result<(), Problem> {
    for file in options.plot.iter().chain(&options.report) {
        output::refuse_inputs(file, [options.calibration.as_path(), options.stream.as_path()])?;
    }
    let Stored { front_end, calibration } = calibration::read(&options.calibration)?;
    if options.procrustes && calibration.scores() == Scores::Spectra {
        return Err(Problem::about(
            &options.calibration,
            "the calibration has no operator, which --procrustes needs; make it again by dsa calibrate --operator",
        ));
    }
    let settings = settings(options, &calibration)?;
    let stream = read_stream(options, &calibration, front_end)?;
    let rate = f64::from(calibration.sampling_rate());
    let shape = calibration.shape();
    let memory = zeros(Monitor::<f32, ()>::memory_len(shape, calibration.scores(), settings.1))?;
    let mut monitor = Monitor::new_in(&calibration, settings.0, memory).map_err(Problem::new)?;
    let mut lines: Vec<Line> = Vec::new();
    let mut sample = vec![0.0_f32; shape.channels];
    if !options.json {
        let further = if options.procrustes { "  procrustes" } else { "" };
        show(format_args!("{}{further}\n", Line::HEAD))?;
    }
    for row in stream.rows() {
        match row {
            Some(row) => {
                sample.iter_mut().zip(row).for_each(|(to, x)| *to = single(*x));
                monitor.push(&sample).map_err(|error| Problem::about(&options.stream, error))?;
            }
            None => monitor.push_missing(),
        }
        if let Some(report) = monitor.poll(usize::MAX) {
            let mut line = Line::of(&report, rate);
            if options.procrustes {
                line.procrustes = angle(&mut monitor)?;
            }
            if options.json {
                show(format_args!("{}\n", serde_json::to_string(&line).map_err(Problem::new)?))?;
            } else {
                show(format_args!("{line}\n"))?;
            }
            lines.push(line);
        }
    }
    if lines.is_empty() {
        note(format_args!(
            "{}: there is no report, because the stream is shorter than the {} s between two reports",
            text::name(&options.stream),
            options.every
        ));
    }
    if let Some(path) = &options.plot {
        output::write(path, drawn(options, &lines).svg().as_bytes())?;
    }
    match &options.report {
        Some(path) => {
            let page = report::monitor::html(&watched(options, &lines), drawn(options, &lines))?;
            output::write(path, page.as_bytes())
        }
        None => Ok(()),
    }
}

/// What the page shows.
fn watched(options: &Options, lines: &[Line]) -> Watched {
    Watched {
        stream: options.stream.display().to_string(),
        calibration: options.calibration.display().to_string(),
        command: options.command.clone(),
        thresholds: vec![
            format!(
                "The dynamics have changed where their score is above {DYNAMICS_LIMIT} standard deviations (z) three times in a row, or where its CUSUM is above {CUSUM_LIMIT}."
            ),
            format!(
                "Such a change is an alarm where the score is above the margin of {}, and a warning below it.",
                options.margin
            ),
            format!(
                "The gate sees changes of any kind: something has changed where it is above {GATE_LIMIT} standard deviations (z) three times in a row. The cause is geometry, or noise, only once the score of the dynamics has stayed low meanwhile."
            ),
            format!(
                "Every report looks at the last {} s, and there is one every {} s.",
                options.window, options.every
            ),
        ],
        moments: lines.iter().map(Line::moment).collect(),
    }
}

/// Rounds to single precision. A number that is too large for it becomes the largest one, which counts as an
/// artefact; an infinity would count as a value that is not finite.
fn single(x: f64) -> f32 {
    let rounded = x as f32;
    if x.is_finite() { rounded.clamp(f32::MIN, f32::MAX) } else { rounded }
}

/// The Procrustes angle between the operators of the calibration and of the last report.
fn angle(monitor: &mut Monitor<f32, Vec<f32>>) -> Result<Option<f32>, Problem> {
    let Some((reference, window)) = monitor.operators() else { return Ok(None) };
    let found = Procrustes::new().compare_operators(reference, window);
    Ok(Some(found.map_err(Problem::new)?.distance()))
}

/// # Errors
/// A sentence, if the window or the time between reports is not a multiple of a block.
fn settings(options: &Options, calibration: &Kept) -> Result<(MonitorSettings, Window), Problem> {
    for (name, seconds) in [("--window", options.window), ("--every", options.every)] {
        if seconds % BLOCK != 0 {
            return Err(Problem::new(format!(
                "{name} must be a multiple of {BLOCK} s, not {seconds}"
            )));
        }
    }
    let rate = f64::from(calibration.sampling_rate());
    let window = Window::Blocks(usize::from(options.window / BLOCK));
    let settings = match options.limits.as_deref() {
        Some(&[lowest, highest]) => MonitorSettings::new().limits(lowest, highest),
        _ => MonitorSettings::new(),
    };
    let settings = settings
        .window(window)
        .block((f64::from(BLOCK) * rate).round() as usize)
        .report_every(usize::from(options.every / BLOCK))
        .stuck((STUCK * rate).round().max(2.0) as usize)
        .artefact(options.artefact)
        .margin(options.margin)
        .least_pairs(options.least_pairs);
    Ok((settings, window))
}

/// The stream at the rate of the calibration.
///
/// # Errors
/// A sentence that names the file, if it cannot be read or if its channels or its rate do not fit the calibration.
fn read_stream(
    options: &Options,
    calibration: &Kept,
    front_end: Option<Front>,
) -> Result<Stream, Problem> {
    let about = |what: String| Problem::about(&options.stream, what);
    let wanted = f64::from(calibration.sampling_rate());
    let rate = options.rate.unwrap_or(wanted * f64::from(calibration.decimation()));
    check_rate(rate)?;
    let factor = (rate / wanted).round();
    if !(factor >= 1.0 && (rate / factor / wanted - 1.0).abs() < SAME_RATE) {
        return Err(Problem::new(format!(
            "--rate must be a multiple of the calibration's {wanted} Hz, not {rate}"
        )));
    }
    let stream =
        Stream::read(&options.stream, &options.file_options.reading(Some(rate), options.bin))?;
    let needed = front_end.as_ref().map_or(calibration.shape().channels, Front::channels);
    let found = stream.channels();
    if found != needed {
        return Err(about(format!("the stream has {found} channels and the calibration {needed}")));
    }
    let factor = factor as usize;
    match front_end {
        None => Ok(stream.decimated(factor)),
        Some(mut front_end) if front_end.factor() == factor => stream.through(&mut front_end),
        Some(front_end) => Err(Problem::new(format!(
            "the front end of the calibration averages {} samples, which is a --rate of {}, not {rate}",
            front_end.factor(),
            wanted * front_end.factor() as f64
        ))),
    }
}

/// A status in words, its reason, and the channels that it names.
fn words(status: Status) -> (&'static str, Option<&'static str>, Option<ChannelSet>) {
    match status {
        Status::Ok => ("ok", None, None),
        Status::Warning => ("warning", None, None),
        Status::Alarm(Alarm::Dynamics) => ("alarm", Some("dynamics"), None),
        Status::Alarm(Alarm::Geometry) => ("alarm", Some("geometry"), None),
        Status::Alarm(Alarm::Noise) => ("alarm", Some("noise"), None),
        Status::Alarm(Alarm::Open) => ("alarm", Some("open"), None),
        Status::InsufficientData(what) => {
            let what = match what {
                Insufficient::Pairs => "pairs",
                Insufficient::Excitation => "excitation",
                Insufficient::Rank => "rank",
                _ => "data",
            };
            ("insufficient-data", Some(what), None)
        }
        Status::InvalidInput(fault) => {
            let (what, channels) = match fault {
                Fault::NonFinite(channels) => ("non-finite", Some(channels)),
                Fault::Saturated(channels) => ("saturated", Some(channels)),
                Fault::Stuck(channels) => ("stuck", Some(channels)),
                Fault::Artefact(channels) => ("artefact", Some(channels)),
                Fault::Dead(channels) => ("dead", Some(channels)),
                Fault::Clock => ("clock", None),
                _ => ("input", None),
            };
            ("invalid-input", Some(what), channels)
        }
        _ => ("unknown", None, None),
    }
}

/// A report as it is printed.
#[derive(Debug, Serialize)]
struct Line {
    /// Seconds from the beginning of the stream to the end of the window.
    time: f64,
    status: &'static str,
    reason: Option<&'static str>,
    /// The channels below 64 that the status names.
    channels: Vec<usize>,
    channels_from_64: bool,
    /// The status that the tests decided last, even if the input is invalid now.
    standing: &'static str,
    standing_reason: Option<&'static str>,
    warned: bool,
    score: Option<f32>,
    z: Option<f32>,
    cusum: f32,
    gate: Option<f32>,
    gate_z: Option<f32>,
    /// The noise level of the window over that of the calibration.
    noise: Option<f32>,
    noise_z: Option<f32>,
    pairs: f32,
    excitation: Option<f32>,
    rank: Option<usize>,
    rejected: f32,
    missing: f32,
    /// In radians; `None` if it was not asked for.
    procrustes: Option<f32>,
}

impl Line {
    const HEAD: &'static str = "    time  status                      score      z  cusum      gate  gate z  noise z  pairs  \
                                excitation  rank  rejected";

    fn of(report: &Report<f32>, rate: f64) -> Self {
        let (status, reason, channels) = words(report.status);
        let (standing, standing_reason, _) = words(report.standing);
        let channels = channels.unwrap_or_default();
        let [dynamics, gate, noise] = [report.dynamics, report.gate, report.noise];
        Self {
            time: report.samples as f64 / rate,
            status,
            reason,
            channels: channels.iter().collect(),
            channels_from_64: channels.has_further(),
            standing,
            standing_reason,
            warned: report.warned,
            score: dynamics.map(|x| x.score),
            z: dynamics.map(|x| x.z),
            cusum: report.cusum,
            gate: gate.map(|x| x.score),
            gate_z: gate.map(|x| x.z),
            noise: noise.map(|x| x.score),
            noise_z: noise.map(|x| x.z),
            pairs: report.pairs,
            excitation: report.excitation,
            rank: report.rank,
            rejected: report.rejected,
            missing: report.missing,
            procrustes: None,
        }
    }

    /// The line as a page shows it.
    fn moment(&self) -> Moment {
        let kind = match self.status {
            "ok" => Kind::Ok,
            "warning" => Kind::Warning,
            "alarm" => Kind::Alarm,
            "insufficient-data" => Kind::Insufficient,
            _ => Kind::Invalid,
        };
        Moment {
            time: self.time,
            kind,
            status: self.state(),
            cause: self.cause(),
            scores: [self.z, Some(self.cusum), self.gate_z],
        }
    }

    /// What the status means, and what to do.
    fn cause(&self) -> String {
        let sentence = match (self.status, self.reason.unwrap_or_default()) {
            ("ok", _) => "All scores are within their null bands.",
            ("warning", _) => "The dynamics have changed, but by less than the margin.",
            ("alarm", "dynamics") => {
                "Alarm: the dynamics have changed. Retrain the decoder, or look at the subject."
            }
            ("alarm", "geometry") => {
                "Alarm: the channels see other mixtures of the same dynamics. Realign the decoder."
            }
            ("alarm", "noise") => {
                "Alarm: the channels have more noise of single samples, or less signal. Look at the recording."
            }
            ("alarm", _) => "Alarm: something has changed, and its cause is not known yet.",
            ("insufficient-data", "pairs") => {
                "Too little data: the window is not full yet, or too many samples are missing."
            }
            ("insufficient-data", "excitation") => {
                "Too little data: the input is like white noise. Check that there is a signal at all."
            }
            ("insufficient-data", _) => {
                "Too little data: channels copy each other, or most of them are silent."
            }
            (_, "non-finite") => "Faulty input: samples are not finite numbers",
            (_, "saturated") => "Faulty input: samples are at the ends of the converter's range",
            (_, "stuck") => "Faulty input: the signal does not change",
            (_, "artefact") => "Faulty input: samples are too large",
            (_, "dead") => "Faulty input: the signal is lost",
            _ => "Faulty input: the clock does not agree with the samples.",
        };
        match self.channel_names() {
            names if names.is_empty() => sentence.to_owned(),
            names => format!("{sentence} in channels {names}."),
        }
    }

    /// The channels that the status names.
    fn channel_names(&self) -> String {
        let mut names: Vec<String> = self.channels.iter().map(usize::to_string).collect();
        if self.channels_from_64 {
            names.push("64+".to_owned());
        }
        names.join(",")
    }

    /// Such as `alarm dynamics`, `invalid-input stuck 3,7`, or `alarm open, warned`.
    fn state(&self) -> String {
        let names = self.channel_names();
        let parts = [self.status, self.reason.unwrap_or_default(), &names];
        let state = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        let hidden = self.warned && self.reason == Some("open");
        if hidden { state + ", warned" } else { state }
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |x: Option<f32>, digits: usize| {
            x.map_or_else(|| "-".to_owned(), |x| format!("{x:.digits$}"))
        };
        let rank = self.rank.map_or_else(|| "-".to_owned(), |rank| rank.to_string());
        write!(
            f,
            "{:8.1}  {:24}  {:>7}  {:>5}  {:5.2}  {:>8}  {:>6}  {:>7}  {:5.0}  {:>10}  {rank:>4}  {:7.1}%",
            self.time,
            self.state(),
            shown(self.score, 4),
            shown(self.z, 2),
            self.cusum,
            shown(self.gate, 4),
            shown(self.gate_z, 2),
            shown(self.noise_z, 2),
            self.pairs,
            shown(self.excitation, 3),
            100.0 * self.rejected
        )?;
        self.procrustes.map_or(Ok(()), |angle| write!(f, "  {angle:10.4}"))
    }
}

/// The picture: z of score and gate, and CUSUM, over time.
fn drawn(options: &Options, lines: &[Line]) -> Drawing {
    let over_time = |of: &dyn Fn(&Line) -> Option<f32>| -> Vec<(f64, Option<f64>)> {
        lines.iter().map(|line| (line.time, of(line).map(f64::from))).collect()
    };
    let traces = [
        picture::Trace {
            name: "z of the score",
            colour: "#1f77b4",
            points: over_time(&|line| line.z),
            threshold: Some((DYNAMICS_LIMIT, "z: 3 times in a row")),
        },
        picture::Trace {
            name: "z of the gate",
            colour: "#7f7f7f",
            points: over_time(&|line| line.gate_z),
            threshold: Some((GATE_LIMIT, "gate: 3 times in a row")),
        },
        picture::Trace {
            name: "CUSUM",
            colour: "#d62728",
            points: over_time(&|line| Some(line.cusum)),
            threshold: Some((CUSUM_LIMIT, "CUSUM")),
        },
    ];
    let title = options.stream.file_name().unwrap_or_default().to_string_lossy();
    let axes = picture::AxisNames { x: "time (s)", y: "standard deviations" };
    let bounds = picture::Bounds { lowest: -4.0, highest: 17.0 };
    picture::traces(&title, axes, bounds, &traces)
}
