//! Single files. A regular file is replaced as a whole; anything else, such as a device or a pipe, is written
//! through.

use super::together::{self, UNFINISHED_FILE};
use crate::problem::Problem;
use crate::text;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// How many symbolic links are followed, as the system does.
const MOST_LINKS: usize = 40;

/// Where the bytes of an output go.
enum Target {
    /// To standard output, which a path names.
    StandardOutput,
    /// Through something that is not a regular file.
    Through(PathBuf),
    /// Into a regular file, which is replaced, or a new one; symbolic links have been followed.
    Whole(PathBuf),
}

/// Whether a path names standard output.
#[must_use]
pub fn is_standard_output(path: &Path) -> bool {
    ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| path == Path::new(name))
}

/// Whether a path names a file that is open already.
fn is_open_file(path: &Path) -> bool {
    let folders = ["/dev/fd", "/proc/self/fd"];
    path == Path::new("/dev/stderr")
        || folders.iter().any(|folder| path.parent() == Some(Path::new(folder)))
}

impl Target {
    fn of(path: &Path) -> io::Result<Self> {
        if is_standard_output(path) {
            return Ok(Self::StandardOutput);
        }
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => Err(io::Error::other("it is a folder")),
            Ok(found) if found.is_file() && !is_open_file(path) => {
                path.canonicalize().map(Self::Whole)
            }
            Ok(_) => Ok(Self::Through(path.to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                end_of_links(path).map(Self::Whole)
            }
            Err(error) => Err(error),
        }
    }
}

/// The file that a path leads to, by symbolic links, if that file does not exist yet.
fn end_of_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&path) {
            Ok(next) => path = folder_of(&path).join(next),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Writes a file as a whole: first under another name in the same folder, then renamed. A symbolic link stays and
/// what it leads to is written; a device or a pipe is written through.
///
/// # Errors
/// A sentence that names the file.
pub fn write(path: &Path, contents: &[u8]) -> Result<(), Problem> {
    let refused = |error: io::Error| Problem::about(path, format!("cannot be written: {error}"));
    match Target::of(path).map_err(refused)? {
        Target::StandardOutput => super::print(contents),
        Target::Through(path) => {
            let file = OpenOptions::new().write(true).open(path);
            file.and_then(|mut file| file.write_all(contents)).map_err(refused)
        }
        Target::Whole(target) => {
            let folder = folder_of(&target);
            if !folder.is_dir() {
                let what = format!("cannot be written: there is no folder {}", text::name(folder));
                return Err(Problem::about(path, what));
            }
            replace(folder, &target, contents).map_err(refused)
        }
    }
}

fn replace(folder: &Path, target: &Path, contents: &[u8]) -> io::Result<()> {
    let held = together::hold(folder);
    let mut builder = tempfile::Builder::new();
    let mut file = with_usual_permissions(builder.prefix(UNFINISHED_FILE)).tempfile_in(folder)?;
    if held.is_some() {
        // What cannot be swept is no reason not to write.
        let _ = together::sweep(folder, file.path());
    }
    file.write_all(contents)?;
    file.as_file().sync_all()?;
    file.persist(target).map(drop).map_err(|error| error.error)
}

/// Temporary files are private to their owner; results are as private as the user's umask says.
#[cfg(unix)]
fn with_usual_permissions<'a, 'b>(
    file: &'a mut tempfile::Builder<'b, 'b>,
) -> &'a mut tempfile::Builder<'b, 'b> {
    use std::os::unix::fs::PermissionsExt;
    file.permissions(fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn with_usual_permissions<'a, 'b>(
    file: &'a mut tempfile::Builder<'b, 'b>,
) -> &'a mut tempfile::Builder<'b, 'b> {
    file
}

/// Writes a new file whose name nobody waits for.
pub(super) fn write_new(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(contents)?;
    file.sync_all()
}

/// Refuses an output that is one of the inputs, under whatever name: it would be destroyed.
///
/// # Errors
/// A sentence that names both.
pub fn refuse_inputs<'a>(
    output: &Path,
    inputs: impl IntoIterator<Item = &'a Path>,
) -> Result<(), Problem> {
    match inputs.into_iter().find(|input| is_same_file(output, input)) {
        None => Ok(()),
        Some(input) => {
            let what = if input == output {
                "is an input and would be overwritten; write the result to another file".to_owned()
            } else {
                let input = text::name(input);
                format!(
                    "is the same file as {input}, which is an input and would be overwritten; write the result to another file"
                )
            };
            Err(Problem::about(output, what))
        }
    }
}

#[cfg(unix)]
fn is_same_file(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one), Ok(other)) => {
            // What goes to a terminal or to /dev/null destroys nothing that could be read from it.
            !one.file_type().is_char_device()
                && (one.dev(), one.ino()) == (other.dev(), other.ino())
        }
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
