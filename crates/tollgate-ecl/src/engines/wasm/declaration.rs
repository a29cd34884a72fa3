//! TypeScript declarations of a policy's input and output, for the JavaScript host.

use std::fmt::Write as _;

use crate::data::types::{RecordId, Type};
use crate::ir::{Body, Program};

/// The `.d.ts` of a policy: its input, its output when it is a guard, and the host of `host.mjs` for them.
#[must_use]
pub(super) fn declaration(program: &Program) -> String {
    let mut out = format!("// Types of the policy `{}`.\n\n", one_line(&program.name));
    for (number, record) in program.records.iter().enumerate() {
        let id = RecordId(super::layout::length(number));
        let name = record_name(program, id);
        let _ = writeln!(out, "export interface {name} {{");
        for field in &record.fields {
            let optional = if matches!(field.ty, Type::Option(_)) {
                "?"
            } else {
                ""
            };
            let key = serde_json::Value::from(&*field.name);
            let _ = writeln!(out, "  {key}{optional}: {};", shown(program, &field.ty));
        }
        if record.open {
            out.push_str("  [dropped: string]: unknown;\n");
        }
        out.push_str("}\n\n");
    }
    let _ = writeln!(
        out,
        "export type Input = {};",
        record_name(program, program.input)
    );
    let output = match &program.body {
        Body::Guard(body) => shown(program, &body.ty),
        Body::Policy(_) => "null".to_owned(),
    };
    let _ = writeln!(out, "export type Output = {output};\n");
    out.push_str(HOST);
    out
}

const HOST: &str = r#"export interface Gas {
  network: number;
  compute: number;
  storage: number;
  realm: number;
}

export interface Limits {
  total?: number;
  layers?: Partial<Gas>;
}

export interface Result {
  /** `null` after an error: an error is never an accept. */
  decision: "accept" | "reject" | "escalate" | null;
  error: { code: number; message: string; cause: unknown } | null;
  by: { group: number; rule: number; name: string } | { message: number } | "otherwise" | "output" | null;
  message: string | null;
  gas: Gas;
  effects: { kind: unknown; operands: unknown[] }[];
  output: Output | null;
}

export interface Explanation extends Result {
  reasons: string[];
  rules: { group: number; name: string; status: string; conditions: { status: string; handled: boolean; operator: string | null; line: string }[] }[];
}

export type Facts = (kind: string, args: string[]) => unknown;

export declare class Policy {
  static load(bytes: ArrayBuffer | Uint8Array, options?: { facts?: Facts; hash?: string }): Promise<Policy>;
  /** The input is a value, or the text of its JSON, which keeps every digit. */
  decide(input: Input | string, limits?: Limits): Result;
  explain(input: Input | string, limits?: Limits): Explanation;
}
"#;

/// A record's name, made unique by its number: records of literals have generated names.
fn record_name(program: &Program, id: RecordId) -> String {
    let name = program.records.get(id.0 as usize).map_or("", |r| &*r.name);
    let mut shown: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if shown.is_empty() || shown.starts_with(|c: char| c.is_ascii_digit()) {
        shown.insert(0, '_');
    }
    format!("{shown}_{}", id.0)
}

fn shown(program: &Program, ty: &Type) -> String {
    match ty {
        Type::Bool => "boolean".to_owned(),
        Type::Int => "number | bigint".to_owned(),
        Type::Number => "number".to_owned(),
        Type::Decimal | Type::Quantity(_) | Type::Duration => "number | string".to_owned(),
        Type::Money(currency) => format!(
            "number | string | {{ amount: number | string; currency: {} }}",
            serde_json::Value::from(&*currency.0)
        ),
        Type::String(_) | Type::Did | Type::Pattern | Type::Instant | Type::Ip | Type::Cidr => {
            "string".to_owned()
        }
        Type::List(element, _) => format!("({})[]", shown(program, element)),
        Type::Map(_, value, _) => format!("Record<string, {}>", shown(program, value)),
        Type::Option(inner) => format!("{} | null", shown(program, inner)),
        Type::Enum(id) => {
            let cases = program
                .enums
                .get(id.0 as usize)
                .map_or(&[][..], |e| &e.cases);
            let cases: Vec<String> = cases
                .iter()
                .map(|case| serde_json::Value::from(&**case).to_string())
                .collect();
            if cases.is_empty() {
                "never".to_owned()
            } else {
                cases.join(" | ")
            }
        }
        Type::Record(id) => record_name(program, *id),
        Type::Trust => {
            "number[] | { R: number; I: number; C: number; P: number; V: number; Ω: number }"
                .to_owned()
        }
        Type::Attributes => "unknown".to_owned(),
        Type::Effect | Type::Never | Type::Error => "never".to_owned(),
    }
}

/// A name that cannot end a comment's line.
fn one_line(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).collect()
}
