//! Columns of time and of counts, first lines that number the columns, gaps in time, and axes by name.
//! Known values were computed with NumPy, without the columns that are no channels.

use super::*;

/// Two recordings of 1500 samples and 3 channels at 50 Hz, and heads and first cells to put before them.
fn pair() -> [Vec<Vec<f64>>; 2] {
    [rows_of("plain_x.npy"), rows_of("plain_y.npy")]
}

fn compared(folder: &Folder, head: &str, first: &impl Fn(usize) -> String) -> serde_json::Value {
    for (name, rows) in ["x.csv", "y.csv"].iter().zip(pair()) {
        folder.write(name, table(head, first, &rows));
    }
    folder.json("compare x.csv y.csv --delays 10 --centre=none --baseline procrustes,cka").0
}

/// What a first column is called, and what it holds at sample t.
type Written = (&'static str, fn(usize) -> String);

/// Before: 0.21767, procrustes 0.00645, cka 2.9e-5 with each of them but the one called `time`.
#[test]
fn a_first_column_that_rises_evenly_is_no_channel() {
    let folder = Folder::new();
    let seconds = |t: usize| format!("{},", t as f64 * 0.02);
    let whole = |t: usize| format!("{t},");
    let written: [Written; 13] = [
        ("time,a,b,c", seconds),
        ("time (s),a,b,c", seconds),
        ("time [ms],a,b,c", |t| format!("{},", 20 * t)),
        ("timestamp,a,b,c", |t| format!("{:.3},", 1.7e9 + t as f64 * 0.02)),
        ("seconds,a,b,c", |t| format!("{:.2},", t as f64 * 0.02)),
        ("Frame,a,b,c", whole),
        ("index,a,b,c", whole),
        ("Unnamed: 0,a,b,c", whole),
        (",a,b,c", |t| format!("{},", 100 + t)),
        ("position,a,b,c", |t| format!("{:.18e},", t as f64 * 0.02)),
        ("", seconds),
        ("", |t| format!("{},", 100 + t)),
        (",time (s),a,b,c", |t| format!("{t},{},", t as f64 * 0.02)),
    ];
    let plain = compared(&folder, "a,b,c", &|_| String::new());
    assert_eq!(format!("{:.5}", distance(&plain)), "0.69892");
    for (head, first) in written {
        let found = compared(&folder, head, &first);
        assert_eq!(found["distances"], plain["distances"], "{head}");
        assert_eq!(found["baselines"], plain["baselines"], "{head}");
        let notes = found["notes"].as_array().unwrap();
        assert!(
            notes.len() >= 2 && notes[0]["note"].as_str().unwrap().contains("was dropped"),
            "{head}"
        );
    }
    let baseline = |k: usize| plain["baselines"][k]["distances"][0][1].as_f64().unwrap();
    assert_eq!(format!("{:.5} {:.5}", baseline(0), baseline(1)), "1.56474 1.57077");
}

#[test]
fn the_step_and_its_unit_are_kept() {
    let rows: Vec<Vec<f64>> = (0..50).map(|t| vec![f64::from(t * t % 17)]).collect();
    let read =
        |head: &str, first: fn(usize) -> String| csv(&table(head, first, &rows)).axis.unwrap();
    let axis = read("time [ms],a", |t| (t * 20).to_string() + ",");
    assert_eq!((axis.unit.as_deref(), axis.step, axis.counts), (Some("ms"), 20.0, false));
    let axis = read("index,Time (s),a", |t| format!("{t},{:.3},", t as f64 / 3.0));
    assert_eq!((axis.unit.as_deref(), axis.counts), (Some("s"), false));
    assert!((axis.step - 1.0 / 3.0).abs() < 1e-4 && axis.gaps.is_empty());
    assert_eq!(read("", |t| (t * 2).to_string() + ",").step, 2.0);
}

/// What only looks a little like an axis stays a channel.
#[test]
fn channels_are_not_taken_for_axes() {
    let wave = |t: f64| (0.3 * t).sin();
    let rows: Vec<Vec<f64>> = (0..200).map(|t| vec![wave(f64::from(t))]).collect();
    for (head, first) in [
        ("a,b", (|t| format!("{},", (t as f64 * 0.01).sin())) as fn(usize) -> String),
        ("index,b", |t| format!("{},", (t as f64 * 0.7).cos())),
        ("T,b", |t| format!("{},", 36.5 + (t as f64 * 0.7).cos())),
        ("", |t| format!("{},", t + t / 100)),
        ("a,b", |_| "5,".to_owned()),
        ("a,b", |t| format!("{},", 1000 - t)),
        // A frame is missing: it counts, but not the rows.
        ("a,b", |t| format!("{},", t + usize::from(t > 120))),
    ] {
        let read = csv(&table(head, first, &rows));
        assert_eq!((read.channels, read.axis, read.notes), (2, None, vec![]), "{head}");
    }
    // A single column is the recording, whatever it does.
    assert_eq!(csv("a\n1\n2\n3\n4\n5\n6\n").channels, 1);
    // An axis is a first column: one in the middle is a channel, unless it is called time.
    let behind = |name: &str| {
        let text: String = (0..20).map(|t| format!("{},{t},1\n", t * t % 7)).collect();
        csv(&format!("x,{name},y\n{text}")).channels
    };
    assert_eq!((behind("frame"), behind("ramp"), behind("time")), (3, 3, 2));
}

/// Before: 0.60431, the first line taken for a sample.
#[test]
fn a_first_line_that_counts_the_columns_is_their_names() {
    let folder = Folder::new();
    let mut rows = pair();
    rows.iter_mut().flatten().flatten().for_each(|x| *x *= 1e-6);
    let run = |head: &str| {
        folder.write("x.csv", table(head, |_| String::new(), &rows[0]));
        folder.write("y.csv", table(head, |_| String::new(), &rows[1]));
        folder.json("compare x.csv y.csv --delays 10 --rank 4 --centre=none")
    };
    let (plain, _) = run("a,b,c");
    // An optimum that was found independently, to a search with another start.
    assert!((distance(&plain) - 0.67315).abs() < 2e-5, "{}", distance(&plain));
    for head in ["0,1,2", "1,2,3"] {
        let (found, said) = run(head);
        assert_eq!(found["distances"], plain["distances"]);
        let note =
            format!("x.csv: line 1, `{head}`, counts the columns and was taken for their names\n");
        assert!(said.contains(&note), "{said}");
    }
    let kept = csv("0,1,2\n3,4,5\n7,7,7\n");
    assert_eq!(kept.trials[0].len(), 9);
    assert!(kept.notes[0].starts_with("line 1, `0,1,2`, was read as a sample"), "{:?}", kept.notes);
    // A sine and a cosine begin with 0 and 1; so may a single channel.
    assert_eq!(csv("0,1\n0.1,0.995\n0.199,0.98\n").trials[0].len(), 6);
    assert_eq!(csv("1\n0.995\n0.98\n").trials[0].len(), 3);
    assert_eq!(csv("0,1\n0.10,0.99\n0.20,0.98\n").trials[0].len(), 4);
    assert_eq!(csv("0\n1e-7\n-2.0\n").trials[0].len(), 2);
}

/// Before: `column time was dropped`, and nothing else, in all of them.
#[test]
fn gaps_and_jumps_of_time_are_said_with_their_places() {
    let folder = Folder::new();
    let rows = &pair()[0];
    let write = |name: &str, kept: &dyn Fn(usize) -> Option<f64>| {
        let mut text = "time,a,b,c\n".to_owned();
        for (t, row) in rows.iter().enumerate() {
            if let Some(time) = kept(t) {
                text += &format!("{time},{},{},{}\n", row[0], row[1], row[2]);
            }
        }
        folder.write(name, text);
    };
    let time = |t: usize| (t as f64 * 0.02 * 1e6).round() / 1e6;
    write("whole.csv", &|t| Some(time(t)));
    write("half.csv", &|t| (t % 2 == 0).then(|| time(t)));
    write("drop.csv", &|t| (t % 100 < 70).then(|| time(t)));
    write("back.csv", &|t| Some(if t < 750 { time(t) + 15.0 } else { time(t) - 15.0 }));
    let (result, said) =
        folder.json("compare whole.csv half.csv drop.csv back.csv --delays 10 --rank 2");
    for line in [
        "whole.csv: column `time` was dropped: it is the axis of time and rises evenly by 0.02",
        "half.csv: column `time` was dropped: it is the axis of time and rises evenly by 0.04",
        "drop.csv: column `time` rises unevenly: 14 of 1049 steps are not 0.02, the first from line 71 to \
         line 72 (0.62); about 420 samples seem to be missing",
        "drop.csv: --gaps cut would cut the recording into trials at these places",
        "back.csv: column `time` runs back once, from line 751 to line 752 (by 29.98)",
        "the sampling interval differs between recordings: 0.02 s in `whole.csv`, `drop.csv`, `back.csv`; \
         0.04 s in `half.csv`; delays and operators count samples, so resample the recordings to one interval \
         before you compare them",
    ] {
        assert!(said.lines().any(|found| found == line), "{line}\n{said}");
    }
    assert_eq!(result["notes"].as_array().unwrap().len(), 9);
    let (cut, said) =
        folder.json("compare whole.csv drop.csv back.csv --delays 10 --rank 2 --gaps cut");
    assert!(
        said.contains(
            "drop.csv: the recording was cut at gaps into 15 trials of 70 to 70 samples\n"
        ),
        "{said}"
    );
    assert!(
        said.contains(
            "back.csv: the recording was cut at gaps into 2 trials of 750 to 750 samples\n"
        ),
        "{said}"
    );
    let windows: Vec<u64> =
        cut["models"].as_array().unwrap().iter().map(|x| x["windows"].as_u64().unwrap()).collect();
    assert_eq!(windows, [1491, 15 * 61, 2 * 741]);
}

#[test]
fn pieces_that_are_too_short_are_left_out_and_said_so() {
    let folder = Folder::new();
    let text: String = (0..400)
        .filter(|t| t % 40 != 0 && *t != 45)
        .map(|t| format!("{t},{},{}\n", t * t % 17, t % 5))
        .collect();
    folder.write("a.csv", format!("frame,x,y\n{text}"));
    let (_, said) = folder.json("compare a.csv a.csv --delays 10 --rank 2 --gaps cut");
    assert!(said.contains("1 of 11 pieces between gaps were left out, because they are shorter than the 11 samples"), "{said}");
    let output = folder.run("compare a.csv a.csv --delays 50 --rank 2 --gaps cut");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("the longest of 11 pieces between gaps has 39 samples, and 51 are needed"),
        "{said}"
    );
}

