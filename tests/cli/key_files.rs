//! `tessera keys generate`, `convert` and `import-pem` (features.md M3), with the `openssl` program as the second witness.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::Value;

use super::Place;

impl Place {
    /// Runs the `openssl` program in the folder and gives what it printed.
    #[track_caller]
    fn openssl(&self, arguments: &str) -> String {
        let output = Command::new("openssl").current_dir(self.0.path()).args(arguments.split(' ')).output().unwrap();
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    fn put(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }

    fn mode(&self, name: &str) -> u32 {
        std::fs::metadata(self.0.path().join(name)).unwrap().permissions().mode() & 0o777
    }

    /// The key and its state, the newest first.
    fn keys_of(&self, alg: &str) -> Vec<(String, String)> {
        let listed = self.json(&["keys", "list"]);
        let of_alg = listed.as_array().unwrap().iter().filter(|key| key["alg"] == alg);
        of_alg.map(|key| (key["kid"].as_str().unwrap().to_owned(), key["state"].as_str().unwrap().to_owned())).collect()
    }

    #[track_caller]
    fn refuses(&self, arguments: &[&str], words: &str) {
        let (code, error) = self.refused(arguments);
        assert_eq!((code, error["error"]["kind"].as_str()), (5, Some("refused")), "{arguments:?}: {error}");
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.contains(words) && message.ends_with('.'), "{arguments:?}: {message}");
    }
}

