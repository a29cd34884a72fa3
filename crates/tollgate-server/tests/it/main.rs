//! The document of the routes is the one that is checked in.

#![cfg(test)]

use std::path::Path;

use regex_automata::meta::Regex;
use serde_json::Value;
use tollgate_state::limits::MONEY_MICRO_USD_MAX;
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

#[test]
fn every_answer_says_what_it_is() {
    let document = serde_json::to_value(tollgate_server::openapi_document()).unwrap();
    let mut answers = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            for (status, answer) in operation["responses"].as_object().unwrap() {
                let of = match answer["$ref"].as_str() {
                    Some(named) => document.pointer(named.strip_prefix('#').unwrap()).unwrap(),
                    None => answer,
                };
                let says = of["description"].as_str().unwrap();
                assert!(!says.is_empty(), "{method} {path} {status}");
                answers += 1;
            }
        }
    }
    assert!(answers > 60, "{answers}");
}

#[test]
fn fields_of_bodies_say_what_is_taken() {
    let document = serde_json::to_value(tollgate_server::openapi_document()).unwrap();
    let field = |body: &str, name: &str| {
        document["components"]["schemas"][body]["properties"][name].clone()
    };
    let name = field("NewKey", "name");
    let pattern = Regex::new(name["pattern"].as_str().unwrap()).unwrap();
    for taken in ["k", "Änne’s key", "🔑"] {
        assert!(pattern.is_match(taken), "{taken}");
    }
    for refused in ["", "a\nb", "\u{7f}", "\u{9f}", "\0"] {
        assert!(!pattern.is_match(refused), "{refused:?}");
    }
    assert_eq!(name["maxLength"], 128);
    let roles = field("NewKey", "roles");
    assert_eq!(roles["minItems"], 1);
    assert_eq!(roles["items"]["enum"].as_array().map(Vec::len), Some(5));
    let limit = field("SetBudget", "limit_micro_usd");
    assert_eq!(limit["maximum"], MONEY_MICRO_USD_MAX);
    let version = field("SetTag", "version");
    assert!(version["pattern"].is_string(), "{version}");
    // JSON is any value, and bytes are bytes.
    let any = &document["components"]["schemas"]["Input"]["oneOf"][0]["properties"]["json"];
    assert!(any["type"].is_null(), "{any}");
    let content = "/paths/~1api~1v1~1modules~1{name}~1versions~1{version}~1content/get/responses/200/content/application~1wasm/schema";
    let content = document.pointer(content).unwrap();
    let schema = match content["$ref"].as_str() {
        Some(named) => document.pointer(named.strip_prefix('#').unwrap()).unwrap(),
        None => content,
    };
    assert_eq!(
        (&schema["type"], &schema["format"]),
        (&"string".into(), &"binary".into())
    );
}