#[test]
fn a_monitor_takes_what_a_gap_lacks_as_missing_samples() {
    let text: String =
        (0..100).filter(|t| !(20..30).contains(t)).map(|t| format!("{t},{}\n", t % 7)).collect();
    let folder = Folder::new();
    folder.write("a.csv", format!("sample,x\n{text}"));
    let path = folder.0.path().join("a.csv");
    let stream = dsa::files::stream::Stream::read(&path, &Default::default()).unwrap();
    let missing: Vec<usize> =
        stream.rows().enumerate().filter(|(_, row)| row.is_none()).map(|(t, _)| t).collect();
    assert_eq!((stream.len(), missing), (100, (20..30).collect()));
}

/// Before: 0.32114 and 0.19136, without a hint.
#[test]
fn channels_first_is_asked_about_and_read() {
    let folder = Folder::new();
    let names = ["first_a.npy", "first_a2.npy", "first_b.npy"];
    let files = names.map(|name| data(name).display().to_string()).join(" ");
    let run = format!("compare {files} --delays 5 --rank 4 --centre=none");
    let (wrong, said) = folder.json(&run);
    assert_eq!(format!("{:.3}", distance(&wrong)), "0.321");
    let note = "the array of shape (64, 200) was read as (time, channels), with more channels than samples; if \
                it is (channels, time), use --axes channels,time\n";
    assert_eq!(said.matches(note).count(), 3, "{said}");
    let (right, said) = folder.json(&format!("{run} --axes channels,time"));
    assert_eq!(format!("{:.5}", distance(&right)), "0.02693");
    assert_eq!(format!("{:.5}", right["distances"][0][2].as_f64().unwrap()), "0.45057");
    assert!(!said.contains("--axes") && right.get("notes").is_none(), "{said}");
}

