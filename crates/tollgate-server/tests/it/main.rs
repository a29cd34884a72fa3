//! The document of the routes is the one that is checked in.

use std::path::Path;

#[test]
fn the_checked_in_document_is_the_one_of_the_routes() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let made = tollgate_server::openapi_document()
        .to_pretty_json()
        .unwrap()
        + "\n";
    let kept = std::fs::read_to_string(&page).unwrap_or_default();
    if made == kept {
        return;
    }
    let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openapi.json");
    std::fs::write(&new, made).unwrap();
    panic!(
        "the routes have changed; look at the difference, then `cp {} {}`",
        new.display(),
        page.display()
    );
}

#[test]
fn every_route_has_a_name_of_its_own_and_says_who_may_ask_it() {
    let document = serde_json::to_value(tollgate_server::openapi_document()).unwrap();
    let mut names = std::collections::BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            assert!(names.insert(name), "{method} {path}");
            let security = operation["security"].as_array().unwrap();
            assert!(!security.is_empty(), "{method} {path}");
        }
    }
}
