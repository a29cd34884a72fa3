//! How the parameters of routes and some fields of bodies look, in the document of the routes: programs that are made of it send what is taken.
//!
//! What is taken is decided elsewhere (`tollgate_state::names` and others); a test compares.

use tollgate_state::access::Role;
use tollgate_state::limits::{
    IDEMPOTENCY_KEY_BYTES_MAX, KEY_NAME_BYTES_MAX, MONEY_MICRO_USD_MAX, NAME_BYTES_MAX,
    VERSION_BYTES_MAX,
};
use utoipa::Modify;
use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::schema::{Array, ArrayItems, KnownFormat, Object, Schema, SchemaFormat};
use utoipa::openapi::{OpenApi, RefOr};

/// A name of a module or a tag: no two dots together.
const NAME: &str = r"^[a-z0-9](\.?[a-z0-9_-])*\.?$";
const VERSION: &str = r"^(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})(-[a-z0-9](\.?[a-z0-9_-])*\.?)?$";
const CAST: &str = "^cast_[0-9a-f]{32}$";
const CARD: &str = "^[0-9a-f]{16}$";
const KEY_PREFIX: &str = "^[0-9a-f]{12}$";
/// The public half of a key that signs.
const SIGNER: &str = "^ed25519:[0-9a-f]{64}$";
/// 64 bytes as base64.
const SIGNATURE: &str = "^[A-Za-z0-9+/]{86}==$";
const DIGEST: &str = "^[0-9a-f]{64}$";
const IDEMPOTENCY_KEY: &str = "^[!-~]+$";
/// What people call a key: no control characters.
const KEY_NAME: &str = r"^[^\u0000-\u001f\u007f-\u009f]+$";
/// A module, and maybe its version or a tag.
const REFERENCE: &str = r"^[a-z0-9](\.?[a-z0-9_-])*\.?(@[a-z0-9](\.?[a-z0-9_-])*\.?)?$";
/// A month that has times which are counted in nanoseconds since 1970.
const MONTH: &str = "^(19[7-9][0-9]|2[01][0-9]{2}|22[0-5][0-9]|226[01])-(0[1-9]|1[0-2])$";
/// What a line of a statement is about.
const STATEMENT_BY: &str = "^(module|version|key)$";
/// What `next_page` says: a number of a row.
const PAGE: &str = "^[0-9]{1,18}$";

/// What a route does with what it names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    Reads,
    Changes,
}

/// A form: a pattern, and the most bytes where that does not say it.
type Form = (&'static str, Option<usize>);

/// Gives each parameter its form, and each field of a body that has one.
pub(crate) struct Forms;

impl Modify for Forms {
    fn modify(&self, document: &mut OpenApi) {
        for (path, item) in &mut document.paths.paths {
            let changes = [&mut item.put, &mut item.post, &mut item.delete];
            for operation in changes.into_iter().flatten() {
                shape(path, operation, Does::Changes);
            }
            if let Some(operation) = &mut item.get {
                shape(path, operation, Does::Reads);
            }
        }
        let schemas = &mut document.components.get_or_insert_default().schemas;
        for (body, schema) in schemas {
            if let RefOr::T(Schema::Object(Object { properties, .. })) = schema {
                for (name, field) in properties {
                    if let RefOr::T(field) = field {
                        shape_field((body, name), field);
                    }
                }
            }
        }
    }
}

/// Gives a field of a body its form.
fn shape_field(of: (&str, &str), field: &mut Schema) {
    match (of, field) {
        (("NewKey", "name"), Schema::Object(name)) => {
            name.pattern = Some(KEY_NAME.to_owned());
            name.max_length = Some(KEY_NAME_BYTES_MAX);
        }
        (("NewKey", "roles"), Schema::Array(roles)) => {
            roles.min_items = Some(1);
            if let Array {
                items: ArrayItems::RefOrSchema(items),
                ..
            } = roles
                && let RefOr::T(Schema::Object(role)) = &mut **items
            {
                role.enum_values = Some(Role::ALL.map(|role| role.name().into()).to_vec());
            }
        }
        (("NewKey", "expires_at"), Schema::Object(at)) => {
            at.format = Some(SchemaFormat::KnownFormat(KnownFormat::DateTime));
        }
        (("NewCast", "module"), Schema::Object(module)) => {
            module.pattern = Some(REFERENCE.to_owned());
        }
        (("CastLimits", name), Schema::Object(limit)) => {
            let most = tollgate::limits::maximum();
            let most = match name {
                "gas" => Some(most.gas),
                "memory_bytes" => Some(most.memory_bytes),
                "timeout_ms" => u64::try_from(most.wall.as_millis()).ok(),
                _ => None,
            };
            limit.minimum = Some(1_u64.into());
            limit.maximum = most.map(Into::into);
        }
        (("SetTag", "version"), Schema::Object(version)) => {
            version.pattern = Some(VERSION.to_owned());
            version.max_length = Some(VERSION_BYTES_MAX);
        }
        (("AddSignature", "key"), Schema::Object(key)) => {
            key.pattern = Some(SIGNER.to_owned());
        }
        (("AddSignature", "signature"), Schema::Object(signature)) => {
            signature.pattern = Some(SIGNATURE.to_owned());
        }
        (("TrustSigner", "name"), Schema::Object(name)) => {
            name.pattern = Some(NAME.to_owned());
            name.max_length = Some(NAME_BYTES_MAX);
        }
        (("SetBudget", "limit_micro_usd"), Schema::Object(limit)) => {
            limit.maximum = Some(MONEY_MICRO_USD_MAX.into());
        }
        _ => {}
    }
}

fn shape(path: &str, operation: &mut Operation, does: Does) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(Parameter { name, schema, .. }) = parameter else {
            continue;
        };
        if let Some(RefOr::T(Schema::Object(schema))) = schema
            && let Some((pattern, bytes_max)) = form(path, name, does)
        {
            schema.pattern = Some(pattern.to_owned());
            schema.max_length = bytes_max;
        }
    }
}

