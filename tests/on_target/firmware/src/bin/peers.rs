//! What nalgebra's singular value decomposition of the same matrices costs, in the same words.
#![no_std]
#![no_main]

use firmware::{Console, Counter, entry, stop};
use nalgebra::{ArrayStorage, SMatrix, SVD};
use operations::Sink;

macro_rules! orders {
    ($counter:expr, $($name:ident $n:literal)*) => {$(
        // One function an order, to be found by its name: nalgebra's traits do not let N be a parameter.
        #[inline(never)]
        fn $name(a: &SMatrix<f32, $n, $n>) -> f32 {
            let svd = SVD::new(*a, true, true);
            let first = |values: Option<&f32>| values.copied().unwrap_or(0.0);
            first(svd.u.as_ref().and_then(|u| u.get(0)))
                + first(svd.v_t.as_ref().and_then(|v| v.get(0)))
                + first(svd.singular_values.get(0))
        }
        let mut a = SMatrix::<f32, $n, $n>::from_array_storage(ArrayStorage([[0.0; $n]; $n]));
        operations::input::fill(a.as_mut_slice(), $n);
        let mut found = 0.0;
        let ticks = $counter.ticks(|| found = $name(&a));
        let stack = $counter.stack(|| found = $name(&a));
        Console.operation("nalgebra svd", "f32");
        [$n, 0, 0].iter().for_each(|size| Console.word(*size));
        Console.long(ticks);
        Console.word(stack);
        Console.word(0);
        core::hint::black_box(found);
    )*};
}

#[entry]
fn main() -> ! {
    let Some(mut counter) = Counter::new() else { stop(false) };
    orders!(counter, svd_4 4 svd_8 8 svd_16 16 svd_32 32);
    stop(true)
}
