//! Policies, entities and request made once.

use anyhow::{Result, ensure};
use cedar_policy::{Authorizer, Context, Decision, Entities, PolicySet, Request};

use crate::{Case, Decide};

/// Policy, entities, and principal, action, resource, context of the request.
struct Question {
    policy: String,
    entities: &'static str,
    principal: String,
    action: String,
    resource: String,
    context: &'static str,
}

pub fn run(case: &Case<'_>, rules: usize) -> Result<Option<Decide>> {
    let Some(q) = question(case.name, rules) else {
        return Ok(None);
    };
    let policies: PolicySet = q.policy.parse()?;
    let entities = Entities::from_json_str(q.entities, None)?;
    let context = Context::from_json_str(q.context, None)?;
    let request = Request::new(
        q.principal.parse()?,
        q.action.parse()?,
        q.resource.parse()?,
        context,
        None,
    )?;
    let authorizer = Authorizer::new();
    let decide = move || {
        let response = authorizer.is_authorized(&request, &policies, &entities);
        response.decision() == Decision::Allow
    };
    ensure!(decide(), "{} is not accepted", case.name);
    Ok(Some(Box::new(decide)))
}

fn question(name: &str, rules: usize) -> Option<Question> {
    let ask =
        |policy: &str, entities, principal: &str, action: &str, resource: &str, context| Question {
            policy: policy.into(),
            entities,
            principal: principal.into(),
            action: action.into(),
            resource: resource.into(),
            context,
        };
    Some(match name {
        "P1" => ask(
            r#"permit(principal in Role::"editor", action in [Action::"read", Action::"write"], resource is Doc);
               permit(principal in Role::"viewer", action == Action::"read", resource is Doc);
               forbid(principal, action == Action::"delete", resource is Doc) unless { principal in Role::"admin" };"#,
            r#"[{"uid":{"type":"User","id":"alice"},"attrs":{},"parents":[{"type":"Role","id":"editor"},{"type":"Role","id":"staff"}]},
                {"uid":{"type":"Role","id":"editor"},"attrs":{},"parents":[]},{"uid":{"type":"Role","id":"staff"},"attrs":{},"parents":[]},
                {"uid":{"type":"Doc","id":"d1"},"attrs":{},"parents":[]}]"#,
            r#"User::"alice""#,
            r#"Action::"write""#,
            r#"Doc::"d1""#,
            "{}",
        ),
        "P2" => ask(
            r#"permit(principal, action == Action::"read", resource) when {
                 principal.department == resource.department && resource.tags.containsAny(principal.clearances)
                 && !resource.tags.contains("embargo") && ["EU", "UK", "CH", "NO"].contains(principal.region) };"#,
            r#"[{"uid":{"type":"User","id":"alice"},"attrs":{"department":"eng","region":"CH","clearances":["public","internal","secret"]},"parents":[]},
                {"uid":{"type":"Doc","id":"d1"},"attrs":{"department":"eng","tags":["internal","design"]},"parents":[]}]"#,
            r#"User::"alice""#,
            r#"Action::"read""#,
            r#"Doc::"d1""#,
            "{}",
        ),
        "P3" => ask(
            r#"permit(principal, action == Action::"charge", resource) when {
                 context.price.lessThanOrEqual(decimal("0.50")) && context.trust.greaterThanOrEqual(decimal("0.70"))
                 && context.distance.lessThanOrEqual(decimal("5.0")) && context.budget.greaterThan(decimal("10.0")) };
               forbid(principal, action == Action::"charge", resource) when { context.trust.lessThan(decimal("0.3")) };"#,
            "[]",
            r#"Agent::"a""#,
            r#"Action::"charge""#,
            r#"Offer::"o""#,
            r#"{"price":{"__extn":{"fn":"decimal","arg":"0.42"}},"trust":{"__extn":{"fn":"decimal","arg":"0.92"}},
                "distance":{"__extn":{"fn":"decimal","arg":"1.2"}},"budget":{"__extn":{"fn":"decimal","arg":"65.5"}}}"#,
        ),
        "P4" => ask(
            r#"permit(principal, action == Action::"http", resource) when {
                 context.path like "/api/v1/*/items" && context.host like "*.example.com"
                 && (context.method == "GET" || context.method == "HEAD") };"#,
            "[]",
            r#"Agent::"a""#,
            r#"Action::"http""#,
            r#"Url::"o""#,
            r#"{"path":"/api/v1/accounts/42/items","host":"eu.shop.example.com","method":"GET"}"#,
        ),
        "P5" => {
            let mut policy = String::new();
            for i in 0..rules {
                policy += &format!(
                    "permit(principal == User::\"u{i}\", action == Action::\"a{}\", resource == Doc::\"k{}\") when {{ context.level >= {} }};\n",
                    i % 8,
                    i % 16,
                    i % 10
                );
            }
            let last = rules - 1;
            ask(
                &policy,
                "[]",
                &format!("User::\"u{last}\""),
                &format!("Action::\"a{}\"", last % 8),
                &format!("Doc::\"k{}\"", last % 16),
                r#"{"level":9}"#,
            )
        }
        _ => return None,
    })
}
