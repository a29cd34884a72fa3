//! Expressions compiled once, variables bound once; for P5 the host asks one rule after the other.

use ::cel::{Context, Program, Value};
use anyhow::{Result, anyhow, ensure};

use crate::{Case, Decide, expressions};

pub fn run(case: &Case<'_>, rules: usize) -> Result<Option<Decide>> {
    let Some(sources) = expressions::of(case.name, rules) else {
        return Ok(None);
    };
    let compiled = sources.iter().map(|source| Program::compile(source));
    let programs = compiled
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| anyhow!("{e}"))?;
    let mut context = Context::default();
    for (name, value) in case.request.as_object().into_iter().flatten() {
        context
            .add_variable(name.clone(), value.clone())
            .map_err(|e| anyhow!("{e}"))?;
    }
    let decide = move || {
        programs
            .iter()
            .any(|p| p.execute(&context) == Ok(Value::Bool(true)))
    };
    ensure!(decide(), "{} is not accepted", case.name);
    Ok(Some(Box::new(decide)))
}
