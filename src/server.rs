//! The top of the server: puts every feature's routes under every realm's address, and runs it.

pub mod discovery;
mod http2;
mod https;
pub mod observe;
mod operations;
pub mod tls;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServerHandle, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{App, Error, HttpServer, web};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::app::Shared;
use crate::web::assets::Assets;
use crate::web::errors::PageError;
use crate::web::headers;
use crate::{account, admin, developer, jobs, oauth, oidc};

use discovery::Documents;
use observe::Metrics;
use tls::Tls;

/// Whether the server is on its way out: it answers what comes, and says that no more should.
pub type Draining = web::Data<AtomicBool>;

/// What the server holds beside the app.
#[derive(Clone)]
pub struct Parts {
    /// What handlers share.
    pub app: Shared,
    /// Stylesheets, scripts and images.
    pub assets: web::Data<Assets>,
    /// The discovery documents.
    pub documents: web::Data<Documents>,
    /// Whether the server is on its way out.
    pub draining: Draining,
    /// The counters.
    pub metrics: web::Data<Metrics>,
}

impl Parts {
    /// The parts around `app`.
    pub fn new(app: Shared) -> Self {
        Self {
            app,
            assets: web::Data::from(Arc::new(Assets::embedded())),
            documents: web::Data::new(Documents::default()),
            draining: web::Data::new(AtomicBool::new(false)),
            metrics: web::Data::new(Metrics::default()),
        }
    }

    /// Mounts everything: at the base path, and below `/r/{realm}`.
    pub fn mount(&self, config: &mut web::ServiceConfig) {
        let base = self.app.config.server.public_url.base_path().to_owned();
        config
            .app_data(self.app.clone())
            .app_data(self.assets.clone())
            .app_data(self.documents.clone())
            .app_data(self.draining.clone())
            .app_data(self.metrics.clone())
            .configure(|config| below(config, &base))
            .configure(|config| discovery::at_the_root(config, &base))
            .default_service(web::to(no_such_page));
    }
}

/// What lies below the base path. Routes are tried in turn, and an address with a name in it costs a pattern each time: so the
/// default realm comes before the others, and without a base path there is no scope around it.
fn below(config: &mut web::ServiceConfig, base: &str) {
    let everything = |config: &mut web::ServiceConfig| {
        config.configure(features).configure(operations::routes).service(web::scope("/r/{realm}").configure(features));
    };
    if base.is_empty() {
        config.configure(everything);
    } else {
        config.service(web::scope(base).configure(everything));
    }
}

/// Every feature, relative to a realm's address.
fn features(config: &mut web::ServiceConfig) {
    config
        .configure(discovery::routes)
        .configure(oauth::machine_routes)
        .configure(oidc::routes)
        .configure(oauth::routes)
        .configure(account::routes)
        .configure(developer::routes)
        .configure(admin::routes);
}

async fn no_such_page() -> Result<&'static str, PageError> {
    Err(PageError::NotFound)
}

/// The operating system's word to stop: SIGTERM or SIGINT.
#[derive(Debug)]
pub struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// Listens from now on; what comes before somebody waits for it is kept.
    ///
    /// # Errors
    /// The operating system's.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits until the process is told to stop.
    pub async fn told(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// What answers requests, with what every answer has.
fn application(
    parts: Parts,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    App::new()
        .wrap(from_fn(headers::secure))
        .wrap(from_fn(observe::observe))
        .configure(move |config| parts.mount(config))
}

/// Runs the server until it is told to stop, then lets what is in flight end. With a certificate it speaks https.
///
/// # Errors
/// Where the address cannot be bound.
pub async fn run(app: Shared, tls: Option<Tls>, mut stop: Stop) -> io::Result<()> {
    let parts = Parts::new(app.clone());
    let server = match &tls {
        Some(tls) => https_server(&parts, tls)?,
        None => http_server(&parts)?,
    };
    let watch = tls.map(|tls| tokio::spawn(tls.into_watch().run(app.clone())));
    let metrics = metrics_server(&app, &parts.metrics)?;
    let tasks = jobs::start(&app);
    let (handle, delay) = (server.handle(), app.config.server.shutdown_delay.duration());
    let draining = parts.draining.clone();
    let stopping = tokio::spawn(async move {
        stop.told().await;
        draining.store(true, Ordering::Release);
        tokio::time::sleep(delay).await;
        tracing::info!("stopping: no new requests, what is in flight ends");
        handle.stop(true).await;
    });
    let outcome = server.await;
    stopping.abort();
    if let Some(watch) = watch {
        watch.abort();
    }
    if let Some(metrics) = metrics {
        metrics.stop(false).await;
    }
    tasks.stop().await;
    if let Err(error) = app.sessions.flush_seen().await {
        tracing::warn!(%error, "when sessions were last used could not be written down");
    }
    app.db.close().await;
    outcome
}

fn workers(app: &Shared) -> usize {
    match app.config.server.workers {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        workers => workers,
    }
}

fn http_server(parts: &Parts) -> io::Result<Server> {
    let settings = &parts.app.config.server;
    let shared = parts.clone();
    let server = HttpServer::new(move || application(shared.clone()))
        .workers(workers(&parts.app))
        .client_request_timeout(settings.request_timeout.duration())
        .shutdown_timeout(settings.shutdown_timeout.as_seconds())
        .disable_signals()
        .bind(settings.listen)?;
    Ok(server.run())
}

fn https_server(parts: &Parts, tls: &Tls) -> io::Result<Server> {
    let settings = &parts.app.config.server;
    let builder = Server::build()
        .workers(workers(&parts.app))
        .shutdown_timeout(settings.shutdown_timeout.as_seconds())
        .disable_signals();
    https::bind(builder, parts, tls.server_config())
}

/// The metrics on an address of their own, where one is configured.
fn metrics_server(app: &Shared, metrics: &web::Data<Metrics>) -> io::Result<Option<ServerHandle>> {
    let Some(listen) = app.config.metrics.listen else { return Ok(None) };
    let (app, metrics) = (app.clone(), metrics.clone());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(app.clone())
            .app_data(metrics.clone())
            .route("/metrics", web::get().to(observe::open_metrics))
    });
    let server = server.workers(1).disable_signals().bind(listen)?.run();
    let handle = server.handle();
    tokio::spawn(server);
    Ok(Some(handle))
}
