//! Configuration for the usual client libraries, ready to be copied.

use askama::Template;

/// What one library needs.
#[derive(Debug, Clone)]
pub struct Snippet {
    /// The library's name.
    pub library: &'static str,
    /// What it is for.
    pub platform: &'static str,
    /// The code.
    pub code: String,
}

/// The client that is to be configured.
#[derive(Debug, Clone)]
pub struct SnippetClient {
    /// The issuer.
    pub issuer: String,
    /// The client's id.
    pub client_id: String,
    /// Its secret, or a placeholder; nothing for a public client.
    pub secret: Option<String>,
    /// Its first redirect URI.
    pub redirect_uri: String,
    /// What it asks for.
    pub scopes: Vec<String>,
}

/// Configuration for each library that fits the client: those for servers need a secret.
pub fn snippets(client: &SnippetClient) -> Vec<Snippet> {
    let any = [
        snippet("openid-client", "JavaScript", &OpenidClient { client }),
        snippet("openidconnect", "Rust", &OpenidconnectCrate { client }),
    ];
    let server = [
        snippet("Auth.js", "Next.js", &AuthJs { client }),
        snippet("Spring Security", "Java", &SpringSecurity { client }),
        snippet("Authlib", "Python, Flask", &Authlib { client }),
        snippet("oauth2-proxy", "Proxy", &Oauth2Proxy { client }),
    ];
    let server = server.into_iter().filter(|_| client.secret.is_some());
    any.into_iter().chain(server).collect()
}

fn snippet(library: &'static str, platform: &'static str, template: &impl Template) -> Snippet {
    Snippet { library, platform, code: template.render().unwrap_or_default() }
}

macro_rules! snippet_templates {
    ($($name:ident $path:literal),* $(,)?) => {$(
        #[derive(Template)]
        #[template(path = $path, escape = "none")]
        struct $name<'a> {
            client: &'a SnippetClient,
        }
    )*};
}

snippet_templates! {
    OpenidClient "developer/snippets/openid_client.txt",
    OpenidconnectCrate "developer/snippets/openidconnect.txt",
    AuthJs "developer/snippets/auth_js.txt",
    SpringSecurity "developer/snippets/spring_security.txt",
    Authlib "developer/snippets/authlib.txt",
    Oauth2Proxy "developer/snippets/oauth2_proxy.txt",
}

impl SnippetClient {
    /// A string literal that means the same in JavaScript, Python, Rust, TOML and YAML: nothing in an identifier, a
    /// secret of ours or a URI needs more than a quote and a backslash escaped.
    #[expect(clippy::unused_self, reason = "templates call it on what they have")]
    fn quoted(&self, text: &str) -> String {
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
    }

    fn scope(&self) -> String {
        self.scopes.join(" ")
    }

    fn secret_text(&self) -> &str {
        self.secret.as_deref().unwrap_or("")
    }

    /// Whether libraries must be told that this server is reached without TLS, as on one's own machine.
    fn is_plain_http(&self) -> bool {
        self.issuer.starts_with("http://")
    }
}
