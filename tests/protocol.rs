//! The protocol's types and rules.

mod access_token;
mod authorization_header;
mod claims;
mod claims_request;
mod client_metadata;
mod error;
mod identifier;
mod jwe;
mod jws;
mod jwt_times;
mod names;
mod parameters;
mod pkce;
mod redirect_uri;
mod request_object;
mod requests;
mod scope;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// What `work` gives, which takes a fraction of a second; it would take minutes if its time grew with the square of its input.
#[track_caller]
fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, result) = mpsc::channel();
    thread::spawn(move || done.send(work()));
    result.recv_timeout(Duration::from_secs(10)).expect("it takes too long")
}
