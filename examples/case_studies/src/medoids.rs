//! Partitioning around medoids (Kaufman & Rousseeuw 1990, Finding Groups in Data, chapter 2): BUILD, then SWAP. Nothing
//! is random.
//!
//! ```text
//! medoids = {}
//! repeat `groups` times:                                                         BUILD
//!     add the item with which the sum of distances to the nearest medoid is least
//! repeat:                                                                        SWAP
//!     of all pairs (medoid, item), exchange the one that lowers the sum most
//! until none lowers it
//! ```

/// Exchanges at most; each lowers the sum, so none is ever made twice.
const MOST_SWAPS: usize = 1000;

/// The medoid, by its place in the list of medoids, that is nearest to each item; the first of several. `distances` is
/// square, row after row.
pub fn medoid_groups(groups: usize, distances: &[f64]) -> Vec<usize> {
    let count = distances.len().isqrt();
    let rows: Vec<&[f64]> = distances.chunks(count.max(1)).collect();
    let mut medoids = Vec::new();
    let mut nearest = vec![f64::INFINITY; count];
    // BUILD
    for _ in 0..groups.min(count) {
        let free = (0..count).filter(|item| !medoids.contains(item));
        let Some((item, _)) = least(free.map(|item| (item, total(&nearest, rows[item])))) else {
            break;
        };
        medoids.push(item);
        nearest.iter_mut().zip(rows[item]).for_each(|(least, x)| *least = least.min(*x));
    }
    // SWAP
    let mut sum: f64 = nearest.iter().sum();
    for _ in 0..MOST_SWAPS {
        let exchanges = (0..medoids.len()).filter_map(|place| {
            let kept = medoids.iter().enumerate().filter(|(other, _)| *other != place);
            let nearest = distance_to_nearest(kept.map(|(_, medoid)| rows[*medoid]), count);
            let free = (0..count).filter(|item| !medoids.contains(item));
            let (item, sum) = least(free.map(|item| (item, total(&nearest, rows[item]))))?;
            Some(((place, item), sum))
        });
        let Some(((place, item), lower)) = least(exchanges) else { break };
        // A difference of rounding is none.
        if lower >= sum * (1.0 - 1e-12) {
            break;
        }
        (medoids[place], sum) = (item, lower);
    }
    let group = |item: usize| least(medoids.iter().map(|medoid| rows[*medoid][item]).enumerate());
    (0..count).filter_map(|item| Some(group(item)?.0)).collect()
}

/// The first of those whose sum is least.
fn least<T>(candidates: impl Iterator<Item = (T, f64)>) -> Option<(T, f64)> {
    candidates.min_by(|x, y| x.1.total_cmp(&y.1))
}

/// The distance of every item to the nearest of these rows.
fn distance_to_nearest<'a>(rows: impl Iterator<Item = &'a [f64]>, count: usize) -> Vec<f64> {
    let mut nearest = vec![f64::INFINITY; count];
    for row in rows {
        nearest.iter_mut().zip(row).for_each(|(least, x)| *least = least.min(*x));
    }
    nearest
}

/// The sum of the distances to the nearest medoid with one more medoid.
fn total(nearest: &[f64], row: &[f64]) -> f64 {
    nearest.iter().zip(row).map(|(least, x)| least.min(*x)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dsa::statistics::adjusted_rand;

    #[test]
    fn medoids_are_the_best_pair_of_all() {
        // Five points on a line: every pair of medoids is tried.
        let points = [0.0, 1.0, 1.5, 7.0, 8.0_f64];
        let distances: Vec<f64> =
            points.iter().flat_map(|x| points.iter().map(move |y| (x - y).abs())).collect();
        let cost = |a: usize, b: usize| -> f64 {
            points.iter().map(|x| (x - points[a]).abs().min((x - points[b]).abs())).sum()
        };
        let pairs = || (0..5).flat_map(|a| (0..a).map(move |b| (a, b)));
        let best = pairs().min_by(|x, y| cost(x.0, x.1).total_cmp(&cost(y.0, y.1))).unwrap();
        let nearest = |x: &f64| (x - points[best.0]).abs() < (x - points[best.1]).abs();
        let expected: Vec<usize> = points.iter().map(|x| usize::from(nearest(x))).collect();
        assert_eq!(adjusted_rand(&medoid_groups(2, &distances), &expected), 1.0);
    }

    /// Three places on a line; the middle item, with which BUILD begins, is no medoid in the end.
    #[test]
    fn a_first_choice_that_is_not_best_is_exchanged() {
        let points = [0.0, 0.1, 0.2, 4.9, 9.8, 9.9, 10.0_f64];
        let distances: Vec<f64> =
            points.iter().flat_map(|x| points.iter().map(move |y| (x - y).abs())).collect();
        assert_eq!(medoid_groups(1, &distances), [0; 7]);
        let groups = medoid_groups(2, &distances);
        assert_eq!(groups[..3], [groups[0]; 3]);
        assert_eq!(groups[4..], [groups[6]; 3]);
        assert_ne!(groups[0], groups[6]);
    }

    #[test]
    fn few_items_are_their_own_medoids() {
        assert_eq!(medoid_groups(3, &[0.0, 1.0, 1.0, 0.0]).len(), 2);
        assert!(medoid_groups(2, &[]).is_empty());
    }
}
