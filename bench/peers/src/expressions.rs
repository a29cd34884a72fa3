//! The policies as expressions of the Common Expression Language: what both CEL engines evaluate.

/// Expressions of which one must be true; `None` where the engines have none.
#[allow(dead_code, reason = "not every choice of engines uses it")]
pub fn of(name: &str, rules: usize) -> Option<Vec<String>> {
    Some(match name {
        "P1" => vec![
            r#"!(action == "delete" && kind == "Doc" && !("admin" in roles)) && (("editor" in roles && action in ["read", "write"] && kind == "Doc") || ("viewer" in roles && action == "read" && kind == "Doc"))"#.into(),
        ],
        "P2" => vec![
            r#"action == "read" && u.department == d.department && d.tags.exists(t, t in u.clearances) && !("embargo" in d.tags) && u.region in ["EU", "UK", "CH", "NO"]"#.into(),
        ],
        "P3" => vec![
            r#"!(action == "charge" && trust < 0.3) && action == "charge" && price <= 0.50 && trust >= 0.7 && distance <= 5.0 && budget > 10.0"#.into(),
        ],
        "P4" => vec![
            r#"action == "http" && path.startsWith("/api/v1/") && path.endsWith("/items") && host.endsWith(".example.com") && method in ["GET", "HEAD"]"#.into(),
        ],
        "P5" => (0..rules)
            .map(|i| {
                format!(
                    r#"user == "u{i}" && action == "a{}" && kind == "k{}" && level >= {}"#,
                    i % 8,
                    i % 16,
                    i % 10
                )
            })
            .collect(),
        "P6" => vec!["lines.all(l, l.price < 1000 && l.sku in allowed)".into()],
        _ => return None,
    })
}
