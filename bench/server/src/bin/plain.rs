//! What one would write without Tollgate: a handler of axum that calls a function with wasmtime, and grants, decides, meters and keeps
//! nothing.

#![forbid(unsafe_code)]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement, which may panic"
)]

use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use axum::routing::post;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tower_service::Service as _;
use wasmtime::{Engine, InstancePre, Linker, Module, Store};

/// The most bytes of a request.
const BYTES_MAX: usize = 1 << 20;

#[tokio::main]
async fn main() -> Result<()> {
    let engine = Engine::default();
    let wasm = wat::parse_str(
        r#"(module (func (export "add") (param i32 i32) (result i32)
            (i32.add (local.get 0) (local.get 1))))"#,
    )?;
    let module = Module::new(&engine, wasm)?;
    let ready = Linker::new(&engine).instantiate_pre(&module)?;
    let router = Router::new()
        .route("/casts", post(cast))
        .with_state(Arc::new(ready));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    eprintln!("plain: listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let router = router.clone();
        let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            router.clone().call(request)
        });
        tokio::spawn(async move {
            stream.set_nodelay(true).ok();
            // A client that goes away is no fault.
            http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await
                .ok();
        });
    }
}

async fn cast(
    State(ready): State<Arc<InstancePre<()>>>,
    request: Request,
) -> Result<Response<Body>, StatusCode> {
    let body = to_bytes(request.into_body(), BYTES_MAX).await;
    let body = body.map_err(|_| StatusCode::BAD_REQUEST)?;
    let sum = add(&ready, &body).map_err(|_| StatusCode::BAD_REQUEST)?;
    Ok(Response::new(Body::from(format!("{{\"output\":{sum}}}"))))
}

fn add(ready: &InstancePre<()>, body: &[u8]) -> Result<i32> {
    let wanted: Value = serde_json::from_slice(body)?;
    let number = |index: usize| {
        let number = wanted["input"]["values"][index].as_i64();
        let number = number.and_then(|number| i32::try_from(number).ok());
        number.context("two numbers are wanted")
    };
    let mut store = Store::new(ready.module().engine(), ());
    let instance = ready.instantiate(&mut store)?;
    let function = instance.get_typed_func::<(i32, i32), i32>(&mut store, "add")?;
    Ok(function.call(&mut store, (number(0)?, number(1)?))?)
}
