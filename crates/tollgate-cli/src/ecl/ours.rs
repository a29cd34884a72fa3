//! The sources that policies about calls and about runs import, which are a part of Tollgate.
//!
//! `tollgate run --policy` and a server give them to the policy, whatever stands beside it. The other commands give them where no
//! such file is, so that what runs can be checked and tested.

use tollgate::gate::{CALL, CALL_FILE, RUN, RUN_FILE};
use tollgate_ecl::Bundle;
use tollgate_ecl::syntax::bundle::{SourceFile, imports, normal, resolve};

/// Adds the sources to a bundle, at each place where one is imported and not there.
pub(super) fn add(bundle: &mut Bundle) {
    for (name, text) in [(CALL_FILE, CALL), (RUN_FILE, RUN)] {
        add_one(bundle, (name, text));
    }
}

fn add_one(bundle: &mut Bundle, (ours, text): (&str, &str)) {
    let importers = bundle.files.iter();
    let importers = importers.filter(|file| imports(file).iter().any(|import| import == ours));
    let mut wanted: Vec<String> = importers
        .filter_map(|file| resolve(&file.name, ours))
        .filter(|name| !bundle.files.iter().any(|file| normal(&file.name) == *name))
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    bundle
        .files
        .extend(wanted.into_iter().map(|name| SourceFile {
            name,
            text: text.to_owned(),
        }));
}
