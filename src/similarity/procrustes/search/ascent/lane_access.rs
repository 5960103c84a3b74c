//! Access to single lanes of the ascent: loading a pair, beginning a run, and reading the transforms.

use super::run::{Best, Rules, Run, RunPhase, Task};
use super::{Ascent, Lane};
use crate::matrix::{Cells, pieces};
use crate::scalar::{Real, Scalar};

impl<T: Scalar, const L: usize> Ascent<'_, T, L> {
    /// Loads another pair into a lane.
    pub(in crate::similarity::procrustes::search) fn load(
        &mut self,
        lane: Lane,
        task: &Task<'_, T>,
    ) {
        let (n, Lane(l)) = (self.n, lane);
        for j in 0..n {
            put(self.d, j, l, task.a.at(j, j));
            for i in 0..n {
                let skew = if i == j { T::ZERO } else { task.a.at(i, j) };
                put(self.ka, i * n + j, l, skew);
                put(self.b, i * n + j, l, task.b.at(i, j));
            }
        }
        let best = task.best.unwrap_or(Best { f: -T::MAX, transform: &[] });
        best.transform.iter().enumerate().for_each(|(at, x)| put(self.best, at, l, *x));
        if let Some(run) = self.state.runs.get_mut(l) {
            run.scale = task.scale;
            run.evaluations = 0;
            run.best = best.f;
        }
    }

    fn begin(&mut self, lane: Lane, rules: Rules<T>) {
        self.clear(lane);
        self.forget(lane);
        if let Some(run) = self.state.runs.get_mut(lane.0) {
            run.begin(rules);
        }
    }

    /// Leaves a lane without a run.
    pub(in crate::similarity::procrustes::search) fn idle(&mut self, lane: Lane) {
        self.clear(lane);
        if let Some(run) = self.state.runs.get_mut(lane.0) {
            run.phase = RunPhase::Idle;
        }
    }

    fn clear(&mut self, Lane(l): Lane) {
        let memory = self.s.iter_mut().chain(&mut self.y);
        for vector in memory.map(|v| &mut **v).chain([&mut *self.x]) {
            for value in vector.iter_mut() {
                if let Some(value) = value.get_mut(l) {
                    *value = T::ZERO;
                }
            }
        }
    }

    pub(super) fn forget(&mut self, Lane(l): Lane) {
        for rho in &mut self.state.rho {
            if let Some(rho) = rho.get_mut(l) {
                *rho = T::ZERO;
            }
        }
    }

    /// The run of a lane.
    pub(in crate::similarity::procrustes::search) fn run(&self, lane: Lane) -> Option<&Run<T>> {
        self.state.runs.get(lane.0)
    }

    /// Makes the finished run of a lane the best of its pair if it is.
    pub(in crate::similarity::procrustes::search) fn keep_if_best(&mut self, Lane(l): Lane) {
        let Some(run) = self.state.runs.get_mut(l) else { return };
        if run.f > run.best {
            run.best = run.f;
            for (best, c) in self.best.iter_mut().zip(&*self.c) {
                if let (Some(best), Some(c)) = (best.get_mut(l), c.get(l)) {
                    *best = *c;
                }
            }
        }
    }

    /// |<C, M>| / n of the run of a lane and a row-major transform: 1 if they are the same but for sign.
    pub(in crate::similarity::procrustes::search) fn overlap(
        &self,
        Lane(l): Lane,
        transform: &[T],
    ) -> T {
        let sum = self
            .c
            .iter()
            .zip(transform)
            .fold(T::ZERO, |sum, (c, m)| sum + c.get(l).copied().unwrap_or(T::ZERO) * *m);
        Real::abs(sum) / T::count(self.n)
    }

    /// Writes the transform of the run of a lane, row-major.
    pub(in crate::similarity::procrustes::search) fn write<S: Scalar>(
        &self,
        lane: Lane,
        to: &mut [S],
    ) {
        write_lane(self.c, lane, to);
    }

    /// Writes the best transform of a lane, row-major.
    pub(in crate::similarity::procrustes::search) fn write_best(&self, lane: Lane, to: &mut [T]) {
        write_lane(self.best, lane, to);
    }

    /// Three times n² and twice n scalars that are free between [`Ascent::step`] and the next one. The
    /// third matrix is where [`Ascent::start`] finds its transform.
    pub(in crate::similarity::procrustes::search) fn scratch(
        &mut self,
    ) -> ([&mut [T]; 3], [&mut [T]; 2]) {
        let n = self.n;
        (
            [self.work.as_flattened_mut(), self.m.as_flattened_mut(), self.kd.as_flattened_mut()],
            [
                self.diagonal.as_flattened_mut().part_mut(0, n),
                self.turning.as_flattened_mut().part_mut(0, n),
            ],
        )
    }

    /// Begins a run from the column-major transform in the scratch.
    pub(in crate::similarity::procrustes::search) fn start(&mut self, lane: Lane, rules: Rules<T>) {
        let (n, Lane(l)) = (self.n, lane);
        let columns = pieces(self.kd.as_flattened(), n).take(n);
        for (j, column) in columns.enumerate() {
            for (i, value) in column.iter().enumerate() {
                put(self.c, i * n + j, l, *value);
            }
        }
        self.begin(lane, rules);
    }
}

fn write_lane<T: Scalar, S: Scalar, const L: usize>(from: &[[T; L]], Lane(l): Lane, to: &mut [S]) {
    for (to, entry) in to.iter_mut().zip(from) {
        *to = S::of(entry.get(l).copied().unwrap_or(T::ZERO).into());
    }
}

#[inline(always)]
fn put<T: Scalar, const L: usize>(m: &mut [[T; L]], at: usize, l: usize, value: T) {
    if let Some(to) = m.get_mut(at).and_then(|entry| entry.get_mut(l)) {
        *to = value;
    }
}
