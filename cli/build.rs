//! Says in `dsa --version` which commit an optimised build is of.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // A build for tests does not say it, so that a commit does not compile everything anew.
    if std::env::var("PROFILE").as_deref() == Ok("release") {
        println!("cargo:rerun-if-changed=../.git/logs/HEAD");
        if let Some(commit) = commit() {
            let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
            println!("cargo:rustc-env=DSA_VERSION={version} ({commit})");
        }
    }
}

/// The commit of the sources, with a mark if they have been changed since.
fn commit() -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let is_changed = !git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty();
    Some(if is_changed { format!("{commit}, changed") } else { commit })
}
