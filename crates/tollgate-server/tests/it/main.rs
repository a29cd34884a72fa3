//! The document of the routes is the one that is checked in.

use std::path::Path;

use regex_automata::meta::Regex;
use serde_json::Value;
use tollgate_state::names::{check_name, check_version};

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

/// Each parameter of each route, with what it is of.
fn parameters() -> Vec<(String, Value)> {
    let document = serde_json::to_value(tollgate_server::openapi_document()).unwrap();
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().unwrap();
                all.push((
                    format!("{method} {path} {name}"),
                    parameter["schema"].clone(),
                ));
            }
        }
    }
    all
}

/// Whether the document says that a value is taken there.
fn takes(of: &str, value: &str) -> bool {
    let all = parameters();
    let (_, schema) = all.iter().find(|(named, _)| named == of).unwrap();
    let pattern = Regex::new(schema["pattern"].as_str().unwrap()).unwrap();
    let most = schema["maxLength"].as_u64().unwrap_or(u64::MAX);
    pattern.is_match(value) && value.len() as u64 <= most
}

#[test]
fn every_parameter_says_how_it_looks() {
    let all = parameters();
    assert!(all.len() >= 30, "{}", all.len());
    for (of, schema) in all {
        let is_free = of == "post /api/v1/casts prefer";
        assert_eq!(schema["pattern"].is_string(), !is_free, "{of}");
    }
}

#[test]
fn what_the_document_says_of_names_and_versions_is_what_is_taken() {
    let long = [
        "a".repeat(63),
        "a".repeat(64),
        format!("1.0.0-{}", "a".repeat(57)),
        format!("1.0.0-{}", "a".repeat(58)),
    ];
    let texts = "a,word-stat,0_1.x,,A,a b,a/b,../a,a..b,.a,-a,_a,a.,a-.b,a._,a\u{200b},a@1,a\n,\u{ff41},1.0.0,0.0.0,1.20.3,1.0.0-beta.2,999999999.0.0,1,1.0,1.0.0.0,01.0.0,1.0.x,1..0,v1.0.0,1.0.0-,1.0.0+b,1.0.0-B,1.0.0-a..b,-1.0.0,1.0.0 ,1000000000.0.0,1.0.0-b.,latest";
    let version = "put /api/v1/modules/{name}/versions/{version}";
    for text in texts.split(',').chain(long.iter().map(String::as_str)) {
        let is_name = check_name("module", text).is_ok();
        assert_eq!(
            takes("get /api/v1/modules/{name} name", text),
            is_name,
            "{text:?}"
        );
        let is_version = check_version(text).is_ok();
        assert_eq!(
            takes(&format!("{version} version"), text),
            is_version,
            "{text:?}"
        );
        let reads = "get /api/v1/modules/{name}/versions/{version} version";
        assert_eq!(takes(reads, text), is_name || is_version, "{text:?}");
    }
}
