//! The routes as an OpenAPI document, made from the handlers and the wire types.

use tollgate_api::ErrorBody;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::forms::Forms;
use crate::routes::{
    approvals, audit, budget, casts, content, health, keys, modules, policy, prices, quota, quote,
    receipts, signers, statement,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Tollgate", description = "Runs modules of strangers: a registry, runs, keys and the audit log of a tenant."),
    paths(
        health::alive,
        health::ready,
        health::openapi,
        keys::list,
        keys::create,
        keys::revoke,
        modules::list,
        modules::show,
        modules::show_version,
        content::download,
        content::push,
        modules::delete,
        modules::prune,
        modules::set_tag,
        modules::remove_tag,
        signers::list,
        signers::trust,
        signers::revoke,
        signers::sign,
        policy::show,
        policy::set,
        policy::remove,
        casts::create,
        quote::quote,
        casts::show,
        casts::list,
        casts::cancel,
        receipts::of_cast,
        receipts::signer,
        approvals::list,
        approvals::show,
        approvals::answer,
        quota::show,
        budget::show,
        budget::set,
        budget::transfers,
        budget::verify,
        statement::show,
        prices::show,
        audit::list,
        audit::verify,
    ),
    components(responses(ErrorBody)),
    modifiers(&Key, &Forms)
)]
struct Document;

struct Key;

impl Modify for Key {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(scheme));
    }
}

/// Returns the document that `/api/v1/openapi.json` gives and `docs/openapi.json` is.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}
