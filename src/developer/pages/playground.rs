//! The playground: a page that is a real client, for looking at every request and response.

use askama::Template;

use crate::web::page::Page;

/// Where the playground starts.
#[derive(Template)]
#[template(path = "developer/playground.html")]
pub struct PlaygroundPage {
    /// The shell.
    pub page: Page,
    /// The client that the page is.
    pub client: PlaygroundClient,
}

/// Where the browser comes back to.
#[derive(Template)]
#[template(path = "developer/playground_result.html")]
pub struct PlaygroundResultPage {
    /// The shell.
    pub page: Page,
    /// The client that the page is.
    pub client: PlaygroundClient,
    /// The response's parameters as they came in the query (RFC 6749 §4.1.2, RFC 9207 §2).
    pub parameters: Vec<(String, String)>,
    /// The code; empty where the response is an error.
    pub code: String,
}

/// The playground's client and the server's endpoints, all as absolute URLs.
#[derive(Debug, Clone)]
pub struct PlaygroundClient {
    /// The issuer.
    pub issuer: String,
    /// The client's id.
    pub client_id: String,
    /// Its redirect URI.
    pub redirect_uri: String,
    /// Where it comes back to after a logout.
    pub post_logout_redirect_uri: String,
    /// What it asks for, space-separated.
    pub scope: String,
    /// The authorization endpoint.
    pub authorization_endpoint: String,
    /// The token endpoint.
    pub token_endpoint: String,
    /// The userinfo endpoint.
    pub userinfo_endpoint: String,
    /// The revocation endpoint.
    pub revocation_endpoint: String,
    /// The end session endpoint.
    pub end_session_endpoint: String,
    /// The keys.
    pub jwks_uri: String,
}

impl PlaygroundClient {
    /// Where clients begin: discovery (OIDC Discovery §4).
    pub fn discovery_url(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.issuer)
    }

    /// A shell script that makes a PKCE pair and prints the address to open (RFC 7636 §4).
    pub fn curl_authorize(&self) -> String {
        let verifier = "verifier=$(openssl rand -hex 32)";
        let digest = "printf %s \"$verifier\" | openssl dgst -sha256 -binary";
        let challenge = format!("challenge=$({digest} | openssl base64 -A | tr '+/' '-_' | tr -d '=')");
        let query = [
            ("response_type", "code"),
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", &self.scope),
            ("state", "playground"),
            ("code_challenge_method", "S256"),
        ];
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let url = format!("{}?{query}&code_challenge=", self.authorization_endpoint);
        format!("{verifier}\n{challenge}\necho {}\"$challenge\"", quoted(&url))
    }

    /// Exchanges the code for tokens (RFC 6749 §4.1.3); an empty code becomes a variable of the shell.
    pub fn curl_token(&self, code: &str) -> String {
        let code = if code.is_empty() { "\"code=$code\"".to_owned() } else { quoted(&format!("code={code}")) };
        let fixed = ["grant_type=authorization_code", "client_id=", "redirect_uri="];
        let values = ["", &self.client_id, &self.redirect_uri];
        let fields = fixed.iter().zip(values).map(|(name, value)| quoted(&format!("{name}{value}")));
        let fields: Vec<_> = fields.chain([code, "\"code_verifier=$verifier\"".to_owned()]).collect();
        curl(&self.token_endpoint, &fields)
    }

    /// Asks for the claims (OIDC Core §5.3.1).
    pub fn curl_userinfo(&self) -> String {
        format!("curl -H \"Authorization: Bearer $access_token\" {}", quoted(&self.userinfo_endpoint))
    }

    /// Renews the tokens (RFC 6749 §6).
    pub fn curl_refresh(&self) -> String {
        let client = quoted(&format!("client_id={}", self.client_id));
        let fields = ["grant_type=refresh_token".to_owned(), client, "\"refresh_token=$refresh_token\"".to_owned()];
        curl(&self.token_endpoint, &fields)
    }

    /// Gives a token back (RFC 7009 §2.1).
    pub fn curl_revoke(&self) -> String {
        let client = quoted(&format!("client_id={}", self.client_id));
        curl(&self.revocation_endpoint, &[client, "\"token=$refresh_token\"".to_owned()])
    }

    /// Reads discovery and the keys.
    pub fn curl_discovery(&self) -> String {
        format!("curl {}\ncurl {}", quoted(&self.discovery_url()), quoted(&self.jwks_uri))
    }
}

fn curl(endpoint: &str, fields: &[String]) -> String {
    let fields = fields.iter().map(|field| format!("--data-urlencode {field}"));
    let parts: Vec<_> = std::iter::once(format!("curl {}", quoted(endpoint))).chain(fields).collect();
    parts.join(" \\\n  ")
}

/// A word for a POSIX shell: in single quotes nothing has a meaning but the quote itself.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}
