//! Trees of recordings by average linkage.

use serde::{Deserialize, Serialize};

/// Two clusters that are joined. Clusters are counted from 0: first the recordings, then the clusters that were joined, in
/// their order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Merge {
    /// The first cluster.
    pub left: usize,
    /// The second cluster.
    pub right: usize,
    /// The mean distance between their recordings.
    pub height: f64,
    /// How many recordings they have together.
    pub size: usize,
}

/// The tree of `count` recordings, given their square matrix of distances, row after row; the nearest clusters are joined
/// first.
#[must_use]
pub fn average_linkage(distances: &[f64], count: usize) -> Vec<Merge> {
    if count < 2 {
        return Vec::new();
    }
    let mut condensed: Vec<f64> = (0..count)
        .flat_map(|i| (i + 1..count).map(move |j| (i, j)))
        .map(|(i, j)| distances[i * count + j])
        .collect();
    let tree = kodama::linkage(&mut condensed, count, kodama::Method::Average);
    let merge = |step: &kodama::Step<f64>| Merge {
        left: step.cluster1,
        right: step.cluster2,
        height: step.dissimilarity,
        size: step.size,
    };
    tree.steps().iter().map(merge).collect()
}

/// The leaves of a tree from one end to the other: an order in which similar recordings are neighbours.
#[must_use]
pub fn leaves(tree: &[Merge], count: usize) -> Vec<usize> {
    let mut clusters: Vec<Vec<usize>> = (0..count).map(|leaf| vec![leaf]).collect();
    for merge in tree {
        let take = |clusters: &mut Vec<Vec<usize>>, at: usize| {
            clusters.get_mut(at).map(std::mem::take).unwrap_or_default()
        };
        let mut joined = take(&mut clusters, merge.left);
        joined.append(&mut take(&mut clusters, merge.right));
        clusters.push(joined);
    }
    clusters.into_iter().rfind(|cluster| !cluster.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similar_recordings_become_neighbours() {
        // 0 and 2 are close, 1 and 3 are close.
        let far = 9.0;
        #[rustfmt::skip]
        let distances = [
            0.0, far, 1.0, far,
            far, 0.0, far, 2.0,
            1.0, far, 0.0, far,
            far, 2.0, far, 0.0,
        ];
        let tree = average_linkage(&distances, 4);
        let heights: Vec<f64> = tree.iter().map(|merge| merge.height).collect();
        assert_eq!(heights, [1.0, 2.0, 9.0]);
        assert_eq!((tree[0].left, tree[0].right, tree[2].size), (0, 2, 4));
        let order = leaves(&tree, 4);
        let place = |x: usize| order.iter().position(|y| *y == x).unwrap();
        assert_eq!(place(0).abs_diff(place(2)), 1);
        assert_eq!(place(1).abs_diff(place(3)), 1);
        assert_eq!((leaves(&[], 1), leaves(&[], 0)), (vec![0], vec![]));
    }
}
