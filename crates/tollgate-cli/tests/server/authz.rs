//! Every route of the OpenAPI document, asked with every kind of credential, by who may, who may not, and another tenant.
//!
//! What a route needs stands in the document: its security requirements, each of which names a role that is enough. A route
//! that is new there is asked too, and has to be known here.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::host::{Answer, Ask, Host, add, add_request, until};
use crate::signers::{signature_of, signer};

const ROLES: [&str; 5] = ["admin", "publisher", "caller", "approver", "auditor"];

/// A policy that allows every run.
const ALLOWS: &str = "import \"run.ecl\"\npolicy \"all\" { input { run: Run } auto_accept any { a: run.gas > 0 } otherwise reject \"no\" }";

/// A route of the document.
struct Route {
    method: String,
    path: String,
    /// The roles of which each is enough; none for a route that is open to all.
    roles: BTreeSet<String>,
}

fn routes(host: &Host) -> Vec<Route> {
    let document = host.ask(Ask::bare("GET", "/api/v1/openapi.json")).json();
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let security = operation["security"].as_array();
            let security = security.unwrap_or_else(|| panic!("{method} {path} says who may"));
            let roles = security
                .iter()
                .flat_map(|one| one["key"].as_array().cloned().unwrap_or_default());
            routes.push(Route {
                method: method.to_ascii_uppercase(),
                path: path.clone(),
                roles: roles
                    .map(|role| role.as_str().expect("a role").to_owned())
                    .collect(),
            });
        }
    }
    assert!(routes.len() >= 25, "{}", routes.len());
    routes
}

/// What the first tenant has, to be asked for.
struct Things {
    cast: String,
    prefix: String,
}

impl Things {
    fn of(host: &Host) -> Self {
        let tag = Ask::new("PUT", "/api/v1/modules/add/tags/stable", &host.key);
        let set = host.ask(tag.json(&json!({ "version": "1.0.0" })));
        assert_eq!(set.status, 204);
        let victim = host.key_with(&["approver"]);
        let signer = format!("/api/v1/signers/{}", signer().public());
        let signer = Ask::new("PUT", &signer, &host.key).json(&json!({ "name": "ci" }));
        assert_eq!(host.ask(signer).status, 204);
        let cast = host.add().json();
        Self {
            cast: cast["id"].as_str().expect("an id").to_owned(),
            prefix: victim.split('_').nth(1).expect("a prefix").to_owned(),
        }
    }

