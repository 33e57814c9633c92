//! `tessera client` and `resource-server`.

use super::Place;

const URI: &str = "https://shop.example/cb";

#[test]
fn a_secret_is_shown_once_and_never_again() {
    let place = Place::new();
    let made = place.json(&["client", "create", "--name", "Shop", "--redirect-uri", URI]);
    let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
    assert_eq!(made["metadata"]["grant_types"], serde_json::json!(["authorization_code", "refresh_token"]));
    for arguments in [
        &["client", "show", id][..],
        &["client", "list"],
        &["client", "update", id, "--name", "Market"],
        &["--json", "client", "show", id],
    ] {
        let answer = place.run(arguments).done();
        assert!(answer.out.contains(id) && !answer.all().contains(secret), "{answer:?}");
    }
    let rotated = place.json(&["client", "rotate-secret", id, "--grace", "1h"]);
    assert_ne!(rotated["client_secret"], secret);
    assert_eq!(rotated["secrets"].as_array().unwrap().len(), 2);
    let database = std::fs::read(place.0.path().join("data/tessera.db")).unwrap();
    assert!(!database.windows(secret.len()).any(|window| window == secret.as_bytes()), "only its hash is kept");
}

#[test]
fn an_update_replaces_what_is_named_and_leaves_the_rest() {
    let place = Place::new();
    let create =
        ["client", "create", "--public", "--name", "Phone", "--redirect-uri", URI, "--tos-uri", "https://t.example"];
    let made = place.json(&create);
    assert!(made["client_secret"].is_null());
    let id = made["client_id"].as_str().unwrap();
    place.run(&["resource-server", "create", "tekcify-api"]).done();
    let updated = place.json(&[
        "client",
        "update",
        id,
        "--tos-uri",
        "",
        "--first-party",
        "--skip-consent",
        "--default-resource",
        "tekcify-api",
        "--access-token-seconds",
        "60",
        "--disable",
    ]);
    assert_eq!(updated["metadata"]["client_name"], "Phone");
    assert!(updated["metadata"]["tos_uri"].is_null());
    assert_eq!((&updated["first_party"], &updated["disabled"]), (&true.into(), &true.into()));
    assert_eq!(updated["settings"]["access_token_seconds"], 60);
    let back = place.json(&["client", "update", id, "--enable", "--access-token-seconds", "0"]);
    assert_eq!(back["disabled"], false);
    assert!(back["settings"]["access_token_seconds"].is_null());
}

#[test]
fn wrong_members_are_all_named_and_nothing_is_made() {
    let place = Place::new();
    let (code, error) =
        place.refused(&["client", "create", "--redirect-uri", "http://shop.example/cb#x", "--logo-uri", "x"]);
    let fields: Vec<_> =
        error["error"]["details"].as_array().unwrap().iter().map(|one| one["at"].as_str().unwrap()).collect();
    assert_eq!((code, fields), (5, vec!["redirect_uris", "logo_uri"]), "{error}");
    let id = "https://app.example/id";
    assert_eq!(place.refused(&["client", "create", "--client-id", id, "--redirect-uri", URI]).0, 5);
    assert!(place.json(&["client", "list"])["clients"].as_array().unwrap().is_empty());
}

#[test]
fn a_chosen_secret_comes_from_a_file() {
    let place = Place::new();
    let secret = "0123456789abcdef0123456789abcdef";
    std::fs::write(place.0.path().join("secret"), format!("{secret}\n")).unwrap();
    let create = ["client", "create", "--client-id", "shop", "--redirect-uri", URI, "--secret-file", "secret"];
    assert_eq!(place.json(&create)["client_secret"], secret);
    let (code, error) = place.refused(&create);
    assert_eq!((code, error["error"]["details"][0]["at"].as_str()), (5, Some("client_id")));
}

/// Another realm's application is not found.
#[test]
fn applications_are_their_realms_own() {
    let place = Place::new();
    place.run(&["realm", "create", "acme"]).done();
    let made = place.json(&["client", "create", "--redirect-uri", URI, "--realm", "acme"]);
    let id = made["client_id"].as_str().unwrap();
    for arguments in [
        &["client", "show", id][..],
        &["client", "update", id, "--name", "x"],
        &["client", "rotate-secret", id],
        &["client", "delete", id, "--yes"],
    ] {
        assert_eq!(place.refused(arguments).0, 4, "{arguments:?}");
    }
    assert_eq!(place.refused(&["client", "delete", id, "--realm", "acme"]).0, 5, "it asks");
    place.run(&["client", "delete", id, "--yes", "--realm", "acme"]).done();
    assert_eq!(place.refused(&["client", "show", id, "--realm", "acme"]).0, 4);
}

