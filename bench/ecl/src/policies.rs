//! The policies measured, in the language of this project, with the requests they decide. All requests are accepted.

use serde_json::{Value, json};

/// A policy with a request.
pub struct Case {
    pub name: &'static str,
    pub what: &'static str,
    pub source: String,
    pub request: Value,
    /// Nanoseconds a decision may take.
    pub targets: Targets,
    /// Whether both engines are to be several times faster than the best peer.
    pub ratio_targets: bool,
}

/// The most nanoseconds of a decision, where there is such a target.
#[derive(Default)]
pub struct Targets {
    pub vm_ns: Option<f64>,
    pub wasm_ns: Option<f64>,
}

impl Targets {
    fn at_most(vm: f64, wasm: f64) -> Self {
        Self {
            vm_ns: Some(vm),
            wasm_ns: Some(wasm),
        }
    }
}

pub fn p1() -> Case {
    Case {
        name: "P1",
        what: "roles, a forbidden deletion",
        source: r#"
policy "p1" {
  input { roles: list<string<32>, 16>, action: string<32>, kind: string<32> }
  reject { denied: action == "delete" AND kind == "Doc" AND "admin" not in roles }
  accept any {
    editor: "editor" in roles AND action in ["read", "write"] AND kind == "Doc"
    viewer: "viewer" in roles AND action == "read" AND kind == "Doc"
  }
}"#
        .into(),
        request: json!({"roles": ["staff", "editor"], "action": "write", "kind": "Doc"}),
        targets: Targets::default(),
        ratio_targets: true,
    }
}

pub fn p2() -> Case {
    Case {
        name: "P2",
        what: "attributes and sets",
        source: r#"
record User { department: string<32>, region: string<8>, clearances: list<string<32>, 16> }
record Doc { department: string<32>, tags: list<string<32>, 16> }
policy "p2" {
  input { action: string<32>, u: User, d: Doc }
  accept {
    reader: action == "read" AND u.department == d.department AND (any t in d.tags: t in u.clearances)
      AND "embargo" not in d.tags AND u.region in ["EU", "UK", "CH", "NO"]
  }
}"#
        .into(),
        request: json!({
            "action": "read",
            "u": {"department": "eng", "region": "CH", "clearances": ["public", "internal", "secret"]},
            "d": {"department": "eng", "tags": ["internal", "design"]},
        }),
        targets: Targets::default(),
        ratio_targets: true,
    }
}

pub fn p3() -> Case {
    Case {
        name: "P3",
        what: "thresholds of price, trust, distance, budget",
        source: r#"
policy "p3" {
  input { action: string<32>, price: decimal, trust: decimal, distance: decimal, budget: decimal }
  reject { distrusted: action == "charge" AND trust < 0.3 }
  accept all {
    action:   action == "charge"
    price:    price <= 0.50
    trusted:  trust >= 0.7
    near:     distance <= 5.0
    budget:   budget > 10.0
  }
}"#
        .into(),
        request: json!({"action": "charge", "price": 0.42, "trust": 0.92, "distance": 1.2, "budget": 65.5}),
        targets: Targets::default(),
        ratio_targets: true,
    }
}

pub fn p4() -> Case {
    Case {
        name: "P4",
        what: "tests of paths and hosts",
        source: r#"
policy "p4" {
  input { action: string<32>, path: string<256>, host: string<128>, method: string<8> }
  accept {
    get: action == "http" AND starts_with(path, "/api/v1/") AND ends_with(path, "/items")
      AND ends_with(host, ".example.com") AND method in ["GET", "HEAD"]
  }
}"#
        .into(),
        request: json!({
            "action": "http",
            "path": "/api/v1/accounts/42/items",
            "host": "eu.shop.example.com",
            "method": "GET",
        }),
        targets: Targets::default(),
        ratio_targets: true,
    }
}

/// So many rules; the request matches the last one.
pub fn p5(rules: usize) -> Case {
    let mut source = String::from(
        "policy \"p5\" {\n  input { user: string<32>, action: string<32>, kind: string<32>, level: int }\n  accept any {\n",
    );
    for i in 0..rules {
        source += &format!(
            "    r{i}: user == \"u{i}\" AND action == \"a{}\" AND kind == \"k{}\" AND level >= {}\n",
            i % 8,
            i % 16,
            i % 10
        );
    }
    source += "  }\n}\n";
    let last = rules - 1;
    Case {
        name: "P5",
        what: "rules, the last one matches",
        source,
        request: json!({
            "user": format!("u{last}"),
            "action": format!("a{}", last % 8),
            "kind": format!("k{}", last % 16),
            "level": 9,
        }),
        targets: match rules {
            1_000 => Targets::at_most(300.0, 100.0),
            _ => Targets::default(),
        },
        ratio_targets: false,
    }
}