#[test]
fn any_order_of_axes_is_the_same_recording() {
    use dsa::files::read::{Reading, read_bytes_as};
    // Trial r, sample t, channel c is 100 r + 10 t + c.
    let number = |r: usize, t: usize, c: usize| (100 * r + 10 * t + c) as f64;
    let (trials, time, channels) = (2_usize, 5, 3);
    let expected: Vec<Vec<f64>> = (0..trials)
        .map(|r| (0..time).flat_map(|t| (0..channels).map(move |c| number(r, t, c))).collect())
        .collect();
    for axes in [
        "trials,time,channels",
        "trials,channels,time",
        "time,trials,channels",
        "time,channels,trials",
        "channels,time,trials",
        "channels,trials,time",
    ] {
        let sizes: Vec<usize> = axes
            .split(',')
            .map(|name| match name {
                "trials" => trials,
                "time" => time,
                _ => channels,
            })
            .collect();
        let mut values = Vec::new();
        for i in 0..sizes[0] {
            for j in 0..sizes[1] {
                for k in 0..sizes[2] {
                    let at = |name: &str| {
                        [i, j, k][axes.split(',').position(|found| found == name).unwrap()]
                    };
                    values.push(number(at("trials"), at("time"), at("channels")));
                }
            }
        }
        let shape: Vec<u64> = sizes.iter().map(|size| *size as u64).collect();
        let bytes = dsa::output::npy(&shape, &values, false).unwrap();
        let reading = Reading { axes: Some(axes.parse().unwrap()), ..Reading::default() };
        let read = read_bytes_as(Format::Npy, &bytes, &reading).unwrap();
        assert_eq!((read.trials, read.channels), (expected.clone(), channels), "{axes}");
        let reading =
            Reading { axes: Some("channels,time".parse().unwrap()), ..Reading::default() };
        let refused = read_bytes_as(Format::Npy, &bytes, &reading).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "--axes channels,time names 2 axes, and the array has 3 dimensions"
        );
    }
    let reading = Reading { axes: Some("channels,time".parse().unwrap()), ..Reading::default() };
    let read = read_bytes_as(Format::Csv, b"1,2,3,4\n5,6,7,8\n", &reading).unwrap();
    assert_eq!((read.trials, read.channels), (vec![vec![1., 5., 2., 6., 3., 7., 4., 8.]], 2));
}