/// The form of a parameter; `None`: it is free.
fn form(path: &str, parameter: &str, does: Does) -> Option<Form> {
    Some(match parameter {
        "name" | "tag" => (NAME, Some(NAME_BYTES_MAX)),
        // Whoever reads a version may say a tag, and every version looks like a name.
        "version" if does == Does::Reads => (NAME, Some(VERSION_BYTES_MAX)),
        "version" => (VERSION, Some(VERSION_BYTES_MAX)),
        "id" if path.starts_with("/api/v1/casts/") => (CAST, None),
        "id" => (CARD, None),
        "key" => (SIGNER, None),
        "prefix" => (KEY_PREFIX, None),
        "page" => (PAGE, None),
        "month" => (MONTH, None),
        "by" => (STATEMENT_BY, None),
        "idempotency-key" => (IDEMPOTENCY_KEY, Some(IDEMPOTENCY_KEY_BYTES_MAX)),
        "x-content-sha256" => (DIGEST, None),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use regex_automata::meta::Regex;
    use tollgate::Digest;
    use tollgate::receipt::SecretKey;
    use tollgate::signature::ModuleSignature;
    use tollgate_state::access::KeyText;
    use tollgate_state::registry::Reference;

    use super::*;
    use crate::ids;

    #[test]
    fn a_module_is_named_alone_or_with_a_version_or_a_tag() {
        let pattern = Regex::new(REFERENCE).unwrap();
        for named in ["add", "add@1.0.0", "a.b-c_d@2.0.0-rc.1", "add@latest"] {
            assert!(pattern.is_match(named), "{named}");
            assert!(Reference::read(named).is_ok(), "{named}");
        }
        for bad in ["", "@1.0.0", "add@", "a..b", "Add", "add@1@2", "add\n"] {
            assert!(!pattern.is_match(bad), "{bad}");
            assert!(Reference::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_the_server_makes_has_the_form_that_it_says() {
        let card = ids::card();
        let key = KeyText::from_random([0xa7; 38]).kept().unwrap();
        let signer = SecretKey::from_random(&[7; 32]);
        let signature = ModuleSignature::sign(&Digest::of(b"bytes"), &signer);
        for (pattern, made) in [
            (CAST, &*ids::random("cast")),
            (CARD, card.as_str()),
            (KEY_PREFIX, &key.prefix),
            (SIGNER, &signer.public().to_string()),
            (SIGNATURE, &signature.to_string()),
            (DIGEST, &"0a".repeat(32)),
            (PAGE, "100"),
            (MONTH, "2261-12"),
        ] {
            let pattern = Regex::new(pattern).unwrap();
            assert!(pattern.is_match(made), "{made}");
            assert!(!pattern.is_match(&format!("{made}g")), "{made}g");
        }
    }
}