/// So many rules on ranges of an amount; the request matches the last one.
pub fn ranges(rules: usize) -> Case {
    let rule = |i: usize| format!("{} EUR <= amount < {} EUR", i * 10, i * 10 + 10);
    many("ranges", rules, "amount: money<EUR>", rule, |last| {
        ("amount", json!(format!("{}.50 EUR", last * 10)))
    })
}

/// So many rules on prefixes of a path; the request matches the last one.
pub fn prefixes(rules: usize) -> Case {
    let rule = |i: usize| format!("starts_with(path, \"/tenants/t{i}/\")");
    many("prefixes", rules, "path: string<256>", rule, |last| {
        ("path", json!(format!("/tenants/t{last}/accounts/42/items")))
    })
}

/// Rules like those of P5 with another first test.
fn many(
    name: &'static str,
    rules: usize,
    field: &str,
    test: impl Fn(usize) -> String,
    value: impl Fn(usize) -> (&'static str, Value),
) -> Case {
    let mut source = format!(
        "policy \"{name}\" {{\n  input {{ {field}, action: string<32>, level: int }}\n  accept any {{\n"
    );
    for i in 0..rules {
        source += &format!(
            "    r{i}: {} AND action == \"a{}\" AND level >= {}\n",
            test(i),
            i % 8,
            i % 10
        );
    }
    source += "  }\n}\n";
    let last = rules - 1;
    let (field, value) = value(last);
    Case {
        name,
        what: "rules, the last one matches",
        source,
        request: json!({field: value, "action": format!("a{}", last % 8), "level": 9}),
        targets: match rules {
            1_000 => Targets::at_most(300.0, 100.0),
            _ => Targets::default(),
        },
        ratio_targets: false,
    }
}

pub fn p6() -> Case {
    let lines: Vec<Value> = (0..100)
        .map(|i| json!({"sku": format!("s{}", i % 20), "price": i}))
        .collect();
    let allowed: Vec<String> = (0..20).map(|i| format!("s{i}")).collect();
    Case {
        name: "P6",
        what: "all of 100 lines, each in a list of 20",
        source: r#"
record Line { sku: string<32>, price: int }
policy "p6" {
  input { lines: list<Line, 100>, allowed: list<string<32>, 20> }
  accept { lines: all l in lines: l.price < 1000 AND l.sku in allowed }
}"#
        .into(),
        request: json!({"lines": lines, "allowed": allowed}),
        targets: Targets::at_most(5_000.0, 2_000.0),
        ratio_targets: false,
    }
}

/// A needle at the end of a text.
pub fn text() -> Case {
    let text = "GET /api/v1/projects/alpha/items ".repeat(30) + "needle";
    Case {
        name: "text",
        what: "a needle in a text of 1,000 bytes",
        source: r#"
policy "text" {
  input { text: string<1024>, needle: string<16> }
  accept { found: contains(text, needle) }
}"#
        .into(),
        request: json!({"text": text, "needle": "needle"}),
        targets: Targets::default(),
        ratio_targets: false,
    }
}

/// Fifty operations, five of them look-ups of trust.
pub fn fifty() -> Case {
    let mut source = String::from("policy \"fifty\" {\n  input { ");
    for i in 0..5 {
        source += &format!("did{i}: did, amount{i}: int, ");
    }
    source += "}\n  accept all {\n";
    let mut request = serde_json::Map::new();
    for i in 0..5 {
        source += &format!(
            "    step{i}: norm(trust(did{i})) >= 0.5 AND amount{i} * 2 + 7 < 10000 AND amount{i} > 0\n"
        );
        request.insert(format!("did{i}"), json!(format!("did:example:agent:{i}")));
        request.insert(format!("amount{i}"), json!(5 + i));
    }
    source += "  }\n}\n";
    Case {
        name: "fifty",
        what: "50 operations with 5 look-ups of trust",
        source,
        request: Value::Object(request),
        targets: Targets::at_most(450.0, 120.0),
        ratio_targets: false,
    }
}

/// Nine lines, to be read and checked.
pub const NINE_LINES: &str = r#"policy "nine" {
  input { price: money<EUR>, distance: length, trust: number }
  let max = 0.50 EUR
  reject { expensive: price > 2 * max }
  accept all {
    price: price <= max
    near: distance <= 5km
  }
}"#;