#[test]
fn resource_servers_are_registered_and_listed() {
    let place = Place::new();
    let made = place.json(&[
        "resource-server",
        "create",
        "tekcify-api",
        "--issuer",
        "tekcify-auth",
        "--alg",
        "RS256",
        "--scope",
        "read:profile=See your profile",
    ]);
    assert_eq!((made["issuer"].as_str(), made["signing_alg"].as_str()), (Some("tekcify-auth"), Some("RS256")));
    assert_eq!(place.json(&["resource-server", "list"]).as_array().unwrap().len(), 1);
    assert_eq!(place.refused(&["resource-server", "create", "tekcify-api"]).0, 5);
    assert_eq!(place.refused(&["resource-server", "create", "other", "--scope", "read"]).0, 5);
}

/// Row T2: HS256 with a secret from a file, which nothing shows; opaque; and what a change leaves alone.
#[test]
fn the_form_of_a_resource_servers_tokens_is_chosen_and_changed() {
    let place = Place::new();
    let (long, short) = ("an HS256 secret of more than 32 bytes", "a short one");
    let file = |name: &str, text: &str| {
        let path = place.0.path().join(name);
        std::fs::write(&path, format!("{text}\n")).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (long_file, short_file) = (file("long", long), file("short", short));
    let create = ["resource-server", "create", "tekcify-api", "--claims", "tekcify", "--scope", "read:profile=See it"];
    for wrong in
        [&["--alg", "HS256"][..], &["--secret-file", &short_file], &["--alg", "ES256", "--secret-file", &long_file]]
    {
        assert_eq!(place.refused(&[&create[..], wrong].concat()).0, 5, "{wrong:?}");
    }
    let made = place.json(&[&create[..], &["--secret-file", &long_file]].concat());
    assert_eq!(
        (&made["signing_alg"], &made["claim_set"], &made["token_format"]),
        (&"HS256".into(), &"tekcify".into(), &"jwt".into())
    );
    assert!(!made.to_string().contains(long));
    let update = |options: &[&str]| place.json(&[&["resource-server", "update", "tekcify-api"], options].concat());
    let opaque = update(&["--format", "opaque", "--issuer", "tekcify-auth"]);
    assert_eq!((&opaque["token_format"], &opaque["signing_alg"]), (&"opaque".into(), &serde_json::Value::Null));
    let back = update(&["--format", "jwt", "--issuer", "", "--name", "Tekcify"]);
    assert_eq!(
        (&back["signing_alg"], &back["issuer"], &back["name"]),
        (&"ES256".into(), &serde_json::Value::Null, &"Tekcify".into())
    );
    assert_eq!(back["scopes"].as_array().unwrap().len(), 1);
    assert_eq!(place.refused(&["resource-server", "update", "nobody", "--name", "x"]).0, 4);
}

/// RFC 7591 §2: everything else that a client says of itself comes from a file.
#[test]
fn metadata_comes_from_a_file_and_a_member_that_is_unknown_is_named() {
    let place = Place::new();
    let file = |text: &str| {
        let path = place.0.path().join("metadata.json");
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let path = file(
        r#"{"redirect_uris": ["https://shop.example/cb"], "backchannel_logout_uri": "https://shop.example/out",
                        "request_uris": ["https://shop.example/r#1"], "require_signed_request_object": false}"#,
    );
    let made = place.json(&["client", "create", "--name", "Shop", "--metadata", &path]);
    assert_eq!(made["metadata"]["backchannel_logout_uri"], "https://shop.example/out");
    assert_eq!(made["metadata"]["request_uris"], serde_json::json!(["https://shop.example/r#1"]));
    assert_eq!(made["metadata"]["client_name"], "Shop", "an option goes on top");
    let id = made["client_id"].as_str().unwrap();
    let path = file(r#"{"backchannel_logout_uri": null}"#);
    let updated = place.json(&["client", "update", id, "--metadata", &path]);
    assert!(updated["metadata"].get("backchannel_logout_uri").is_none());
    assert_eq!(updated["metadata"]["redirect_uris"], serde_json::json!([URI]), "what is not named stays");
    for (text, named) in [
        (r#"{"redirect_uri": "https://shop.example/cb"}"#, "redirect_uri is no member"),
        (r#"{"id_token_encrypted_response_alg": "RSA1_5"}"#, "RSA-OAEP-256"),
        ("[]", "metadata.json"),
    ] {
        let path = file(text);
        let refused = place.run(&["client", "update", id, "--metadata", &path]);
        assert!(refused.code != 0 && refused.all().contains(named), "{text}: {refused:?}");
    }
}
