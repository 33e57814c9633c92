//! The floor that scripts/bench measures Tessera against: bare actix-web handlers with the same cryptography, and nothing else.
//!
//! `bare PORT` serves documents (static bytes), and for each operation of Tessera one handler that hashes the secret it is sent and
//! makes or checks as many JWTs as the operation does. Nothing is parsed, looked up or stored. `/keys` is for who checks the answers;
//! `/assertions` makes what clients authenticate with, for every server that is measured, as Python would be too slow.

use std::borrow::Cow;

use actix_web::http::header;
use actix_web::{App, HttpResponse, HttpServer, web};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use tessera::keys::jwk::PrivateJwk;
use tessera::keys::sign::SigningKey;
use tessera::keys::verify::VerifyingKey;
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::claims::{ACCESS_TOKEN_TYPE, AccessTokenClaims, Audience};
use tessera::protocol::jws::CompactJws;
use tessera::random::Random;
use tessera::secret::sha256;
use tokio::sync::Semaphore;

/// As long as Tessera's documents.
static DISCOVERY: [u8; 2600] = [b' '; 2600];
static JWKS: [u8; 1500] = [b' '; 1500];

const ISSUER: &str = "http://localhost:8080";

/// `typ` of an assertion.
const ASSERTION_TYPE: &str = "JWT";

struct Keys {
    es256: SigningKey,
    rs256: SigningKey,
    verifying: VerifyingKey,
    /// As many passwords at once as there are cores: more only fill the memory.
    hashing: Semaphore,
}

/// Which assertions are to be made.
#[derive(Deserialize)]
struct WantedAssertions {
    client_id: String,
    audience: String,
    count: usize,
}

/// What a client authenticates with (RFC 7523 §3).
#[derive(Serialize)]
struct AssertionClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    jti: String,
    iat: i64,
    exp: i64,
}

type Failed = Box<dyn std::error::Error>;

fn keys() -> Result<Keys, Failed> {
    let es256 = SigningKey::new(&PrivateJwk::generate(SigningAlgorithm::Es256)?)?;
    let rs256 = SigningKey::new(&PrivateJwk::generate(SigningAlgorithm::Rs256)?)?;
    let cores = std::thread::available_parallelism()?.get();
    Ok(Keys { verifying: VerifyingKey::new(es256.public())?, es256, rs256, hashing: Semaphore::new(cores) })
}

fn document(bytes: &'static [u8]) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(bytes)
}

/// Seconds since the epoch.
#[expect(clippy::disallowed_methods, reason = "a program of its own, without Tessera's clock")]
fn now() -> Result<i64, Failed> {
    Ok(i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs())?)
}

fn token(key: &SigningKey, secret: &str) -> Result<String, Failed> {
    let hash = sha256(secret.as_bytes());
    let iat = now()?;
    let claims = AccessTokenClaims {
        iss: Cow::Borrowed(ISSUER),
        sub: Cow::Borrowed("bench"),
        aud: Audience::One(Cow::Borrowed(ISSUER)),
        exp: iat + 900,
        iat,
        jti: Cow::Owned(format!("{:02x}{:02x}", hash[0], hash[1])),
        client_id: Cow::Borrowed("bench"),
        scope: None,
        auth_time: None,
        acr: None,
        amr: Vec::new(),
        sid: None,
        fam: None,
    };
    Ok(key.sign(ACCESS_TOKEN_TYPE, &claims)?)
}

