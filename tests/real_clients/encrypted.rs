//! openid-client 6 (npm) decrypts ID tokens and userinfo by each algorithm that metadata offers.

use std::io::Write as _;

use serde_json::{Value, json};
use tessera::keys::jwk::{EncryptionKeyType, PrivateJwk};
use tessera::protocol::algorithm::KeyManagementAlgorithm;

use super::{EMAIL, LIMIT, PASSWORD, WEB, text};
use crate::support::database::in_every_set_up;
use crate::support::process::Driver;
use crate::support::server::Installation;

/// The client's private key, and a file with the metadata that asks for encryption to it.
fn key_pair(algorithm: KeyManagementAlgorithm) -> (Value, tempfile::NamedTempFile) {
    let key_type = if algorithm.agrees() { EncryptionKeyType::P256 } else { EncryptionKeyType::Rsa };
    let private = PrivateJwk::generate_for_encryption(key_type).unwrap();
    let metadata = json!({
        "jwks": { "keys": [private.public_for_encryption().unwrap()] }, "userinfo_signed_response_alg": "ES256",
        "id_token_encrypted_response_alg": algorithm, "id_token_encrypted_response_enc": "A256GCM",
        "userinfo_encrypted_response_alg": algorithm, "userinfo_encrypted_response_enc": "A256GCM",
    });
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(metadata.to_string().as_bytes()).unwrap();
    (serde_json::from_slice(private.expose()).unwrap(), file)
}

in_every_set_up!(openid_client_decrypts_what_is_encrypted_to_it, async |set_up| {
    let installation = Installation::new(set_up).await;
    installation.command(&["db", "create"]).await;
    installation.command_with(&["user", "create", "--email", EMAIL, "--verified", "--name", "Ann Lee"], PASSWORD).await;
    let _server = installation.start().await;
    let issuer = text(&installation.command(&["realm", "show"]).await["issuer"]);
    for (number, algorithm) in KeyManagementAlgorithm::ALL.iter().copied().enumerate() {
        let (private, metadata) = key_pair(algorithm);
        let client_id = format!("sealed{number}");
        let create = ["client", "create", "--client-id", &client_id, "--name", "Sealed", "--redirect-uri", WEB];
        let grants = ["--grant-type", "authorization_code", "--grant-type", "refresh_token"];
        let from = ["--metadata", metadata.path().to_str().unwrap()];
        let made = installation.command(&[&create[..], &grants, &from].concat()).await;
        let task = json!({
            "issuer": issuer, "client_id": client_id, "client_secret": made["client_secret"], "redirect_uri": WEB,
            "username": EMAIL, "password": PASSWORD, "alg": algorithm, "jwk": private,
        });
        let result = Driver::Encrypted.run(&task, LIMIT).await.unwrap();
        assert_eq!((&result["parts"], &result["claims"]["aud"]), (&5.into(), &client_id.as_str().into()), "{result:#}");
        assert_eq!(
            (&result["userinfo"]["email"], &result["userinfo"]["aud"]),
            (&EMAIL.into(), &client_id.into()),
            "{result:#}"
        );
    }
});
