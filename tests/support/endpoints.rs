//! The endpoints that clients call, in process: requests to the whole server as `server.rs` mounts it.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::{Bytes, Data};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tessera::app::App;
use tessera::server::Parts;

use super::world::{SECRET, World};

/// A server around a world.
pub(crate) struct Endpoints(Parts);

/// What it answers.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Endpoints {
    pub(crate) fn new(world: &World<'_>) -> Self {
        let (db, ephemeral) = (world.database.db.clone(), world.database.ephemeral.clone());
        let (config, keys, clock) = (world.config.clone(), world.keys.clone(), world.clock.clone());
        let app = App::assemble(config, db, ephemeral, false, keys, clock, world.random.clone()).unwrap();
        Self(Parts::new(Data::new(app)))
    }

    pub(crate) async fn send(&self, request: TestRequest) -> Answer {
        let parts = self.0.clone();
        let secure = from_fn(tessera::web::headers::secure);
        let service = actix_web::App::new().wrap(secure).configure(move |config| parts.mount(config));
        let service = init_service(service).await;
        let response =
            call_service(&service, request.insert_header((header::HOST, "localhost:8080")).to_request()).await;
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, body: read_body(response).await }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(TestRequest::get().uri(path)).await
    }

    /// A form of a client that authenticates by HTTP Basic.
    pub(crate) async fn post_as(&self, client_id: &str, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = TestRequest::post().uri(path).insert_header(basic(client_id, SECRET)).set_form(form);
        self.send(request).await
    }

    /// A form of whoever it says.
    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send(TestRequest::post().uri(path).set_form(form)).await
    }
}

/// An `Authorization` header of HTTP Basic.
pub(crate) fn basic(client_id: &str, secret: &str) -> (header::HeaderName, String) {
    (header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(format!("{client_id}:{secret}"))))
}

/// An `Authorization` header with an access token.
pub(crate) fn bearer(token: &str) -> (header::HeaderName, String) {
    (header::AUTHORIZATION, format!("Bearer {token}"))
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Status and error code of a refusal (RFC 6749 §5.2), which no cache may keep.
    #[track_caller]
    pub(crate) fn refusal(&self) -> (u16, String) {
        assert_eq!(self.header("cache-control"), Some("no-store"), "{self:?}");
        (self.status.as_u16(), self.json()["error"].as_str().unwrap().to_owned())
    }
}
