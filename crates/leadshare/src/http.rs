//! /metrics, /healthz and /readyz. Nothing about a lead or a person is served here.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;

use crate::fault::{Exit, Fault};
use crate::telemetry::Telemetry;

/// Binds the address, so that a port in use is an error of the start.
pub(crate) async fn bind(listen: SocketAddr) -> Result<TcpListener, Fault> {
    TcpListener::bind(listen).await.map_err(|error| {
        Fault::new(
            Exit::Usage,
            format!("http.listen `{listen}`: {error}; free the port, or choose another with --set http.listen=127.0.0.1:PORT"),
        )
    })
}

/// Serves until the task is dropped.
pub(crate) async fn serve(listener: TcpListener, telemetry: Arc<Telemetry>) {
    let routes = Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(|state| health(state, Telemetry::why_not_alive)))
        .route("/readyz", get(|state| health(state, Telemetry::why_not_ready)))
        .with_state(telemetry);
    if let Err(error) = axum::serve(listener, routes).await {
        tracing::error!(%error, "metrics and health are served no more");
    }
}

async fn metrics(State(telemetry): State<Arc<Telemetry>>) -> impl IntoResponse {
    match telemetry.text() {
        Ok(text) => (StatusCode::OK, [(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text),
        Err(error) => {
            tracing::error!(%error, "metrics cannot be encoded");
            (StatusCode::INTERNAL_SERVER_ERROR, [(header::CONTENT_TYPE, "text/plain")], Vec::new())
        }
    }
}

async fn health(
    State(telemetry): State<Arc<Telemetry>>,
    why_not: fn(&Telemetry) -> Option<String>,
) -> (StatusCode, String) {
    match why_not(&telemetry) {
        None => (StatusCode::OK, "ok\n".to_owned()),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    }
}
