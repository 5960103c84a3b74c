//! Numbers of every kind and byte order, as formats store them.

/// How a number is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F16,
    F32,
    F64,
}

/// Which byte of a number comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

impl Kind {
    /// Bytes of a number.
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 | Self::F16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// Appends the numbers in these bytes, as many as there are whole ones; integers beyond 2^53 are rounded.
    pub(super) fn decode(self, order: ByteOrder, bytes: &[u8], values: &mut Vec<f64>) {
        match self {
            Self::I8 => values.extend(bytes.iter().map(|x| f64::from(x.cast_signed()))),
            Self::U8 => values.extend(bytes.iter().map(|x| f64::from(*x))),
            Self::I16 => extend(order, bytes, values, |x| f64::from(i16::from_le_bytes(x))),
            Self::U16 => extend(order, bytes, values, |x| f64::from(u16::from_le_bytes(x))),
            Self::I32 => extend(order, bytes, values, |x| f64::from(i32::from_le_bytes(x))),
            Self::U32 => extend(order, bytes, values, |x| f64::from(u32::from_le_bytes(x))),
            Self::I64 => extend(order, bytes, values, |x| i64::from_le_bytes(x) as f64),
            Self::U64 => extend(order, bytes, values, |x| u64::from_le_bytes(x) as f64),
            Self::F16 => extend(order, bytes, values, |x| half(u16::from_le_bytes(x))),
            Self::F32 => extend(order, bytes, values, |x| f64::from(f32::from_le_bytes(x))),
            Self::F64 => extend(order, bytes, values, f64::from_le_bytes),
        }
    }
}

fn extend<const N: usize>(
    order: ByteOrder,
    bytes: &[u8],
    values: &mut Vec<f64>,
    number: impl Fn([u8; N]) -> f64,
) {
    let (whole, _) = bytes.as_chunks::<N>();
    values.extend(whole.iter().map(|x| {
        let mut x = *x;
        if order == ByteOrder::Big {
            x.reverse();
        }
        number(x)
    }));
}

/// A number of IEEE 754 binary16, exactly: 1 bit of sign, 5 of the exponent, 10 of the fraction.
pub(super) fn half(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3ff);
    let size = match (bits >> 10) & 0x1f {
        0 => fraction * 2_f64.powi(-24),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        exponent => (1024.0 + fraction) * 2_f64.powi(i32::from(exponent) - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_of_bytes_give_the_same_numbers() {
        let decoded = |kind: Kind, order, bytes: &[u8]| {
            let mut values = Vec::new();
            kind.decode(order, bytes, &mut values);
            values
        };
        let (little, big) = (ByteOrder::Little, ByteOrder::Big);
        assert_eq!(decoded(Kind::I16, little, &[0xfe, 0xff, 1, 0, 7]), [-2.0, 1.0]);
        assert_eq!(decoded(Kind::I16, big, &[0xff, 0xfe, 0, 1]), [-2.0, 1.0]);
        assert_eq!(decoded(Kind::F64, big, &1.5_f64.to_be_bytes()), [1.5]);
        assert_eq!(decoded(Kind::U64, little, &[255; 8]), [u64::MAX as f64]);
        assert_eq!(decoded(Kind::I8, big, &[255]), [-1.0]);
        assert_eq!(decoded(Kind::F16, big, &[0xbc, 0]), [-1.0]);
    }
}
