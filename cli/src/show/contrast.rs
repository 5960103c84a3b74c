//! Colours of texts that can be read on what is behind them.

use kuva::render::color::Color;
use kuva::render::render::{Primitive, Scene};
use std::ops::Range;

/// The least contrast of a text.
///
/// Source: Web Content Accessibility Guidelines 2.2, success criterion 1.4.3.
const LEAST_CONTRAST: f64 = 4.5;

/// Gives every text a colour that can be read: in a cell of a heat map black or white, elsewhere ink instead of what is paler.
pub(super) fn make_readable(scene: &mut Scene) {
    let mut cells = Vec::new();
    for element in &scene.elements {
        if let Primitive::RectBatch { x, y, w, h, fills } = element {
            let corners = x.iter().zip(y).zip(w.iter().zip(h));
            cells.extend(corners.zip(fills).map(|(((x, y), (w, h)), fill)| Cell {
                across: *x..x + w,
                down: *y..y + h,
                number: readable_on(fill),
            }));
        }
    }
    for element in &mut scene.elements {
        let Primitive::Text { x, y, color, .. } = element else { continue };
        match cells.iter().find(|cell| cell.across.contains(x) && cell.down.contains(y)) {
            Some(cell) => *color = Some(cell.number.clone()),
            None if color.as_ref().is_some_and(is_pale) => *color = None,
            None => {}
        }
    }
}

/// A cell in pixels, and the colour of the number in it.
struct Cell {
    across: Range<f64>,
    down: Range<f64>,
    number: Color,
}

/// Black or white, whichever has the larger contrast with a colour: their contrasts, (L + 0.05) / 0.05 and
/// 1.05 / (L + 0.05), are equal, 4.6, at the relative luminance L = 0.179.
///
/// Source: Web Content Accessibility Guidelines 2.2, relative luminance and contrast ratio.
fn readable_on(colour: &Color) -> Color {
    if luminance(colour) > 0.179 { Color::Rgb(0, 0, 0) } else { Color::Rgb(255, 255, 255) }
}

/// Whether a colour has too little contrast on white.
fn is_pale(colour: &Color) -> bool {
    1.05 / (luminance(colour) + 0.05) < LEAST_CONTRAST
}

/// Relative luminance of a colour, 0 for black and 1 for white; 1 for a colour that is not red, green and blue.
fn luminance(colour: &Color) -> f64 {
    let Color::Rgb(red, green, blue) = colour else { return 1.0 };
    let linear = |byte: &u8| {
        let share = f64::from(*byte) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kuva::plot::ColorMap;

    #[test]
    fn numbers_are_readable_on_every_colour() {
        for k in 0..=1000 {
            let colour = ColorMap::Viridis.map(f64::from(k) / 1000.0);
            let cell = Color::from(&colour);
            let (cell, text) = (luminance(&cell), luminance(&readable_on(&cell)));
            let contrast = (cell.max(text) + 0.05) / (cell.min(text) + 0.05);
            assert!(contrast >= LEAST_CONTRAST, "{colour}: {contrast}");
        }
        assert_eq!(
            (luminance(&Color::from("#ffffff")), luminance(&Color::from("#000000"))),
            (1.0, 0.0)
        );
    }
}
