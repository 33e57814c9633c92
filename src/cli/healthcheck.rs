//! `tessera healthcheck`: for containers, which have no curl.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use clap::Args;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::config::Config;

use super::DevTls;
use super::context::Context;
use super::failure::Failure;
use super::https;
use super::report::Report;

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// The most bytes of an answer that are read.
const MAX_BYTES: u64 = 8 * 1024;

/// What to ask.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Ask whether it is ready to take requests, not only whether it lives
    #[arg(long)]
    ready: bool,
    #[command(flatten)]
    pub(super) tls: DevTls,
}

/// Asks the server at the configured address.
pub(super) async fn run(arguments: &Arguments, context: &Context) -> Result<Report, Failure> {
    let page = if arguments.ready { "/readyz" } else { "/healthz" };
    let path = &format!("{}{page}", context.config.server.public_url.base_path());
    let address = local(context.config.server.listen);
    let status = tokio::time::timeout(PATIENCE, ask(address, &context.config, path)).await;
    let json = json!({ "address": address.to_string(), "path": path });
    match status {
        Ok(Ok(200)) => Ok(Report::new("The server is well.", json)),
        Ok(Ok(status)) => Err(Failure::failed(format!("The server at {address} answers {path} with {status}."))),
        Ok(Err(error)) => Err(Failure::failed(format!("No server answers at {address}: {error}."))),
        Err(_) => Err(Failure::failed(format!("The server at {address} does not answer within {PATIENCE:?}."))),
    }
}

/// The status of the answer at the server's own address.
async fn ask(address: SocketAddr, config: &Config, path: &str) -> io::Result<u16> {
    let stream = TcpStream::connect(address).await?;
    if config.tls.is_on() {
        get(https::to_oneself(stream, config).await?, &host(config), path).await
    } else {
        get(stream, &host(config), path).await
    }
}

/// The status of the answer to a GET.
pub(super) async fn get(mut stream: impl AsyncRead + AsyncWrite + Unpin, host: &str, path: &str) -> io::Result<u16> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: tessera\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(MAX_BYTES).read_to_end(&mut answer).await?;
    let line = answer.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let status = std::str::from_utf8(line).ok().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    status.ok_or_else(|| io::Error::other("what it says is not HTTP"))
}

/// The host and port that the server knows itself by.
pub(super) fn host(config: &Config) -> String {
    let url = config.server.public_url.url();
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// A server that listens everywhere listens here too.
fn local(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
