//! Where a request came from: its id, the client's address past trusted proxies, the browser's name.

use std::net::IpAddr;

use actix_web::{HttpMessage as _, HttpRequest};

use crate::app::App;
use crate::config::ForwardedHeader;
use crate::store::events::Origin;

/// The most bytes of a browser's name that are kept.
const USER_AGENT: usize = 256;

#[derive(Debug, Clone)]
struct RequestId(String);

/// The request's id: made by us, so that nobody can write into our log; the same for every part of one request.
pub fn request_id(request: &HttpRequest) -> String {
    if let Some(RequestId(id)) = request.extensions().get::<RequestId>() {
        return id.clone();
    }
    let id = super::app(request).request_ids.text::<9>();
    request.extensions_mut().insert(RequestId(id.clone()));
    id
}

/// Where the request came from, for events.
pub fn origin(request: &HttpRequest) -> Origin {
    let header = request.headers().get(actix_web::http::header::USER_AGENT);
    let user_agent = header.and_then(|value| value.to_str().ok()).map(|value| {
        let end = (0..=USER_AGENT.min(value.len())).rev().find(|end| value.is_char_boundary(*end)).unwrap_or(0);
        value[..end].to_owned()
    });
    Origin {
        request_id: Some(request_id(request)),
        ip: address(request).map(|address| address.to_string()),
        user_agent,
    }
}

/// The client's address: the peer's, or where the peer is a trusted proxy what the nearest proxy that is not trusted was seen as.
pub fn address(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let app = super::app(request);
    if !is_trusted(app, peer) {
        return Some(peer);
    }
    let forwarded = forwarded_for(request, app.config.server.forwarded_header);
    // The last entry was written by the proxy nearest to us; those before it by whoever came before.
    let mut client = peer;
    for hop in forwarded.into_iter().rev() {
        let Some(hop) = hop else { break };
        client = hop;
        if !is_trusted(app, hop) {
            break;
        }
    }
    Some(client)
}

/// What limits count by: an IPv4 address, or the /64 of an IPv6 address, as one household has all of it.
pub fn limit_subject(request: &HttpRequest) -> String {
    match address(request) {
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Some(address) => address.to_string(),
        None => String::new(),
    }
}

fn is_trusted(app: &App, address: IpAddr) -> bool {
    app.config.server.trusted_proxies.iter().any(|network| network.contains(address))
}

/// The addresses that the header lists, oldest first; none for one that cannot be read.
fn forwarded_for(request: &HttpRequest, header: ForwardedHeader) -> Vec<Option<IpAddr>> {
    let name = match header {
        ForwardedHeader::XForwardedFor => "x-forwarded-for",
        ForwardedHeader::Forwarded => "forwarded",
    };
    let values = request.headers().get_all(name).filter_map(|value| value.to_str().ok());
    let hops = values.flat_map(|value| value.split(','));
    match header {
        ForwardedHeader::XForwardedFor => hops.map(|hop| read_address(hop.trim())).collect(),
        ForwardedHeader::Forwarded => hops.map(|hop| forwarded_hop(hop).and_then(read_address)).collect(),
    }
}

/// The `for` of one element (RFC 7239 §4), without its quotes.
fn forwarded_hop(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for").then(|| value.trim_matches('"'))
    })
}

/// An address with or without port; IPv6 in brackets or bare.
fn read_address(text: &str) -> Option<IpAddr> {
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(address, _)| address);
    let bare = bracketed.unwrap_or(text);
    let parsed = bare.parse::<IpAddr>().ok();
    parsed.or_else(|| bare.rsplit_once(':')?.0.parse().ok()).map(|address| address.to_canonical())
}
