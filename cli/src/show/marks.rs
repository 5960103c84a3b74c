//! The colour and the shape that stand for a class in every picture.

use kuva::plot::MarkerShape;
use kuva::render::palette::Palette;

/// Shapes of the marks: a further shape for each round through the colours.
const SHAPES: [MarkerShape; 4] =
    [MarkerShape::Square, MarkerShape::Circle, MarkerShape::Diamond, MarkerShape::Triangle];

/// A class and what stands for it.
pub struct Mark<'a> {
    /// The name of the class.
    pub class: &'a str,
    /// Its colour, one of those of Okabe and Ito, which colour-blind readers can tell apart.
    pub colour: String,
    /// Its shape.
    pub shape: MarkerShape,
    /// The recordings of the class, by their numbers.
    pub members: Vec<usize>,
}

/// One mark for each class, in the order of their names.
#[must_use]
pub fn marks(classes: &[String]) -> Vec<Mark<'_>> {
    let mut names: Vec<&String> = classes.iter().collect();
    names.sort();
    names.dedup();
    let colours = Palette::okabe_ito();
    let mark = |(k, name)| Mark {
        class: name,
        colour: colours[k].to_string(),
        shape: SHAPES[(k / colours.len()) % SHAPES.len()],
        members: (0..classes.len()).filter(|i| classes[*i] == *name).collect(),
    };
    names.into_iter().map(String::as_str).enumerate().map(mark).collect()
}

/// What stands for recordings without classes.
#[must_use]
pub fn one_mark(count: usize) -> Mark<'static> {
    let colours = Palette::okabe_ito();
    Mark {
        class: "",
        colour: colours[4].to_string(),
        shape: SHAPES[1],
        members: (0..count).collect(),
    }
}
