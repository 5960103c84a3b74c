//! Study F: systems with known inputs.
//!
//! First, systems whose eigenvalues are known ([`Rotations`]) are identified with and without noise. Then random networks of
//! two spectral radii, each driven with two gains by four white inputs ([`DrivenNetwork`], the recipe of InputDSA), are told
//! apart by their dynamics and by their inputs.

use crate::pictures::heat_map;
use crate::report::{Mark, Matrix, Outcome, Table};
use crate::scores::Distances;
use crate::setup::{Setup, child_seed};
use dsa::problem::Problem;
use dsa::statistics::silhouette;
use dynamical_similarity::controlled::{
    ControlledDistanceMatrix, ControlledModel, ControlledRecording, Dmdc, Order, Part, Subspace,
};
use dynamical_similarity::{DistanceMatrix, Error, MatRef, Measure, Recording, Wasserstein};
use systems::controlled::{Driven, DrivenNetwork, ROTATIONS, Rotations};

/// Samples of past and of future of the networks' windows, and their states.
const WINDOW: usize = 6;
const STATES: usize = 6;
/// Radius and gain of each system.
const NETWORKS: [(f64, f64); 4] = [(0.92, 0.5), (0.92, 2.0), (0.82, 0.5), (0.82, 2.0)];
/// Inputs of each.
const SESSIONS: usize = 4;

/// # Errors
/// A sentence if a system cannot be identified.
pub fn run(setup: &Setup, seed: u64) -> Result<Outcome, Problem> {
    let mut marks = Vec::new();
    let systems = setup.size(6, 3);
    for (noise, colour, name, bound) in [
        (0.0, 0.0, "no noise", 1e-8),
        (0.01, 0.0, "noise 1 %", 2.6e-4),
        (0.1, 0.0, "noise 10 %", 2.8e-3),
        (0.1, 0.9, "noise 10 %, inputs coloured", 1.8e-2),
        (0.3, 0.0, "noise 30 %", 9.6e-3),
    ] {
        let mut worst = 0.0_f64;
        for k in 0..systems {
            let settings = Rotations { noise, colour, ..Rotations::default() };
            let made = settings.simulate(child_seed(seed, 6, k)).map_err(Problem::new)?;
            let model = identified(&made, &Subspace::new(15).order(Order::Fixed(6)))?;
            worst = worst.max(eigenvalue_error(&model)?);
        }
        marks.push(Mark::at_most(format!("{name}: worst error of an eigenvalue"), worst, bound));
    }
    let repeats = setup.size(10, 3);
    let mut scores = [0.0; 5];
    let mut last = None;
    for k in 0..repeats {
        let found = Networks::of(child_seed(seed, 6, 100 + k))?;
        scores.iter_mut().zip(found.scores()).for_each(|(sum, x)| *sum += x / repeats as f64);
        last = Some(found);
    }
    let [state, input, joint, by_dmdc, input_by_dmdc] = scores;
    marks.push(Mark::at_least("networks: mean silhouette of dynamics, W2 squared", state, 0.80));
    marks.push(Mark::at_least("networks: mean silhouette of inputs, part `input`", input, 0.75));
    marks.push(Mark::reported("networks: mean silhouette of all four systems, `joint`", joint));
    marks.push(Mark::reported("networks: dynamics by DMD with control, W2 squared", by_dmdc));
    marks.push(Mark::reported("networks: inputs by DMD with control", input_by_dmdc));
    let mut pictures = Vec::new();
    let mut matrices = Vec::new();
    if let Some(found) = last {
        let names: Vec<String> = (0..NETWORKS.len() * SESSIONS)
            .map(|k| {
                let (radius, gain) = NETWORKS[k / SESSIONS];
                format!("radius{radius}-gain{gain}-{}", k % SESSIONS + 1)
            })
            .collect();
        for (title, classes, file, distances) in [
            ("F: dynamics", found.radii(), "state", &found.state),
            ("F: inputs", found.gains(), "input", &found.input),
        ] {
            pictures.push(heat_map(title, &classes, distances)?);
            let values = distances.values.clone();
            matrices.push(Matrix { file: file.to_owned(), names: names.clone(), values });
        }
    }
    Ok(Outcome {
        study: "F",
        title: "systems with known inputs",
        source: "recipe of Huang et al. 2025 (arXiv 2510.25943); rotations are our own",
        seed,
        tables: vec![table(&marks)],
        marks,
        matrices,
        pictures,
        notes: vec![
            "The published program, run on its own recipe, has a silhouette of .768 for dynamics and .711 for inputs; DMD with control .398 and .025."
                .to_owned(),
        ],
    })
}

