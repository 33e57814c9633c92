//! oidc-client-ts (npm) in Chromium: redirect, pop-up, silent renewal by refresh token and in a frame, logout.

use serde_json::json;

use super::browser::public_key;
use super::{EMAIL, LIMIT, PASSWORD};
use crate::ephemeral::tls::certificates;
use crate::support::database::in_every_set_up;
use crate::support::process::Driver;
use crate::support::server::{Installation, free_port};

// The application and the server are two hosts of one site, over https, as a frame without a page needs it where browsers keep cookies
// to their own site. Both names lead here; the browser knows their certificate by its key.
in_every_set_up!(oidc_client_ts_passes_in_chromium, async |set_up| {
    let folder = certificates().await;
    let [certificate, certificate_key] = ["server.pem", "server.key"].map(|name| folder.path().join(name));
    let port = free_port();
    let (issuer, site) = (format!("https://id.example.com:{port}"), format!("https://app.example.com:{}", free_port()));
    let installation = Installation::new(set_up).await.with("server.public_url", &issuer);
    let installation = installation.with("tls.certificate_file", certificate.to_str().unwrap());
    let installation = installation.with("tls.key_file", certificate_key.to_str().unwrap());
    installation.command(&["db", "create"]).await;
    let user = ["user", "create", "--email", EMAIL, "--verified", "--name", "Ann Lee"];
    installation.command_with(&user, PASSWORD).await;
    let uris = ["/cb", "/popup", "/silent"].map(|path| format!("{site}{path}"));
    let uris: Vec<_> = uris.iter().flat_map(|uri| ["--redirect-uri", uri]).collect();
    let bye = format!("{site}/bye");
    let create = ["client", "create", "--client-id", "spa", "--public", "--name", "Paper Boat"];
    installation.command(&[&create[..], &uris, &["--post-logout-redirect-uri", &bye]].concat()).await;
    let mut server = installation.spawn(port, &[]);
    server.told().await;
    let task = json!({
        "scenario": "spa", "issuer": issuer, "site": site, "client_id": "spa", "email": EMAIL, "password": PASSWORD,
        "certificate": certificate, "certificate_key": certificate_key, "key": public_key(&certificate),
        "hosts": "MAP *.example.com 127.0.0.1",
    });
    let result = Driver::Browser.run(&task, LIMIT).await.unwrap();
    let profile = &result["profile"];
    assert_eq!(
        (&profile["iss"], &profile["aud"], &profile["name"]),
        (&issuer.into(), &"spa".into(), &"Ann Lee".into())
    );
});
