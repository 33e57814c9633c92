//! Chromium (rows D1, D4 and D7): its own console, where violations of the content security policy show, stays
//! empty on every page.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use tessera::secret::sha256;
use tokio::net::TcpStream;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::{EMAIL, LIMIT, NATIVE, PASSWORD, text};
use crate::support::database::{SetUp, in_every_set_up};
use crate::support::eventually;
use crate::support::process::Driver;
use crate::support::server::{Installation, Server, free_port};

/// A server as a newcomer has it, where strangers may sign up too, and one application.
async fn newcomer(set_up: SetUp) -> (Installation, Server) {
    let installation = Installation::new(set_up).await.with("sign_up.enabled", "true");
    installation.command(&["db", "create"]).await;
    installation.command(&["realm", "create", "second", "--name", "Second"]).await;
    for realm in [&[][..], &["--realm", "second"]] {
        let native = ["client", "create", "--client-id", "native", "--public", "--redirect-uri", NATIVE];
        installation.command(&[&native, realm].concat()).await;
    }
    let server = installation.start().await;
    (installation, server)
}

fn person(mut task: Value) -> Value {
    task["name"] = "Ann Lee".into();
    task["email"] = EMAIL.into();
    task["password"] = PASSWORD.into();
    task
}

async fn browse(task: Value) -> Value {
    Driver::Browser.run(&person(task), LIMIT).await.unwrap()
}

// From the terminal's link to tokens in the playground, by way of every page of the consoles; another one signs up from there.
in_every_set_up!(a_newcomer_ends_with_tokens, async |set_up| {
    let (_installation, server) = newcomer(set_up).await;
    let announced = server.announced();
    let (link, playground) = (text(&announced["administrator_link"]), text(&announced["playground"]));
    let result = browse(json!({ "scenario": "administrator", "link": link, "playground": playground })).await;
    assert_eq!(result["id_token"]["iss"], server.url(), "{result:#}");
    for page in ["/account", "/account/sessions", "/account/apps", "/developer/applications", "/admin/users"] {
        assert!(result["pages"].as_array().unwrap().contains(&page.into()), "{page} in {result:#}");
    }
    let elsewhere = format!("{}/r/second/playground", server.url());
    let result = browse(json!({ "scenario": "playground", "playground": elsewhere })).await;
    assert_eq!(result["id_token"]["iss"], format!("{}/r/second", server.url()), "{result:#}");
    assert_eq!(result["userinfo"]["email_verified"], false, "nobody has proven it: {result:#}");
});

// Sign-up to a code at the test's own client.
in_every_set_up!(a_stranger_without_javascript_ends_at_the_client, async |set_up| {
    let (_installation, server) = newcomer(set_up).await;
    for issuer in [server.url(), format!("{}/r/second", server.url())] {
        let task = json!({ "scenario": "signup", "issuer": issuer, "client_id": "native", "redirect_uri": NATIVE });
        let result = browse(task).await;
        assert_eq!((&result["claims"]["iss"], &result["claims"]["aud"]), (&issuer.into(), &"native".into()));
        assert_eq!(result["scope"], "openid profile email", "{result:#}");
    }
});

/// The public key of the certificate that a server makes for this machine, as Chromium is told of it, once the server listens.
pub(super) async fn trusted_key(installation: &Installation, port: u16) -> String {
    eventually(LIMIT, async || TcpStream::connect(("127.0.0.1", port)).await.ok()).await;
    public_key(&installation.folder().join("data/dev-certificate.pem"))
}

/// The public key of a certificate, as Chromium is told of it.
pub(super) fn public_key(pem: &Path) -> String {
    let certificate = CertificateDer::from_pem_file(pem).unwrap();
    let (_, certificate) = X509Certificate::from_der(&certificate).unwrap();
    STANDARD.encode(sha256(certificate.public_key().raw))
}

/// `--dev-tls`: the consoles and the playground over HTTP/2, with the certificate that the server made.
#[tokio::test]
async fn a_newcomer_ends_with_tokens_over_https() {
    let port = free_port();
    let url = format!("https://localhost:{port}");
    let installation = Installation::new(SetUp::Sqlite).await.with("server.public_url", &url);
    let mut server = installation.spawn(port, &[("tls.development", "true")]);
    server.told().await;
    let announced = server.announced();
    let (link, playground) = (text(&announced["administrator_link"]), text(&announced["playground"]));
    let key = trusted_key(&installation, port).await;
    let task = json!({ "scenario": "administrator", "link": link, "playground": playground, "key": key });
    let result = browse(task).await;
    assert_eq!(result["id_token"]["iss"], url, "{result:#}");
}