fn answer(json: Result<serde_json::Value, Failed>) -> HttpResponse {
    match json {
        Ok(json) => HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(json),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

fn one(key: &SigningKey, secret: &str) -> HttpResponse {
    answer(
        token(key, secret)
            .map(|token| serde_json::json!({"access_token": token, "token_type": "Bearer", "expires_in": 900})),
    )
}

fn two(first: &SigningKey, second: &SigningKey, secret: &str) -> HttpResponse {
    let both = token(first, secret).and_then(|access| Ok((access, token(second, secret)?)));
    answer(both.map(|(access, id)| {
        serde_json::json!({"access_token": access, "token_type": "Bearer", "expires_in": 900, "id_token": id})
    }))
}

/// `client_credentials` with `private_key_jwt`: an assertion is checked, and a token made.
fn asserted(keys: &Keys, assertion: &str) -> HttpResponse {
    let verified = CompactJws::parse(assertion)
        .map_err(Failed::from)
        .and_then(|jws| keys.verifying.verify(&jws, ASSERTION_TYPE).map_err(Failed::from));
    match verified {
        Ok(()) => one(&keys.es256, assertion),
        Err(_) => HttpResponse::Unauthorized().finish(),
    }
}

/// Assertions with an id each, a line for each.
fn assertions(keys: &Keys, wanted: &WantedAssertions) -> Result<String, Failed> {
    let (random, iat) = (Random::system(), now()?);
    let assertion = |_| {
        let claims = AssertionClaims {
            iss: &wanted.client_id,
            sub: &wanted.client_id,
            aud: &wanted.audience,
            jti: random.text::<16>(),
            iat,
            exp: iat + 300,
        };
        Ok(keys.es256.sign(ASSERTION_TYPE, &claims)?)
    };
    Ok((0..wanted.count).map(assertion).collect::<Result<Vec<_>, Failed>>()?.join("\n"))
}

/// Introspection and userinfo: a token is checked.
fn checked(keys: &Keys, token: &str) -> HttpResponse {
    let verified = CompactJws::parse(token).map_err(Failed::from).and_then(|jws| {
        keys.verifying.verify(&jws, ACCESS_TOKEN_TYPE)?;
        Ok(jws.claims()?)
    });
    answer(verified.map(|claims| serde_json::json!({"active": true, "client_id": claims["client_id"]})))
}

/// Password login: one argon2id with Tessera's parameters, on a thread that may block.
async fn argon2id(keys: web::Data<Keys>, password: String) -> HttpResponse {
    let _permit = keys.hashing.acquire().await;
    let hashed = web::block(move || {
        let mut hash = [0; 32];
        let params = Params::new(19 * 1024, 2, 1, Some(32)).map_err(|error| error.to_string())?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hashed = argon2.hash_password_into(password.as_bytes(), b"a salt of sixteen", &mut hash);
        hashed.map(|()| hash).map_err(|error| error.to_string())
    });
    match hashed.await {
        Ok(Ok(hash)) => HttpResponse::Ok().body(hash.to_vec()),
        _ => HttpResponse::InternalServerError().finish(),
    }
}

fn routes(config: &mut web::ServiceConfig) {
    type Held = web::Data<Keys>;
    config
        .route("/discovery", web::get().to(async || document(&DISCOVERY)))
        .route("/jwks", web::get().to(async || document(&JWKS)))
        .route("/es256", web::post().to(async |keys: Held, body: String| one(&keys.es256, &body)))
        .route("/rs256", web::post().to(async |keys: Held, body: String| one(&keys.rs256, &body)))
        .route("/es256-es256", web::post().to(async |keys: Held, body: String| two(&keys.es256, &keys.es256, &body)))
        .route("/es256-rs256", web::post().to(async |keys: Held, body: String| two(&keys.es256, &keys.rs256, &body)))
        .route("/verify", web::post().to(async |keys: Held, body: String| checked(&keys, &body)))
        .route("/private-key-jwt", web::post().to(async |keys: Held, body: String| asserted(&keys, &body)))
        .route("/argon2id", web::post().to(argon2id))
        .route(
            "/assertions",
            web::get().to(async |keys: Held, wanted: web::Query<WantedAssertions>| match assertions(&keys, &wanted) {
                Ok(lines) => HttpResponse::Ok().body(lines),
                Err(_) => HttpResponse::InternalServerError().finish(),
            }),
        )
        .route(
            "/keys",
            web::get().to(async |keys: Held| {
                HttpResponse::Ok().json(serde_json::json!({"keys": [keys.es256.public(), keys.rs256.public()]}))
            }),
        );
}

#[actix_web::main]
async fn main() -> Result<(), Failed> {
    let port = std::env::args().nth(1).ok_or("bare PORT")?.parse()?;
    let keys = web::Data::new(keys()?);
    let app = move || App::new().app_data(keys.clone()).configure(routes);
    Ok(HttpServer::new(app).bind(("127.0.0.1", port))?.run().await?)
}
