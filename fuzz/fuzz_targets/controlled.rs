//! Any inputs and outputs: models, filters and distances of finite numbers, or an error; the same from a stream.

use crate::{finite, numbers, size};
use arbitrary::{Result, Unstructured};
use dynamical_similarity::controlled::{
    ControlledModel, ControlledRecording, Dmdc, Order, Subspace, WindowMoments,
};
use dynamical_similarity::{MatRef, Recording};

fn entries(matrix: MatRef<'_, f64>) -> Vec<f64> {
    matrix.columns().flatten().copied().collect()
}

fn check_model(model: &ControlledModel, trial: &ControlledRecording<'_, f64>, every: usize) {
    for matrix in [
        model.state_matrix(),
        model.input_matrix(),
        model.output_matrix(),
        model.process_noise(),
        model.observation_noise(),
        model.cross_noise(),
    ] {
        assert!(finite(&entries(matrix)));
    }
    assert!(finite(model.singular_values()));
    if let Ok(filtered) = model.filter(trial, every) {
        assert!(finite(&entries(filtered.states.as_ref())) && finite(&entries(filtered.outputs.as_ref())));
    }
    if let Ok(found) = model.system().distance(&model.system()) {
        assert_eq!(found.joint, 0.0);
    }
}

fn run(bytes: &mut Unstructured<'_>) -> Result<()> {
    let (m, p, half) = (1 + size(bytes, 1)?, 1 + size(bytes, 2)?, size(bytes, 3)?);
    let (samples, every) = (1 + size(bytes, 80)?, size(bytes, 4)?);
    let order = match size(bytes, 3)? {
        0 => Order::Gap,
        1 => Order::Squares(0.99),
        _ => Order::Fixed(size(bytes, 5)?),
    };
    let (inputs, outputs) = (numbers(bytes, samples * m)?, numbers(bytes, samples * p)?);
    let (Ok(u), Ok(y)) = (Recording::new(&inputs, m), Recording::new(&outputs, p)) else { return Ok(()) };
    let Ok(trial) = ControlledRecording::new(u, y) else { return Ok(()) };
    let settings = Subspace::new(half).order(order);
    let fitted = settings.fit(&[trial]);
    if let Ok(model) = &fitted {
        check_model(model, &trial, every);
    }
    if let Ok(mut moments) = WindowMoments::new(half, m, p) {
        for t in 0..samples {
            moments.push(u.sample(t), y.sample(t)).expect("finite samples");
        }
        if moments.end_trial().is_ok() && let Ok(model) = settings.fit_moments(&moments) {
            check_model(&model, &trial, every);
        }
    }
    if let Ok(model) = Dmdc::new(half).input_delays(1 + size(bytes, 1)?).order(order).fit(&[trial]) {
        check_model(&model, &trial, every);
    }
    Ok(())
}

pub fn fuzz_target(data: &[u8]) {
    let _ = run(&mut Unstructured::new(data));
}
