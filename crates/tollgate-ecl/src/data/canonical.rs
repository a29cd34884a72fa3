//! Canonical JSON: keys sorted, no spaces. Equal documents are equal texts, which is what interning compares.

use serde_json::Value;

/// Writes a document canonically.
#[must_use]
pub(crate) fn json(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// Brings JSON text into canonical form; `None` when it is not JSON, or has a key twice in one object.
#[must_use]
pub(crate) fn text(json_text: &str) -> Option<String> {
    crate::data::json::read_once(json_text)
        .ok()
        .map(|v| json(&v))
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by(|a, b| a.0.cmp(b.0));
            out.push('{');
            for (i, (key, item)) in entries.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(item, out);
            }
            out.push('}');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_spaces_do_not_matter() {
        let a = text(r#"{ "b": [1, 2.50], "a": {"y": null, "x": "\u0041"} }"#).unwrap();
        assert_eq!(a, r#"{"a":{"x":"A","y":null},"b":[1,2.5]}"#);
        assert_eq!(text(&a).as_deref(), Some(a.as_str()));
        assert_eq!(text("{"), None);
        assert_eq!(text(r#"{"a": {"b": 1, "\u0062": 2}}"#), None);
    }
}
