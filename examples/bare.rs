//! The floor that scripts/bench measures Tessera against: bare actix-web handlers with the same cryptography, and nothing else.
//!
//! `bare PORT` serves `/discovery` (static bytes), `/es256` and `/rs256` (SHA-256 of a secret and a signed JWT, as client_credentials).

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use actix_web::http::header;
use actix_web::{App, HttpResponse, HttpServer, web};
use josekit::jws::{ES256, JwsHeader, JwsSigner, RS256};
use josekit::jwt::{self, JwtPayload};

/// As long as a discovery document is.
static DISCOVERY: [u8; 2600] = [b' '; 2600];

type Signer = Arc<dyn JwsSigner + Send + Sync>;

struct Keys {
    es256: Signer,
    rs256: Signer,
}

fn keys() -> Result<Keys, Box<dyn std::error::Error>> {
    let es256 = ES256.signer_from_pem(ES256.generate_key_pair()?.to_pem_private_key())?;
    let rs256 = RS256.signer_from_pem(RS256.generate_key_pair(2048)?.to_pem_private_key())?;
    Ok(Keys { es256: Arc::new(es256), rs256: Arc::new(rs256) })
}

async fn discovery() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(&DISCOVERY[..])
}

#[expect(clippy::disallowed_methods, reason = "a program of its own, without Tessera's clock")]
fn token(signer: &dyn JwsSigner, secret: &str) -> Result<String, josekit::JoseError> {
    let hash = tessera::secret::sha256(secret.as_bytes());
    let now = SystemTime::now();
    let mut payload = JwtPayload::new();
    payload.set_issuer("http://localhost:8080");
    payload.set_subject("bench");
    payload.set_audience(vec!["http://localhost:8080"]);
    payload.set_jwt_id(format!("{:02x}{:02x}", hash[0], hash[1]));
    payload.set_issued_at(&now);
    payload.set_expires_at(&(now + Duration::from_mins(15)));
    let mut header = JwsHeader::new();
    header.set_token_type("at+jwt");
    jwt::encode_with_signer(&payload, &header, signer)
}

fn answer(signer: &dyn JwsSigner, secret: &str) -> HttpResponse {
    match token(signer, secret) {
        Ok(token) => HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(serde_json::json!({"access_token": token, "token_type": "Bearer", "expires_in": 900})),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

async fn es256(keys: web::Data<Keys>, body: String) -> HttpResponse {
    answer(keys.es256.as_ref(), &body)
}

async fn rs256(keys: web::Data<Keys>, body: String) -> HttpResponse {
    answer(keys.rs256.as_ref(), &body)
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args().nth(1).ok_or("bare PORT")?.parse()?;
    let keys = web::Data::new(keys()?);
    let app = move || {
        App::new()
            .app_data(keys.clone())
            .route("/discovery", web::get().to(discovery))
            .route("/es256", web::post().to(es256))
            .route("/rs256", web::post().to(rs256))
    };
    Ok(HttpServer::new(app).bind(("127.0.0.1", port))?.run().await?)
}
