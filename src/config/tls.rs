//! `[tls]`: https by Tessera itself.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// https by Tessera itself. Without it `server.listen` speaks plain http: for this machine, or for a proxy that ends TLS.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// A file of PEM with the certificate of `server.public_url`'s host, then those between it and its authority. With it
    /// `server.listen` speaks https (HTTP/2 and HTTP/1.1). When the file changes it is read again within seconds.
    #[schemars(extend("examples" = ["/etc/tessera/fullchain.pem"]))]
    pub certificate_file: Option<PathBuf>,
    /// A file of PEM with the certificate's private key (PKCS#8, PKCS#1 or SEC1, without a passphrase).
    #[schemars(extend("examples" = ["/etc/tessera/privkey.pem"]))]
    pub key_file: Option<PathBuf>,
    /// Make a certificate for this machine alone, as `tessera serve --dev-tls` does. Unless they are set, `server.listen` is then
    /// 127.0.0.1:8443, and `server.public_url` https://localhost with that port.
    pub development: bool,
}

impl Tls {
    /// Whether `server.listen` speaks https.
    pub fn is_on(&self) -> bool {
        self.development || self.certificate_file.is_some() || self.key_file.is_some()
    }
}
