//! Statistics of distances between recordings: are they more than noise, and do groups of recordings differ by more than
//! chance?
//!
//! A matrix of distances says how far apart recordings are. Whether recordings of different groups (tasks, subjects,
//! networks) are farther apart than recordings of one group is answered here, from the distances alone, by permutation
//! of the groups: no assumption is made about how distances are distributed.
//!
//! | question | function | statistic |
//! | --- | --- | --- |
//! | Do groups differ? | [`permanova`], and [`permanova_between_pairs`] for each two of them | pseudo-F, R² |
//! | Do groups differ in their spread? | [`dispersion`] | F of the distances to the centroids |
//! | Is the nearest other recording of the same group? | [`nearest_neighbour_accuracy`] | share of the recordings |
//! | How far apart are groups, compared with their spread? | [`mean_silhouette`] | mean silhouette |
//! | Do two matrices order the pairs alike? | [`mantel`] | correlation of the distances |
//! | Are halves of one recording closer than those of others? | [`reliability`] | discriminability R |
//! | Is a distance more than two recordings of one system would have? | [`NullBand`] | p, z |
//! | How far may the distance of the two systems be from this one? | [`Interval`] | its two ends |
//!
//! Those about groups and [`mantel`] take a [`Permutations`], which says how many permutations are drawn, from which seed,
//! and whether labels are exchanged only within strata, such as the sessions of one subject. The same seed gives the same
//! bits.
//!
//! ```
//! use dynamical_similarity::statistics::{Distances, Groups, Permutations, permanova};
//! // Two groups of four recordings: distances of about 1 within a group and of about 3 between groups.
//! let group = ["slow", "slow", "slow", "slow", "fast", "fast", "fast", "fast"];
//! let mut distances = [0.0; 64];
//! for (at, entry) in distances.iter_mut().enumerate() {
//!     let (i, j) = (at / 8, at % 8);
//!     if i != j {
//!         *entry = if group[i] == group[j] { 1.0 } else { 3.0 } + 0.01 * (i + j) as f64;
//!     }
//! }
//! let distances = Distances::new(&distances, 8)?;
//! let groups = Groups::new(&group)?;
//! let found = permanova(&distances, &groups, &Permutations::new())?;
//! // 2 of the 70 ways to make two groups of four of these recordings separate them so well.
//! assert!(found.test.exact && found.test.permutations == 70);
//! assert!((found.test.p - 2.0 / 70.0).abs() < 1e-12);
//! assert!(found.r_squared > 0.8);
//! # Ok::<(), dynamical_similarity::Error>(())
//! ```

mod classification;
mod dispersion;
mod distances;
mod false_discovery;
mod groups;
mod interval;
mod mantel;
mod null_band;
mod permanova;
mod permutations;
mod reliability;

pub use crate::linalg::ranking::rank_correlation;
pub use classification::{Classification, mean_silhouette, nearest_neighbour_accuracy};
pub use dispersion::{Dispersion, dispersion};
pub use distances::Distances;
pub use false_discovery::q_values;
pub use groups::Groups;
pub use interval::Interval;
pub use mantel::{Correlation, Mantel, mantel};
pub use null_band::{NullBand, NullTest};
pub use permanova::{PairOfGroups, Permanova, permanova, permanova_between_pairs};
pub use permutations::{PermutationTest, Permutations};
pub use reliability::{Reliability, reliability};