fn table(marks: &[Mark]) -> Table {
    let head = ["what", "measured"].map(str::to_owned).to_vec();
    let lines = marks.iter().map(|mark| vec![mark.what.clone(), format!("{:.3e}", mark.measured)]);
    Table {
        title: "Known systems, and networks".to_owned(),
        rows: std::iter::once(head).chain(lines).collect(),
    }
}

fn with_trial<R>(
    made: &Driven,
    work: impl FnOnce(ControlledRecording<'_, f64>) -> Result<R, Error>,
) -> Result<R, Problem> {
    let join = || {
        let inputs = Recording::new(&made.inputs.data, made.inputs.channels)?;
        let outputs = Recording::new(&made.outputs.data, made.outputs.channels)?;
        ControlledRecording::new(inputs, outputs)
    };
    join().and_then(work).map_err(Problem::new)
}

fn identified(made: &Driven, settings: &Subspace) -> Result<ControlledModel, Problem> {
    with_trial(made, |trial| settings.fit(&[trial]))
}

fn eigenvalue_error(model: &ControlledModel) -> Result<f64, Problem> {
    let found = model.eigenvalues().map_err(Problem::new)?;
    let nearest = |(radius, angle): &(f64, f64)| {
        let (x, y) = (radius * angle.cos(), radius * angle.sin());
        found.iter().map(|(a, b)| (a - x).hypot(b - y)).fold(f64::INFINITY, f64::min)
    };
    Ok(ROTATIONS.iter().map(nearest).fold(0.0, f64::max))
}

/// Distances among all recordings of one draw.
struct Networks {
    state: Distances,
    input: Distances,
    joint: Vec<f64>,
    by_dmdc: Vec<f64>,
    input_by_dmdc: Vec<f64>,
}

impl Networks {
    fn of(seed: u64) -> Result<Self, Problem> {
        let (mut models, mut by_dmdc) = (Vec::new(), Vec::new());
        for (radius, gain) in NETWORKS {
            for session in 0..SESSIONS as u64 {
                let network = DrivenNetwork { radius, gain, session, ..DrivenNetwork::default() };
                let made = network.simulate(seed).map_err(Problem::new)?;
                let settings = Subspace::new(WINDOW).order(Order::Fixed(STATES));
                models.push(identified(&made, &settings)?);
                let settings = Dmdc::new(WINDOW).order(Order::Fixed(STATES));
                by_dmdc.push(with_trial(&made, |trial| settings.fit(&[trial]))?);
            }
        }
        let (ours, theirs) = (parts(&models)?, parts(&by_dmdc)?);
        Ok(Self {
            state: Distances::new("W2 squared between eigenvalues", spectra(&models)?),
            input: Distances::new("input", ours.distances(Part::Input).to_vec()),
            joint: ours.distances(Part::Joint).to_vec(),
            by_dmdc: spectra(&by_dmdc)?,
            input_by_dmdc: theirs.distances(Part::Input).to_vec(),
        })
    }

    fn classes(of: impl Fn(usize) -> usize) -> Vec<usize> {
        (0..NETWORKS.len() * SESSIONS).map(|k| of(k / SESSIONS)).collect()
    }

    fn radii(&self) -> Vec<usize> {
        Self::classes(|system| system / 2)
    }

    fn gains(&self) -> Vec<usize> {
        Self::classes(|system| system % 2)
    }

    fn scores(&self) -> [f64; 5] {
        let (radii, gains) = (self.radii(), self.gains());
        [
            silhouette(&radii, &self.state.values),
            silhouette(&gains, &self.input.values),
            silhouette(&Self::classes(|system| system), &self.joint),
            silhouette(&radii, &self.by_dmdc),
            silhouette(&gains, &self.input_by_dmdc),
        ]
    }
}

fn parts(models: &[ControlledModel]) -> Result<ControlledDistanceMatrix<f64>, Problem> {
    let systems: Vec<_> = models.iter().map(ControlledModel::system).collect();
    ControlledDistanceMatrix::among(&systems, None).map_err(Problem::new)
}

fn spectra(models: &[ControlledModel]) -> Result<Vec<f64>, Problem> {
    let operators: Vec<MatRef<'_, f64>> =
        models.iter().map(ControlledModel::state_matrix).collect();
    let measure = Measure::Wasserstein(Wasserstein::new());
    let found = DistanceMatrix::among(&operators, &measure, None).map_err(Problem::new)?;
    Ok(found.distances().iter().map(|x| x * x).collect())
}
