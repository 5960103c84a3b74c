//! How well the members of a fan agree with their mean.

use super::picture::Picture;
use crate::report::data::{Member, Report};
use crate::show::picture::{AxisNames, Mark, grid};

pub(super) fn picture(report: &Report) -> Option<Picture> {
    let fan = report.fan.as_ref()?;
    let window = |member: &Member| (member.delays, member.interval);
    let mut windows: Vec<(usize, usize)> = fan.members.iter().map(window).collect();
    windows.dedup();
    let mut ranks: Vec<usize> = fan.members.iter().map(|member| member.rank).collect();
    ranks.sort_unstable();
    ranks.dedup();
    if fan.members.len() < 2 {
        return None;
    }
    let place = |member: &Member| {
        let column = windows.iter().position(|of| *of == window(member))?;
        Some((ranks.iter().position(|rank| *rank == member.rank)?, column))
    };
    let found = || fan.members.iter().filter_map(|member| member.agreement);
    let least = found().fold(1.0, f64::min);
    let mut agreement = vec![least; windows.len() * ranks.len()];
    for member in &fan.members {
        let (row, column) = place(member)?;
        agreement[row * windows.len() + column] = member.agreement.unwrap_or(least);
    }
    let mark = fan.most_similar.as_ref().and_then(|member| {
        let (row, column) = place(member)?;
        Some(Mark { row, column, meaning: ", cross: shown".to_owned() })
    });
    let spans: Vec<String> = windows
        .iter()
        .map(|(delays, interval)| format!("{}", (delays - 1) * interval + 1))
        .collect();
    let names: Vec<String> = ranks.iter().map(usize::to_string).collect();
    let drawing = grid(
        "Agreement with the mean",
        AxisNames { x: "samples of the window", y: "rank" },
        &names,
        &spans,
        |i, j| agreement[i * windows.len() + j],
        "rank correlation",
        mark.as_ref(),
    );
    Some(Picture {
        name: "members",
        label: format!("Agreement of {} settings with their mean", fan.members.len()),
        caption: "Rank correlation of the distances of each window and rank with the mean over all of them; where it is low, that setting sees something else. The cross is the setting that stands for all best, whose spectra are shown.".to_owned(),
        drawing,
    })
}
