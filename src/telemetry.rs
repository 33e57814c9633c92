//! The log: structured lines on standard error. Owns where they go and how they look; what is logged, and under which
//! request id, belongs to whoever logs it. Secrets are of a type that prints as `[redacted]`.

use std::io::IsTerminal as _;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{Log, LogFormat};

/// What these libraries say of every start is no news to an operator; `log.filter` may ask for it by their names.
const LIBRARIES: [&str; 2] = ["sea_orm_migration", "actix_server"];

/// Sends the process's log to standard error. Colours only where a terminal shows them.
///
/// # Errors
/// If the process already has a log.
pub fn init(log: &Log) -> Result<(), tracing_subscriber::util::TryInitError> {
    tracing::Dispatch::new(subscriber(log, std::io::stderr, std::io::stderr().is_terminal())).try_init()
}

/// The log as the configuration wants it, written to `writer`.
pub fn subscriber<W>(log: &Log, writer: W, colours: bool) -> Box<dyn tracing::Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = filter(log.filter.targets());
    // What is written is for the filter alone to say.
    let lines = fmt().with_max_level(LevelFilter::TRACE).with_writer(writer).with_ansi(colours);
    match log.format {
        LogFormat::Pretty => Box::new(lines.with_target(false).finish().with(filter)),
        LogFormat::Json => Box::new(lines.json().flatten_event(true).with_span_list(false).finish().with(filter)),
    }
}

fn filter(wanted: &Targets) -> Targets {
    let mut filter = Targets::new().with_targets(LIBRARIES.map(|library| (library, LevelFilter::WARN)));
    filter.extend(wanted.iter());
    filter.with_default(wanted.default_level().unwrap_or(LevelFilter::OFF))
}
