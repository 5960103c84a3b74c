//! Values of variables: matrices of numbers, and what holds them.

use super::super::array::{Array, shown, too_large};
use super::super::choice::{Leaf, Listing};
use super::super::error::ReadError;
use super::super::numbers::{ByteOrder, Kind};

/// A value of a variable.
pub(super) enum Value<'a> {
    /// Real numbers.
    Numbers(Matrix<'a>),
    /// A cell array.
    Cells(Vec<Value<'a>>),
    /// A structure, or an array of so many: the fields of the first element, then those of the second.
    Structure { fields: Vec<String>, elements: usize, values: Vec<Value<'a>> },
    /// What no recording can be read from; why ends a sentence that begins with its name.
    Other(&'static str),
}

/// Takes a variable by its name, and says whether it wants more.
pub(super) type Visitor<'a> = dyn FnMut(&str, Value<'_>) -> Result<bool, ReadError> + 'a;

/// A matrix of numbers in the memory of the file; the first index is the fastest.
pub(super) struct Matrix<'a> {
    pub(super) shape: Vec<usize>,
    pub(super) kind: Kind,
    pub(super) order: ByteOrder,
    /// As many numbers as the product of the shape.
    pub(super) bytes: &'a [u8],
}

/// The place of a matrix: the variable, and the indices of the values that hold it.
#[derive(PartialEq)]
pub(super) struct Part {
    pub(super) variable: String,
    pub(super) place: Vec<usize>,
}

impl Matrix<'_> {
    fn count(&self) -> usize {
        self.bytes.len() / self.kind.bytes()
    }

    pub(super) fn array(&self) -> Result<Array, ReadError> {
        let mut values = Vec::new();
        values.try_reserve_exact(self.count()).map_err(|_| too_large(&self.shape))?;
        self.kind.decode(self.order, self.bytes, &mut values);
        Ok(Array::of_matlab(self.shape.clone(), values))
    }
}

impl Value<'_> {
    /// The matrix at a place.
    pub(super) fn at(&self, place: &[usize]) -> Option<&Matrix<'_>> {
        match (self, place.split_first()) {
            (Self::Numbers(matrix), None) => Some(matrix),
            (Self::Cells(values) | Self::Structure { values, .. }, Some((first, rest))) => {
                values.get(*first)?.at(rest)
            }
            _ => None,
        }
    }
}

/// Adds what a variable holds to a list.
pub(super) fn list(variable: &str, value: &Value<'_>, found: &mut Listing<Part>) {
    add(variable, variable, &mut Vec::new(), value, found);
}

/// Values are nested only so far as the reader allows.
fn add(
    variable: &str,
    path: &str,
    place: &mut Vec<usize>,
    value: &Value<'_>,
    found: &mut Listing<Part>,
) {
    let part = |place: &[usize]| Part { variable: variable.to_owned(), place: place.to_vec() };
    let mut refuse = |why: &str| found.refused.push((path.to_owned(), why.to_owned()));
    match value {
        Value::Other(why) => refuse(why),
        Value::Numbers(matrix) => match matrix.count() {
            0 => refuse("is empty"),
            1 => {
                let mut number = Vec::new();
                matrix.kind.decode(matrix.order, matrix.bytes, &mut number);
                found.scalars.extend(number.first().map(|x| (path.to_owned(), *x)));
            }
            _ => found.leaves.push(Leaf {
                path: path.to_owned(),
                shape: shown(&matrix.shape),
                numbers: matrix.count() as u64,
                parts: vec![part(place)],
            }),
        },
        Value::Cells(values) => {
            let all: Vec<&Value<'_>> = values.iter().collect();
            match together(&all, "cells") {
                Ok((shape, numbers)) => {
                    let of = |k: usize| part(&[place.as_slice(), &[k]].concat());
                    let parts = (0..values.len()).map(of).collect();
                    found.leaves.push(Leaf { path: path.to_owned(), shape, numbers, parts });
                }
                Err(why) => refuse(why),
            }
        }
        Value::Structure { fields, elements, values } => {
            for (f, field) in fields.iter().enumerate() {
                let path = format!("{path}.{field}");
                let of_field = || values.iter().enumerate().skip(f).step_by(fields.len());
                if *elements == 1 {
                    for (k, value) in of_field() {
                        place.push(k);
                        add(variable, &path, place, value, found);
                        place.pop();
                    }
                    continue;
                }
                let all: Vec<&Value<'_>> = of_field().map(|(_, value)| value).collect();
                match together(&all, "elements") {
                    Ok((shape, numbers)) => {
                        let of = |(k, _)| part(&[place.as_slice(), &[k]].concat());
                        found.leaves.push(Leaf {
                            path,
                            shape,
                            numbers,
                            parts: of_field().map(of).collect(),
                        });
                    }
                    Err(why) => found.refused.push((path, why.to_owned())),
                }
            }
        }
    }
}

/// What matrices that can be trials are called in a list, and how many numbers they hold, or why they cannot.
fn together(values: &[&Value<'_>], what: &str) -> Result<(String, u64), &'static str> {
    let numbers = |value: &&Value<'_>| match value {
        Value::Numbers(matrix) => Some(matrix.count() as u64).filter(|count| *count > 0),
        _ => None,
    };
    let all: Option<u64> = values.iter().map(numbers).sum();
    match (values, all) {
        ([], _) => Err("is empty"),
        (_, Some(all)) => Ok((format!("{} {what}", values.len()), all)),
        _ => Err(
            "does not hold a matrix of real numbers in each of its cells or elements; save the trials as a cell array of \
             matrices, time x channels",
        ),
    }
}
