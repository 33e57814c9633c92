//! What operators see of requests: a log span with the request's id, and counters for Prometheus. It also bounds the time that a
//! request may take, body included: actix bounds the headers' only.

mod answered;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::ErrorRequestTimeout;
use actix_web::http::{StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, HttpResponse, web};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tracing::Instrument as _;

use crate::app::App;
use crate::secret::same;
use crate::web::origin;

use answered::Answered;

/// The documents that every client fetches, again and again: a span for each would cost more than the answer.
const WITHOUT_SPAN: [&str; 3] =
    ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oauth2/jwks"];

/// The counters of this process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    answered: Arc<Answered>,
    events: Family<Happened, Counter>,
    passwords: Gauge,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Happened {
    r#type: &'static str,
    outcome: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("tessera");
        let (answered, events, passwords) = (Arc::<Answered>::default(), Family::default(), Gauge::default());
        registry.register_collector(Box::new(Arc::clone(&answered)));
        registry.register("events", "What happened, by type and outcome, as in the table events", events.clone());
        registry.register("passwords_hashing", "Passwords that are being hashed", passwords.clone());
        Self { registry, answered, events, passwords }
    }
}

impl Metrics {
    /// The counters as OpenMetrics text.
    fn text(&self, app: &App) -> Result<String, std::fmt::Error> {
        self.passwords.set(i64::try_from(app.passwords.pool().running()).unwrap_or(i64::MAX));
        for ((event_type, failed), count) in app.db.events_counted() {
            let outcome = if failed { "failure" } else { "success" };
            let counter = self.events.get_or_create(&Happened { r#type: event_type.as_str(), outcome });
            counter.inner().store(count, Ordering::Relaxed);
        }
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// Counts a request, gives its log lines a span, and ends it when it takes too long.
///
/// # Errors
/// Those of the service that are no answers.
#[expect(clippy::disallowed_methods, reason = "a duration is measured here, and no rule depends on it")]
pub async fn observe<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let started = Instant::now();
    let metrics = request.app_data::<web::Data<Metrics>>().map(|metrics| Arc::clone(metrics));
    let limit = crate::web::app(request.request()).config.server.body_timeout.duration();
    // Not a clone of the request is kept meanwhile: routing needs it to be the only one.
    let answer = tokio::time::timeout(limit, in_span(request, next)).await;
    let answer = answer.unwrap_or_else(|_| Err(ErrorRequestTimeout("the request took too long")));
    if let Some(metrics) = metrics {
        let status = match &answer {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        metrics.answered.count(status, started.elapsed());
    }
    answer
}

async fn in_span<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let path = request.path();
    if WITHOUT_SPAN.iter().any(|known| path.ends_with(known)) {
        return next.call(request).await;
    }
    // Not the query: it holds codes and hints.
    let id = origin::request_id(request.request());
    let span = tracing::info_span!("request", id, method = %request.method(), path);
    next.call(request).instrument(span).await
}

/// `/metrics` beside everything else, for who knows the token; without one configured there is no such page.
pub(super) async fn metrics(request: HttpRequest, metrics: web::Data<Metrics>) -> HttpResponse {
    let app = crate::web::app(&request);
    let Some(token) = &app.config.metrics.token else { return HttpResponse::NotFound().finish() };
    let shown = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|value| value.strip_prefix("Bearer "));
    if shown.is_some_and(|shown| same(shown.as_bytes(), token.expose().as_bytes())) {
        answer(app, &metrics)
    } else {
        HttpResponse::Unauthorized().insert_header((header::WWW_AUTHENTICATE, "Bearer")).finish()
    }
}

/// `/metrics` on an address of its own, which the operator has chosen not to be reached from outside.
pub(super) async fn open_metrics(app: web::Data<App>, metrics: web::Data<Metrics>) -> HttpResponse {
    answer(&app, &metrics)
}

fn answer(app: &App, metrics: &Metrics) -> HttpResponse {
    match metrics.text(app) {
        Ok(text) => {
            HttpResponse::Ok().content_type("application/openmetrics-text; version=1.0.0; charset=utf-8").body(text)
        }
        Err(_) => HttpResponse::build(StatusCode::INTERNAL_SERVER_ERROR).finish(),
    }
}
