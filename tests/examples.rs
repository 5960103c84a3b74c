//! The programs of `examples/` run, and what each of them asserts holds.

macro_rules! runs {
    ($name:ident, $path:literal) => {
        #[path = $path]
        mod $name;

        #[test]
        fn $name() {
            $name::main().unwrap();
        }
    };
}

#[cfg(feature = "alloc")]
runs!(choosing_a_rank, "../examples/choosing_a_rank.rs");
#[cfg(feature = "alloc")]
runs!(compare, "../examples/compare.rs");
#[cfg(feature = "std")]
runs!(distance_matrix, "../examples/distance_matrix.rs");
runs!(monitor, "../examples/monitor.rs");
runs!(no_alloc, "../examples/no_alloc.rs");
runs!(streaming, "../examples/streaming.rs");
