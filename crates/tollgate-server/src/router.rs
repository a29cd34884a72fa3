//! Which handler answers, and what all answers have in common: a request id, one error body, and headers.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::MatchedPath;
use axum::http::{HeaderName, HeaderValue, Request, Response, Version, header};
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse as _;
use axum::routing::{get, post, put};
use tollgate_api::ErrorBody;
use tower_service::Service as _;

use crate::caller::Arrival;
use crate::error::ApiError;
use crate::ids;
use crate::metrics::Request as Counted;
use crate::routes::{
    approvals, audit, budget, casts, content, health, keys, metrics, modules, policy, prices,
    quota, quote, receipts, signers, statement,
};
use crate::shared::Shared;
use crate::unread::Unread;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Everything a connection needs to answer.
#[derive(Clone)]
pub(crate) struct Site {
    router: Router,
    shared: Arc<Shared>,
}

impl Site {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self {
            router: routes(Arc::clone(shared)),
            shared: Arc::clone(shared),
        }
    }

    /// What gives the numbers, and nothing else.
    pub(crate) fn of_metrics(shared: &Arc<Shared>) -> Self {
        let router = Router::new()
            .route("/metrics", get(metrics::show))
            .route_layer(from_fn(named));
        Self {
            router: router.with_state(Arc::clone(shared)),
            shared: Arc::clone(shared),
        }
    }
}

fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/health", get(health::alive))
        .route("/ready", get(health::ready))
        .route("/api/v1/openapi.json", get(health::openapi))
        .route("/api/v1/keys", get(keys::list).post(keys::create))
        .route("/api/v1/keys/{prefix}", axum::routing::delete(keys::revoke))
        .route("/api/v1/modules", get(modules::list))
        .route("/api/v1/modules/{name}", get(modules::show))
        .route(
            "/api/v1/modules/{name}/versions/{version}",
            put(content::push)
                .get(modules::show_version)
                .delete(modules::delete),
        )
        .route(
            "/api/v1/modules/{name}/versions/{version}/content",
            get(content::download),
        )
        .route(
            "/api/v1/modules/{name}/versions/{version}/signatures",
            post(signers::sign),
        )
        .route(
            "/api/v1/modules/{name}/tags/{tag}",
            put(modules::set_tag).delete(modules::remove_tag),
        )
        .route(
            "/api/v1/modules/{name}/policy",
            put(policy::set).get(policy::show).delete(policy::remove),
        )
        .route("/api/v1/modules/{name}/pruning", post(modules::prune))
        .route("/api/v1/signers", get(signers::list))
        .route(
            "/api/v1/signers/{key}",
            put(signers::trust).delete(signers::revoke),
        )
        .route("/api/v1/casts", post(casts::create).get(casts::list))
        .route("/api/v1/casts/quote", post(quote::quote))
        .route("/api/v1/casts/{id}", get(casts::show))
        .route("/api/v1/casts/{id}/cancellation", post(casts::cancel))
        .route("/api/v1/casts/{id}/receipt", get(receipts::of_cast))
        .route("/api/v1/receipts/signer", get(receipts::signer))
        .route("/api/v1/approvals", get(approvals::list))
        .route(
            "/api/v1/approvals/{id}",
            get(approvals::show).post(approvals::answer),
        )
        .route("/api/v1/quota", get(quota::show))
        .route("/api/v1/budget", get(budget::show).put(budget::set))
        .route("/api/v1/budget/transfers", get(budget::transfers))
        .route("/api/v1/budget/verification", get(budget::verify))
        .route("/api/v1/budget/statement", get(statement::show))
        .route("/api/v1/prices", get(prices::show))
        .route("/api/v1/audit", get(audit::list))
        .route("/api/v1/audit/verification", get(audit::verify))
        .route_layer(from_fn(named))
        .with_state(shared)
}

/// Lets an answer say which route it is of.
async fn named(request: Request<Body>, next: Next) -> Response<Body> {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

/// Answers one request.
pub(crate) async fn answer(
    site: &Site,
    mut request: Request<Body>,
    origin: IpAddr,
) -> Response<Body> {
    let since = Instant::now();
    let method = request.method().clone();
    let request_id = ids::random("req");
    request.extensions_mut().insert(Arrival {
        request_id: request_id.clone(),
        origin,
    });
    let (unread, request) = Unread::of(request);
    let response = match framing(&request) {
        Ok(()) => {
            let answered = site.router.clone().call(request).await;
            answered.unwrap_or_else(|never| match never {})
        }
        Err(error) => {
            let mut response = error.into_response();
            // Who reads it otherwise has another idea of where it ends.
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
            response
        }
    };
    let mut response = in_our_words(response, &request_id);
    if unread.is_some() {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    site.shared.metrics.answered(&Counted {
        method: &method,
        route: response.extensions().get().map(MatchedPath::as_str),
        status: response.status(),
        took: since.elapsed(),
    });
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    let headers = response.headers_mut();
    let sniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, sniff);
    // Keys and what runs returned are nothing for a cache on the way.
    let no_store = HeaderValue::from_static("no-store");
    headers.insert(header::CACHE_CONTROL, no_store);
    response
}

/// Refuses a request whose end or whose host a proxy before this server could read otherwise.
fn framing(request: &Request<Body>) -> Result<(), ApiError> {
    let headers = request.headers();
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => {}
        // A length beside it counts for nothing, and the connection is closed after the answer (RFC 9112, 6.3): hyper sees to both.
        (Some(one), None) if one.as_bytes().eq_ignore_ascii_case(b"chunked") => {}
        (Some(_), _) => {
            return Err(ApiError::bad(
                "a body is `transfer-encoding: chunked`, or in no encoding",
            ));
        }
    }
    let hosts = headers.get_all(header::HOST).iter().count();
    if hosts > 1 || (hosts == 0 && request.version() == Version::HTTP_11) {
        return Err(ApiError::bad("a request has one `host`"));
    }
    Ok(())
}

/// Every answer that is no success has the same body, also one that the framework made by itself.
fn in_our_words(mut response: Response<Body>, request_id: &str) -> Response<Body> {
    if response.status().is_success() {
        return response;
    }
    let said = response.extensions_mut().remove::<ApiError>();
    let error = said.unwrap_or_else(|| ApiError::of_status(response.status()));
    if let Some(cause) = &error.cause {
        tracing::error!(%request_id, code = ?error.code, %cause, "a request failed");
    }
    let body = ErrorBody {
        code: error.code,
        message: error.message.clone(),
        request_id: request_id.to_owned(),
    };
    let json = serde_json::to_vec(&body).unwrap_or_default();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    let kind = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, kind);
    *response.status_mut() = error.status();
    *response.body_mut() = Body::from(json);
    response
}