/// How `openssl` makes each type of key.
const MAKES: [(&str, &str); 3] = [
    ("RS256", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out private.pem"),
    ("ES256", "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out private.pem"),
    ("EdDSA", "genpkey -algorithm ED25519 -out private.pem"),
];

/// M3: `keys generate --pem DIR`, for the owner alone, and neither overwritten.
#[test]
fn a_generated_pair_is_one_that_openssl_reads() {
    for alg in ["RS256", "ES256", "PS256", "EdDSA"] {
        let place = Place::empty();
        let made = place.json(&["keys", "generate", "--alg", alg, "--pem", "certs/new"]);
        assert_eq!((made["alg"].as_str(), made["private"].as_str()), (Some(alg), Some("certs/new/private.pem")));
        assert_eq!((place.mode("certs/new/private.pem"), place.mode("certs/new/public.pem")), (0o600, 0o644));
        let public = place.openssl("pkey -in certs/new/private.pem -pubout");
        assert_eq!(public, place.text("certs/new/public.pem"), "{alg}");
        assert_eq!(place.openssl("pkey -in certs/new/private.pem"), place.text("certs/new/private.pem"), "{alg}");
        let before = place.text("certs/new/private.pem");
        place.refuses(&["keys", "generate", "--pem", "certs/new"], "never overwritten");
        std::fs::remove_file(place.0.path().join("certs/new/public.pem")).unwrap();
        place.refuses(&["keys", "generate", "--pem", "certs/new"], "private.pem exists");
        assert_eq!(place.text("certs/new/private.pem"), before);
        assert!(!place.0.path().join("certs/new/public.pem").exists());
    }
}

#[test]
fn a_generated_pair_is_printed_as_a_jwk_and_the_default_is_rs256() {
    let place = Place::empty();
    let printed: Value = serde_json::from_str(&place.run(&["keys", "generate"]).done().out).unwrap();
    assert_eq!((printed["alg"].as_str(), printed["use"].as_str()), (Some("RS256"), Some("sig")));
    let made = place.json(&["keys", "generate", "--alg", "ES256"]);
    assert_eq!((made["key"]["crv"].as_str(), &made["key"]["kid"]), (Some("P-256"), &made["kid"]));
    assert_eq!(place.run(&["keys", "generate", "--alg", "HS256"]).code, 2);
    assert!(
        std::fs::read_dir(place.0.path()).unwrap().next().is_none(),
        "nothing else was made: no database, no keyring"
    );
}

/// M3: PEM ↔ JWK, both ways, private and public, from a file and from standard input.
#[test]
fn keys_of_openssl_go_to_jwk_and_back_unchanged() {
    for (alg, make) in MAKES {
        let place = Place::empty();
        place.openssl(make);
        let pem = place.text("private.pem");
        place.run(&["keys", "convert", "private.pem", "--out", "private.jwk"]).done();
        assert_eq!(place.mode("private.jwk"), 0o600, "{alg}");
        let jwk: Value = serde_json::from_str(&place.text("private.jwk")).unwrap();
        assert_eq!((jwk["alg"].as_str(), jwk["use"].as_str()), (Some(alg), Some("sig")));
        assert!(jwk["d"].is_string());
        assert_eq!(place.run(&["keys", "convert", "private.jwk"]).done().out, pem, "{alg}");
        assert_eq!(place.run_with(&["keys", "convert"], &place.text("private.jwk")).done().out, pem, "{alg}");

        let public = place.openssl("pkey -in private.pem -pubout");
        assert_eq!(place.run(&["keys", "convert", "private.jwk", "--public"]).done().out, public, "{alg}");
        assert_eq!(place.run(&["keys", "convert", "private.pem", "--public", "--to", "pem"]).done().out, public);
        place.put("public.pem", &public);
        let written = place.json(&["keys", "convert", "public.pem", "--out", "public.jwk"]);
        assert_eq!((written["private"].as_bool(), &written["kid"]), (Some(false), &jwk["kid"]), "{alg}");
        assert_eq!(place.mode("public.jwk"), 0o644);
        let half: Value = serde_json::from_str(&place.text("public.jwk")).unwrap();
        assert!(half.get("d").is_none() && half["kid"] == jwk["kid"], "{half}");
        assert_eq!(place.run(&["keys", "convert", "public.jwk"]).done().out, public, "{alg}");
        let printed = place.json(&["keys", "convert", "private.pem", "--public"]);
        assert_eq!((&printed["key"], printed["format"].as_str()), (&half, Some("jwk")));
    }
}

/// PKCS#1 and SEC 1, also as `ecparam` writes it, become PKCS#8; RSA PUBLIC KEY becomes SPKI.
#[test]
fn older_forms_become_the_usual_ones() {
    let place = Place::empty();
    place.openssl("genrsa -traditional -out rsa.pem 3072");
    assert!(place.text("rsa.pem").starts_with("-----BEGIN RSA PRIVATE KEY"));
    let pkcs8 = place.openssl("pkey -in rsa.pem");
    assert_eq!(place.run(&["keys", "convert", "rsa.pem", "--to", "pem"]).done().out, pkcs8);
    place.openssl("rsa -in rsa.pem -RSAPublicKey_out -out rsa-public.pem");
    assert!(place.text("rsa-public.pem").starts_with("-----BEGIN RSA PUBLIC KEY"));
    let spki = place.openssl("pkey -in rsa.pem -pubout");
    assert_eq!(place.run(&["keys", "convert", "rsa-public.pem", "--to", "pem"]).done().out, spki);

    place.openssl("ecparam -name prime256v1 -genkey -out ec.pem");
    assert!(
        place.text("ec.pem").contains("BEGIN EC PARAMETERS") && place.text("ec.pem").contains("BEGIN EC PRIVATE KEY")
    );
    let pkcs8 = place.openssl("pkey -in ec.pem");
    assert_eq!(place.run(&["keys", "convert", "ec.pem", "--to", "pem"]).done().out, pkcs8);
    place.openssl("ec -in ec.pem -no_public -out bare.pem");
    assert_eq!(place.run(&["keys", "convert", "bare.pem", "--to", "pem"]).done().out, pkcs8, "the point is computed");
}

#[test]
fn a_conversion_never_overwrites_and_keeps_the_kid_of_a_jwk() {
    let place = Place::empty();
    let jwk = place.json(&["keys", "generate", "--alg", "PS256"])["key"].to_string();
    let named = jwk.replacen("\"kid\":\"", "\"kid\":\"my-", 1);
    let public: Value =
        serde_json::from_str(&place.run_with(&["keys", "convert", "--to", "jwk", "--public"], &named).done().out)
            .unwrap();
    assert!(public["kid"].as_str().unwrap().starts_with("my-") && public["alg"] == "PS256", "{public}");
    place.put("there", "something else");
    let (code, error) = {
        let answer = place.run_with(&["--json", "keys", "convert", "--out", "there"], &jwk);
        (answer.code, answer.err)
    };
    assert!(code == 5 && error.contains("never overwritten"), "{error}");
    assert_eq!(place.text("there"), "something else");
    let (code, error) = place.refused(&["keys", "convert", "absent.pem"]);
    assert_eq!((code, error["error"]["kind"].as_str()), (1, Some("failed")));
}

/// protocol.md "Rotation": published, then signing; the old one stays published.
#[test]
fn an_imported_key_becomes_the_next_one_or_with_now_the_current_one() {
    let place = Place::new();
    let old = place.keys_of("RS256")[0].0.clone();
    place.openssl(MAKES[0].1);
    let imported = place.json(&["keys", "import-pem", "private.pem"])["signing_keys"][0].clone();
    let kid = imported["kid"].as_str().unwrap().to_owned();
    assert_eq!(imported["algorithm"], "RS256");
    assert_eq!(place.keys_of("RS256"), [(kid.clone(), "waits".to_owned()), (old.clone(), "signs".to_owned())]);
    let jwks = place.json(&["keys", "export-jwks"]);
    let published: Vec<_> = jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert!(published.contains(&kid.as_str()) && published.contains(&old.as_str()), "{jwks}");
    assert_eq!(place.json(&["keys", "convert", "private.pem"])["kid"], kid.as_str());
    place.refuses(&["keys", "import-pem", "private.pem"], "has this key already");
    place.refuses(&["keys", "import-pem", "private.pem", "--now"], "has this key already");
    assert_eq!(place.keys_of("RS256").len(), 2);

    let old = place.keys_of("ES256")[0].0.clone();
    place.openssl(MAKES[1].1);
    let imported = place.json(&["keys", "import-pem", "private.pem", "--now"])["signing_keys"][0].clone();
    let listed = place.json(&["keys", "list"]);
    let by_kid = |kid: &Value| listed.as_array().unwrap().iter().find(|key| &key["kid"] == kid).unwrap();
    let (new, old) = (by_kid(&imported["kid"]), by_kid(&Value::from(old)));
    assert_eq!(new["signs_from"].as_i64().unwrap() - new["created_at"].as_i64().unwrap(), 2_000);
    assert_eq!(old["signs_until"], new["signs_from"]);
    assert!(old["published_until"].as_i64().unwrap() > new["signs_from"].as_i64().unwrap() + 24 * 60 * 60 * 1_000);
}

/// A realm without a key of the algorithm signs with the imported one at once; `-` is standard input; another realm has its own.
#[test]
fn a_key_of_a_new_algorithm_signs_at_once_in_its_realm_alone() {
    let place = Place::new();
    place.run(&["realm", "create", "acme"]).done();
    place.openssl(MAKES[2].1);
    let pem = place.text("private.pem");
    let arguments = ["keys", "import-pem", "-", "--realm", "acme", "--now"];
    let answer = place.run_with(&arguments, &pem).done();
    assert!(answer.out.contains("signs with EdDSA from") && !answer.all().contains("PRIVATE"), "{answer:?}");
    assert_eq!(place.json(&["keys", "list", "--realm", "acme"])[0]["state"], "signs");
    assert!(place.keys_of("EdDSA").is_empty());
    place.run(&["keys", "import-pem", "private.pem"]).done();
    assert_eq!(place.keys_of("EdDSA").len(), 1);
}

/// An RSA key signs with RS256 unless PS256 is named; any other algorithm is refused.
#[test]
fn the_algorithm_of_an_imported_key_is_checked() {
    let place = Place::new();
    place.openssl(MAKES[0].1);
    for wrong in ["ES256", "EdDSA"] {
        place.refuses(&["keys", "import-pem", "private.pem", "--alg", wrong], "cannot be used with");
    }
    place.run(&["keys", "import-pem", "private.pem", "--alg", "PS256"]).done();
    assert_eq!((place.keys_of("PS256").len(), place.keys_of("RS256").len()), (1, 1));
    place.openssl(MAKES[1].1);
    place.refuses(&["keys", "import-pem", "private.pem", "--alg", "RS256"], "cannot be used with RS256");
}

/// Wrong and hostile files: refused with what to do, and nothing is changed.
#[test]
fn a_file_that_is_no_usable_key_changes_nothing() {
    let place = Place::new();
    place.openssl(MAKES[1].1);
    let good = place.text("private.pem");
    place.openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out weak.pem");
    place.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p384.pem");
    place.openssl("pkey -in private.pem -aes256 -passout pass:secret -out encrypted.pem");
    place.openssl("rsa -in weak.pem -aes128 -passout pass:secret -traditional -out older-encrypted.pem");
    place.openssl("req -x509 -new -key private.pem -subj /CN=x -days 2 -out certificate.pem");
    place.put("public.pem", place.openssl("pkey -in private.pem -pubout"));
    place.put("two.pem", format!("{good}{}", place.text("p384.pem")));
    place.put("with-certificate.pem", format!("{good}{}", place.text("certificate.pem")));
    place.put("garbage.pem", [0xff, 0x00, 0x30, 0x82]);
    place.put("empty.pem", "");
    place.put("cut.pem", &good[..good.len() / 2]);
    place.put("changed.pem", good.replacen('M', "N", 1));
    place.put("other-label.pem", good.replace("PRIVATE KEY", "RSA PRIVATE KEY"));
    place.put("megabyte.pem", "A".repeat(1 << 20));
    place.put("oct.jwk", r#"{"kty":"oct","k":"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0","alg":"HS256"}"#);
    let before = place.json(&["keys", "list"]);
    let refusals = [
        ("weak.pem", "RSA of 2048"),
        ("p384.pem", "P-256"),
        ("encrypted.pem", "openssl pkey"),
        ("older-encrypted.pem", "openssl pkey"),
        ("certificate.pem", "is a certificate"),
        ("two.pem", "a file of its own"),
        ("with-certificate.pem", "a file of its own"),
        ("garbage.pem", "neither a PEM block"),
        ("empty.pem", "neither a PEM block"),
        ("cut.pem", "damaged"),
        ("changed.pem", "damaged"),
        ("other-label.pem", "damaged"),
        ("megabyte.pem", "larger than 64 KiB"),
    ];
    for (file, words) in refusals {
        place.refuses(&["keys", "import-pem", file], words);
        place.refuses(&["keys", "convert", file], words);
    }
    place.refuses(&["keys", "convert", "oct.jwk"], "symmetric");
    place.refuses(&["keys", "import-pem", "oct.jwk"], "tessera keys convert");
    place.refuses(&["keys", "import-pem", "public.pem"], "public key only");
    assert_eq!(place.json(&["keys", "list"]), before);
}
