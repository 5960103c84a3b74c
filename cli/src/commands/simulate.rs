//! `dsa simulate`: a recording of a simulated system.

use crate::arguments::Simulate;
use crate::problem::Problem;
use crate::{output, text};
use std::path::Path;
use systems::{Options, Simulated, System, simulate, simulate_driven};

/// The recording that the options ask for.
///
/// # Errors
/// A sentence, if an option does not fit the system.
pub fn simulated(options: &Simulate) -> Result<Simulated, Problem> {
    let system: System = options.system.parse().map_err(Problem::new)?;
    simulate(system, &settings(options), options.seed).map_err(Problem::new)
}

fn settings(options: &Simulate) -> Options {
    Options {
        trials: options.trials,
        samples: options.samples,
        rho: options.rho,
        alpha: options.alpha,
        activation: options.activation.clone(),
        rule: options.rule.clone(),
        dimension: options.dimension,
        channels: options.channels,
        noise: options.noise,
        seconds: options.seconds,
        scenario: options.scenario.clone(),
        at: options.at,
        session: options.session,
        colour: options.colour,
        radius: options.radius,
        gain: options.gain,
    }
}

pub(super) fn run(options: &Simulate) -> Result<(), Problem> {
    let target = &options.output;
    let made = match &options.inputs {
        Some(file) => {
            output::refuse_inputs(file, [target.as_path()])?;
            let system: System = options.system.parse().map_err(Problem::new)?;
            let driven = simulate_driven(system, &settings(options), options.seed);
            let driven = driven.map_err(Problem::new)?;
            output::write(file, &encode(file, &driven.inputs, options.float32)?)?;
            driven.outputs
        }
        None => simulated(options)?,
    };
    output::write(target, &encode(target, &made, options.float32)?)?;
    let rows = made.data.chunks(made.channels.max(1));
    let missing = rows.filter(|row| row.iter().all(|x| x.is_nan())).count();
    if missing > 0 {
        let samples = made.trials * made.samples;
        output::note(format_args!(
            "{missing} of {samples} samples are missing and written as rows of NaN"
        ));
    }
    let name = text::name(target);
    output::show_written(
        target,
        format_args!(
            "{name}: {} trials x {} samples x {} channels\n",
            made.trials, made.samples, made.channels
        ),
    )
}

fn encode(path: &Path, made: &Simulated, float32: bool) -> Result<Vec<u8>, Problem> {
    let ending = path.extension().map(|x| x.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("npy") => {
            let (time, channels) = (made.samples as u64, made.channels as u64);
            let shape = match made.trials {
                1 => vec![time, channels],
                trials => vec![trials as u64, time, channels],
            };
            output::npy(&shape, &made.data, float32)
        }
        Some("csv") if made.trials == 1 => {
            let mut table = csv::Writer::from_writer(Vec::new());
            for sample in made.data.chunks(made.channels.max(1)) {
                table
                    .write_record(sample.iter().map(f64::to_string))
                    .map_err(|error| Problem::about(path, error))?;
            }
            table.into_inner().map_err(|error| Problem::about(path, error.error()))
        }
        Some("csv") => Err(Problem::about(
            path,
            "a table holds a single trial; write several trials to a .npy file",
        )),
        _ => Err(Problem::about(path, "a recording is written to a .npy or a .csv file")),
    }
}
