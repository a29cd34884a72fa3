//! Roles in casbin's model, without the forbidding rule; for P5 without the level.

use anyhow::{Result, ensure};
use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi};

use crate::{Case, Decide};

const ROLES: &str = "[request_definition]\nr = sub, obj, act\n[policy_definition]\np = sub, obj, act\n[role_definition]\ng = _, _\n[policy_effect]\ne = some(where (p.eft == allow))\n[matchers]\nm = g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act\n";
const PLAIN: &str = "[request_definition]\nr = sub, obj, act\n[policy_definition]\np = sub, obj, act\n[policy_effect]\ne = some(where (p.eft == allow))\n[matchers]\nm = r.sub == p.sub && r.obj == p.obj && r.act == p.act\n";

pub fn run(case: &Case<'_>, rules: usize) -> Result<Option<Decide>> {
    let strings = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (model, policies, groups, request) = match case.name {
        "P1" => (
            ROLES,
            vec![
                strings(&["editor", "Doc", "read"]),
                strings(&["editor", "Doc", "write"]),
                strings(&["viewer", "Doc", "read"]),
            ],
            vec![strings(&["alice", "editor"]), strings(&["alice", "staff"])],
            strings(&["alice", "Doc", "write"]),
        ),
        "P5" if rules <= 1000 => {
            let rule = |i: usize| {
                vec![
                    format!("u{i}"),
                    format!("k{}", i % 16),
                    format!("a{}", i % 8),
                ]
            };
            (
                PLAIN,
                (0..rules).map(rule).collect(),
                vec![],
                rule(rules - 1),
            )
        }
        _ => return Ok(None),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let enforcer = runtime.block_on(async {
        let model = DefaultModel::from_str(model).await?;
        let mut enforcer = Enforcer::new(model, MemoryAdapter::default()).await?;
        enforcer.add_policies(policies).await?;
        if !groups.is_empty() {
            enforcer.add_grouping_policies(groups).await?;
        }
        Ok::<_, casbin::Error>(enforcer)
    })?;
    let decide = move || {
        enforcer
            .enforce((&*request[0], &*request[1], &*request[2]))
            .unwrap_or(false)
    };
    ensure!(decide(), "{} is not accepted", case.name);
    Ok(Some(Box::new(decide)))
}
