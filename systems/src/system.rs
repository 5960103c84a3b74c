//! Systems by name.

use std::str::FromStr;

/// A system by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// A bistable system.
    Bistable,
    /// A line attractor driven to the same averages.
    Line,
    /// A point attractor driven to the same averages.
    Point,
    /// A ring attractor.
    Ring,
    /// Three bits of memory.
    FlipFlop,
    /// Three leaky integrators.
    Integrator,
    /// A network that learns.
    Learning,
    /// Lorenz's system.
    Lorenz,
    /// A random linear system.
    Linear,
    /// Rotations that are driven by known inputs.
    Rotations,
    /// A random network that is driven by a known input.
    DrivenNetwork,
    /// A motor cortex.
    MotorCortex,
}

pub(crate) const NAMES: [(&str, System); 12] = [
    ("bistable", System::Bistable),
    ("line", System::Line),
    ("point", System::Point),
    ("ring", System::Ring),
    ("flip-flop", System::FlipFlop),
    ("integrator", System::Integrator),
    ("learning", System::Learning),
    ("lorenz", System::Lorenz),
    ("linear", System::Linear),
    ("rotations", System::Rotations),
    ("driven-network", System::DrivenNetwork),
    ("motor-cortex", System::MotorCortex),
];

impl FromStr for System {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, system)| *system).ok_or_else(|| {
            let known: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            format!("there is no system `{name}`; there are {}", known.join(", "))
        })
    }
}
