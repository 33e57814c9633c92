//! What the access tokens of a resource server are like, by name.

use tessera::protocol::access_token::{ACCESS, ClaimSet, TokenFormat};
use tessera::protocol::algorithm::{JwsAlgorithm, SigningAlgorithm};
use tessera::protocol::claims::Audience;

/// The names that the database, the command line and the documentation share.
#[test]
fn the_names_of_forms_stay() {
    assert_eq!(TokenFormat::ALL.iter().map(ToString::to_string).collect::<Vec<_>>(), ["jwt", "opaque"]);
    assert_eq!(ClaimSet::ALL.iter().map(ToString::to_string).collect::<Vec<_>>(), ["rfc9068", "tekcify"]);
    assert!("JWT".parse::<TokenFormat>().is_err() && "".parse::<ClaimSet>().is_err());
    assert_eq!(ACCESS, "access");
}

/// Both lists of algorithms name the same ones alike; HS256 is no algorithm of a key pair.
#[test]
fn every_signing_algorithm_is_one_of_tokens() {
    for algorithm in SigningAlgorithm::ALL {
        assert_eq!((algorithm.as_jws().signing(), algorithm.as_jws().as_str()), (Some(*algorithm), algorithm.as_str()));
    }
    assert_eq!(JwsAlgorithm::Hs256.signing(), None);
}

/// RFC 7519 §4.1.3: one text, or several.
#[test]
fn an_audience_is_one_or_several() {
    let several: Audience<'_> = serde_json::from_str(r#"["a","b"]"#).unwrap();
    assert_eq!(several.iter().collect::<Vec<_>>(), ["a", "b"]);
    assert!(several.contains("b") && !several.contains("ab"));
    assert_eq!(Audience::One("a".into()).iter().collect::<Vec<_>>(), ["a"]);
}
