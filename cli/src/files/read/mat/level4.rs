//! Files of version 4: for each matrix a head of five words, its name and its numbers.

use super::super::error::ReadError;
use super::super::numbers::{ByteOrder, Kind};
use super::element::{Bytes, cut_off, damaged};
use super::value::{Matrix, Value, Visitor};

pub(super) fn each_variable(bytes: &[u8], visit: &mut Visitor<'_>) -> Result<(), ReadError> {
    let mut rest = Bytes { rest: bytes, order: ByteOrder::Little };
    while !rest.rest.is_empty() {
        // The type is a number of four decimals; read in the wrong order of bytes it is a large one.
        let mut first = rest;
        first.order = ByteOrder::Little;
        rest.order = if first.word()? < 5000 { ByteOrder::Little } else { ByteOrder::Big };
        let kind = rest.word()?;
        if kind >= 5000 {
            return Err(damaged(
                "this is not a file of MATLAB; save the variables with save(\"file.mat\", \"-v7\")",
            ));
        }
        let mut size = || -> Result<usize, ReadError> { Ok(rest.word()? as usize) };
        let (rows, columns, complex, length) = (size()?, size()?, size()? != 0, size()?);
        let name = rest.take(length)?;
        let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
        let name = String::from_utf8_lossy(name).into_owned();
        let number = match kind / 10 % 10 {
            0 => Kind::F64,
            1 => Kind::F32,
            2 => Kind::I32,
            3 => Kind::I16,
            4 => Kind::U16,
            5 => Kind::U8,
            _ => return Err(cut_off()),
        };
        let length = rows.checked_mul(columns).and_then(|n| n.checked_mul(number.bytes()));
        let bytes = rest.take(length.ok_or_else(cut_off)?)?;
        if complex {
            rest.take(bytes.len())?;
        }
        let value = match kind % 10 {
            0 if complex => Value::Other(
                "is complex and must be real; save real and imaginary parts as two channels",
            ),
            0 => Value::Numbers(Matrix {
                shape: vec![rows, columns],
                kind: number,
                order: rest.order,
                bytes,
            }),
            1 => Value::Other("is text"),
            _ => Value::Other("is a sparse matrix; save full(...) of it"),
        };
        if !visit(&name, value)? {
            break;
        }
    }
    Ok(())
}
