//! What a user may have meant by a name that is not there.

use std::io::{self, ErrorKind};
use std::path::Path;

use tollgate::paths::folder_of;
use tollgate_diagnostics::diagnostic::nearest;

/// Entries of a folder that are compared with a name.
const ENTRIES_MAX: usize = 10_000;

/// Returns what to add to the message about a file that could not be opened, as the rest of its sentence.
pub(crate) fn file(path: &Path, error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => match (similar(path), missing_folder(path)) {
            (Some(near), _) => did_you_mean(&near),
            (None, Some(folder)) => format!("; there is no folder `{}`", folder.display()),
            (None, None) => String::new(),
        },
        ErrorKind::IsADirectory => String::from("; give a file that is in it"),
        _ => String::new(),
    }
}

/// Returns the same for a name of which there are others.
pub(crate) fn name(wanted: &str, others: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let others: Vec<_> = others.into_iter().collect();
    let near = nearest(wanted, others.iter().map(AsRef::as_ref));
    near.map_or_else(String::new, did_you_mean)
}

/// Returns the rest of a sentence about something that is not there, where `near` is.
pub(crate) fn did_you_mean(near: &str) -> String {
    format!("; did you mean `{near}`?")
}

/// Returns the first folder on the way to a path that is not there.
fn missing_folder(path: &Path) -> Option<&Path> {
    let folders = path.ancestors().skip(1);
    let missing = folders.take_while(|folder| *folder != Path::new("") && !folder.exists());
    missing.last()
}

/// Returns the path whose last part is most similar, if one is in the folder.
fn similar(path: &Path) -> Option<String> {
    let (folder, wanted) = (path.parent()?, path.file_name()?.to_str()?);
    let entries = std::fs::read_dir(folder_of(path)).ok()?.take(ENTRIES_MAX);
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    let near = nearest(wanted, names.iter().map(String::as_str));
    // `hello` for `hello.wasm`, if there is no `hello.wat`.
    let mut longer = names.iter().filter(|name| {
        let rest = name.strip_prefix(wanted);
        rest.is_some_and(|rest| rest.starts_with('.'))
    });
    let near = near.or_else(|| match (longer.next(), longer.next()) {
        (Some(only), None) => Some(only.as_str()),
        _ => None,
    })?;
    Some(folder.join(near).to_str()?.to_owned())
}

/// Returns the export that was most likely meant: its whole name, or the function of an interface.
pub(crate) fn export<'a>(wanted: &str, exports: &'a [String]) -> Option<&'a str> {
    let function = |name: &'a str| name.rsplit_once('#').map_or(name, |(_, function)| function);
    let names = || exports.iter().map(String::as_str);
    nearest(wanted, names()).or_else(|| {
        let near = nearest(wanted, names().map(function))?;
        names().find(|name| function(name) == near)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_there_is_compared_with_those_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("hello.wasm"), "").unwrap();
        let missing = io::Error::from(ErrorKind::NotFound);
        let said = |name: &str| file(&folder.path().join(name), &missing);
        let hello = folder.path().join("hello.wasm");
        let expected = format!("; did you mean `{}`?", hello.display());
        assert_eq!(said("helo.wasm"), expected);
        assert_eq!(said("hello"), expected);
        assert_eq!(said("other.txt"), "");
        let none = folder.path().join("none");
        let expected = format!("; there is no folder `{}`", none.display());
        assert_eq!(said("none/helo.wasm"), expected);
        assert_eq!(said("none/other/helo.wasm"), expected);
        assert_eq!(
            file(Path::new("name-of-nothing/a"), &missing),
            "; there is no folder `name-of-nothing`"
        );
        assert_eq!(file(Path::new("/"), &missing), "");
    }

    #[test]
    fn an_export_is_found_by_the_name_of_its_function() {
        let exports = ["a:b/c@1.0.0#tier-percent", "a:b/c@1.0.0#price"].map(str::to_owned);
        let all = Some("a:b/c@1.0.0#tier-percent");
        for wanted in ["tier-percent", "tier-percnt", "a:b/c@1.0.0#tier-percen"] {
            assert_eq!(export(wanted, &exports), all, "{wanted}");
        }
        assert_eq!(export("something", &exports), None);
    }
}
