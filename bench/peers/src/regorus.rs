//! Rego on the register machine of regorus, input set on each call as its interface wants it.

use anyhow::{Result, anyhow, ensure};
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Rc, Value};

use crate::{Case, Decide};

const RULE: &str = "data.p.allow";

pub fn run(case: &Case<'_>, rules: usize) -> Result<Option<Decide>> {
    let Some(body) = policy(case.name, rules) else {
        return Ok(None);
    };
    let mut engine = Engine::new();
    engine.add_policy(
        "p.rego".into(),
        format!("package p\ndefault allow := false\n{body}"),
    )?;
    let rule: Rc<str> = RULE.into();
    let policy = engine.compile_with_entrypoint(&rule)?;
    let program = Compiler::compile_from_policy(&policy, &[RULE]).map_err(|e| anyhow!("{e:?}"))?;
    let mut vm = RegoVM::new_with_policy(policy);
    vm.load_program(program);
    vm.set_max_instructions(usize::MAX);
    let input = Value::from_json_str(&case.request.to_string())?;
    let mut decide = move || {
        vm.set_input(input.clone());
        vm.execute().is_ok_and(|value| value == Value::from(true))
    };
    ensure!(decide(), "{} is not accepted", case.name);
    Ok(Some(Box::new(decide)))
}

fn policy(name: &str, rules: usize) -> Option<String> {
    Some(match name {
        "P1" => r#"allow if { some r in input.roles; r == "editor"; input.action in {"read", "write"}; input.kind == "Doc"; not denied }
allow if { some r in input.roles; r == "viewer"; input.action == "read"; input.kind == "Doc"; not denied }
denied if { input.action == "delete"; input.kind == "Doc"; not "admin" in input.roles }
"#
        .into(),
        "P2" => r#"allow if { input.action == "read"; input.u.department == input.d.department; some t in input.d.tags; t in input.u.clearances; not "embargo" in input.d.tags; input.u.region in {"EU", "UK", "CH", "NO"} }
"#
        .into(),
        "P3" => r#"allow if { input.action == "charge"; input.price <= 0.50; input.trust >= 0.7; input.distance <= 5.0; input.budget > 10.0; not denied }
denied if { input.action == "charge"; input.trust < 0.3 }
"#
        .into(),
        "P4" => r#"allow if { input.action == "http"; startswith(input.path, "/api/v1/"); endswith(input.path, "/items"); endswith(input.host, ".example.com"); input.method in {"GET", "HEAD"} }
"#
        .into(),
        "P5" => (0..rules)
            .map(|i| {
                format!(
                    "allow if {{ input.user == \"u{i}\"; input.action == \"a{}\"; input.kind == \"k{}\"; input.level >= {} }}\n",
                    i % 8,
                    i % 16,
                    i % 10
                )
            })
            .collect(),
        "P6" => "allow if { every l in input.lines { l.price < 1000; l.sku in input.allowed } }\n".into(),
        _ => return None,
    })
}
