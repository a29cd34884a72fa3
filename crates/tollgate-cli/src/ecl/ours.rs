//! The source that policies about calls import, which is a part of Tollgate.
//!
//! `tollgate run --policy` gives it to the policy, whatever stands beside it. The other commands give it where no such file is,
//! so that what runs can be checked and tested.

use tollgate::gate::{CALL, CALL_FILE};
use tollgate_ecl::bundle::{Bundle, SourceFile, imports, normal, resolve};

/// Adds the source to a bundle, at each place where it is imported and not there.
pub(super) fn add(bundle: &mut Bundle) {
    let importers = bundle.files.iter();
    let importers = importers.filter(|file| imports(file).iter().any(|import| import == CALL_FILE));
    let mut wanted: Vec<String> = importers
        .filter_map(|file| resolve(&file.name, CALL_FILE))
        .filter(|name| !bundle.files.iter().any(|file| normal(&file.name) == *name))
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    bundle
        .files
        .extend(wanted.into_iter().map(|name| SourceFile {
            name,
            text: CALL.to_owned(),
        }));
}