    /// A request that would be good for who may.
    fn request(&self, route: &Route) -> (String, Option<(&'static str, Vec<u8>)>) {
        let path = route
            .path
            .replace("{prefix}", &self.prefix)
            .replace("{name}", "add")
            .replace("{version}", "1.0.0")
            .replace("{tag}", "stable")
            .replace("{id}", &self.cast)
            .replace("{key}", &signer().public().to_string());
        assert!(!path.contains('{'), "{path}: what stands there?");
        let body = match (route.method.as_str(), route.path.as_str()) {
            ("POST", "/api/v1/keys") => Some(json!({ "name": "n", "roles": ["caller"] })),
            ("POST", "/api/v1/casts/{id}/cancellation") => None,
            ("PUT", "/api/v1/budget") => Some(json!({ "limit_micro_usd": null })),
            ("POST", "/api/v1/casts" | "/api/v1/casts/quote") => Some(add_request()),
            ("PUT", "/api/v1/modules/{name}/tags/{tag}") => Some(json!({ "version": "1.0.0" })),
            ("POST", "/api/v1/modules/{name}/pruning") => Some(json!({ "keep": 1 })),
            ("POST", "/api/v1/modules/{name}/versions/{version}/signatures") => {
                Some(signature_of(&add()))
            }
            ("PUT", "/api/v1/signers/{key}") => Some(json!({ "name": "ci" })),
            ("POST", "/api/v1/approvals/{id}") => Some(json!({ "answer": "deny" })),
            ("PUT", "/api/v1/modules/{name}/policy") => Some(json!({ "text": ALLOWS })),
            ("PUT", "/api/v1/modules/{name}/versions/{version}") => {
                return (path, Some(("application/wasm", add())));
            }
            ("GET" | "DELETE", _) => None,
            (method, path) => panic!("{method} {path} is new; say here what it takes"),
        };
        (
            path,
            body.map(|body| ("application/json", body.to_string().into_bytes())),
        )
    }

    fn ask(&self, host: &Host, route: &Route, credential: Option<&str>) -> Answer {
        let (path, body) = self.request(route);
        let mut ask = Ask::bare(&route.method, &path);
        if let Some(credential) = credential {
            ask = ask.header("authorization", credential);
        }
        if let Some((kind, body)) = body {
            ask = ask.body(kind, &body);
        }
        host.ask(ask)
    }
}

/// Everything that the first tenant can see of itself.
fn seen(host: &Host) -> Vec<Value> {
    let paths = [
        "/api/v1/keys",
        "/api/v1/modules",
        "/api/v1/modules/add",
        "/api/v1/modules/add/versions/1.0.0",
        "/api/v1/signers",
        "/api/v1/casts",
        "/api/v1/audit",
        "/api/v1/budget",
        "/api/v1/budget/transfers",
        "/api/v1/budget/statement",
        "/api/v1/prices",
    ];
    paths.iter().map(|path| host.get(path).json()).collect()
}

#[test]
fn a_credential_that_is_none_opens_nothing() {
    let host = Host::start().with_guests();
    let things = Things::of(&host);
    let revoked = host.key_with(&ROLES);
    let prefix = revoked.split('_').nth(1).expect("a prefix");
    let gone = host.ask(Ask::new(
        "DELETE",
        &format!("/api/v1/keys/{prefix}"),
        &host.key,
    ));
    assert_eq!(gone.status, 204);
    let soon = jiff::Timestamp::now() + std::time::Duration::from_secs(1);
    let body = json!({ "name": "soon", "roles": ROLES, "expires_at": soon.to_string() });
    let expired = host.post("/api/v1/keys", &body).json()["key"]
        .as_str()
        .expect("a key")
        .to_owned();
    until("the end of a key", || {
        host.ask(Ask::new("GET", "/api/v1/keys", &expired)).status == 401
    });
    let key = &host.key;
    let (start, secret) = key.split_at(17);
    let credentials = [
        None,
        Some(String::new()),
        Some("Bearer".to_owned()),
        Some("Bearer ".to_owned()),
        Some(format!("Basic {key}")),
        Some(key.clone()),
        Some(format!("Bearer {}", &key[..key.len() - 1])),
        Some(format!("Bearer {key}0")),
        Some(format!("Bearer {}", key.to_uppercase())),
        Some(format!("Bearer  {key}")),
        Some(format!("Bearer {start}{}", "0".repeat(secret.len()))),
        Some(format!("Bearer tgk_000000000000_{}", "0".repeat(64))),
        Some(format!("Bearer {revoked}")),
        Some(format!("Bearer {expired}")),
        Some(format!("Bearer {key} {key}")),
        Some("Bearer ' OR 1=1 --".to_owned()),
    ];
    let before = seen(&host);
    for route in routes(&host) {
        for credential in &credentials {
            let answer = things.ask(&host, &route, credential.as_deref());
            if route.roles.is_empty() {
                assert_eq!(answer.status, 200, "{} {}", route.method, route.path);
            } else {
                let message = answer.refuses(401, "unauthorized");
                // The same for all: nothing tells which part was right.
                assert_eq!(
                    message,
                    "this needs a good key: `authorization: Bearer tgk_…`"
                );
                assert!(
                    answer.head.contains("www-authenticate: bearer"),
                    "{}",
                    answer.head
                );
            }
        }
    }
    assert_eq!(seen(&host), before);
}

#[test]
fn a_role_opens_what_the_document_says_and_nothing_else() {
    let host = Host::start().with_guests();
    let things = Things::of(&host);
    for role in ROLES {
        let key = host.key_with(&[role]);
        for route in routes(&host) {
            // What is deleted is asked for last, and made again.
            let answer = things.ask(&host, &route, Some(&format!("Bearer {key}")));
            let place = format!("{role}: {} {}: {answer:?}", route.method, route.path);
            let is_deletion = (route.method.as_str(), route.path.as_str())
                == ("DELETE", "/api/v1/modules/{name}/versions/{version}");
            if is_deletion && role == "publisher" {
                // A publisher may delete, but not what another key pushed.
                let message = answer.refuses(403, "forbidden");
                assert!(message.contains("another key's"), "{place}");
            } else if route.roles.is_empty() || route.roles.contains(role) {
                assert!(![401, 403].contains(&answer.status), "{place}");
                assert!(answer.status < 500, "{place}");
            } else {
                let message = answer.refuses(403, "forbidden");
                assert!(
                    route.roles.iter().all(|role| message.contains(role)),
                    "{place}"
                );
            }
        }
    }
}

#[test]
fn another_tenant_finds_nothing_and_changes_nothing() {
    let host = Host::start().with_guests();
    let things = Things::of(&host);
    let admin = host.tenant("other");
    let body = json!({ "name": "all", "roles": ROLES });
    let made = host.ask(Ask::new("POST", "/api/v1/keys", &admin).json(&body));
    let theirs = made.json()["key"].as_str().expect("a key").to_owned();
    let before = seen(&host);
    let digest = before[1]["versions"][0]["digest"]
        .as_str()
        .expect("a digest");
    let ours = [
        &things.cast,
        &things.prefix,
        digest,
        host.key.split('_').nth(1).expect("a prefix"),
    ];
    for route in routes(&host) {
        let answer = things.ask(&host, &route, Some(&format!("Bearer {theirs}")));
        let place = format!("{} {}: {answer:?}", route.method, route.path);
        assert!(
            answer.status < 500 && ![401, 403].contains(&answer.status),
            "{place}"
        );
        let (path, _) = things.request(&route);
        // What has a name of ours in its path is not there, except where it makes something of theirs.
        let asked = (route.method.as_str(), route.path.as_str());
        let is_push = asked == ("PUT", "/api/v1/modules/{name}/versions/{version}");
        let makes = is_push
            || asked == ("PUT", "/api/v1/modules/{name}/policy")
            || asked.1 == "/api/v1/signers/{key}";
        if path != route.path && !makes {
            answer.refuses(404, "not_found");
        }
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        for secret in ours {
            // A refusal says what was asked for, and the digest of bytes that they pushed themselves is theirs.
            let is_theirs = is_push || path.contains(secret);
            assert!(is_theirs || !text.contains(secret), "{secret}: {place}");
        }
        if is_push {
            let path = "/api/v1/modules/add/versions/1.0.0";
            assert_eq!(host.ask(Ask::new("DELETE", path, &theirs)).status, 204);
        } else if makes {
            assert_eq!(host.ask(Ask::new("DELETE", &path, &theirs)).status, 204);
        }
    }
    assert_eq!(seen(&host), before);
}
