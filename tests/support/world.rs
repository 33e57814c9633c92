//! A user who is signed in, clients of each kind and a resource server, in the template's default realm.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tessera::clock::{Clock, Timestamp};
use tessera::config::Config;
use tessera::keys::Keys;
use tessera::protocol::access_token::ClaimSet;
use tessera::protocol::acr::{Acr, Amr};
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::claims::{Address, StandardClaims};
use tessera::protocol::claims_request::RequestedClaims;
use tessera::protocol::client_metadata::ClientMetadata;
use tessera::protocol::grant_type::GrantType;
use tessera::protocol::identifier::{Identifier, IdentifierKind};
use tessera::protocol::pkce::{CodeChallenge, CodeVerifier};
use tessera::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;
use tessera::protocol::token_response::TokenResponse;
use tessera::protocol::{ErrorCode, Scope};
use tessera::random::Random;
use tessera::secret::Secret;
use tessera::session::{Beginning, Secrets, Sessions};
use tessera::store::clients::{Client, ClientSecret};
use tessera::store::events::Origin;
use tessera::store::families::{Basis, Family};
use tessera::store::resource_servers::{ResourceServer, ScopeDescription, TokenForm};
use tessera::store::sessions::Session;
use tessera::store::users::{Creation, NewUser, Status};
use tessera::tokens::family::{Authorization, Begun, Redeemed};
use tessera::tokens::issue::Grant;
use tessera::tokens::refresh::RefreshRequest;
use tessera::tokens::resources::Resources;
use tessera::tokens::{Error, Recipient, Result, Tokens};
use uuid::Uuid;

use super::database::{Database, START};
use super::realm_keys;

pub(crate) const REDIRECT_URI: &str = "https://app.example.com/cb";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const API: &str = "https://api.example.com";
/// The secret of every client that has one.
pub(crate) const SECRET: &str = "qZ3vW1sXn5kT8bYc2LrJ0aHd7mFgUoPe";
static NO_CLAIMS: RequestedClaims = RequestedClaims { userinfo: Vec::new(), id_token: Vec::new() };
const EVERYTHING: &str = "openid profile offline_access read write";

pub(crate) struct World<'a> {
    pub(crate) database: &'a Database,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) config: Config,
    pub(crate) keys: Keys,
    pub(crate) tokens: Tokens,
    pub(crate) user: Uuid,
    pub(crate) session: Session,
    pub(crate) public: Client,
    pub(crate) confidential: Client,
    pub(crate) api: ResourceServer,
}

impl<'a> World<'a> {
    pub(crate) async fn new(database: &'a Database) -> Self {
        Self::with(database, realm_keys::config()).await
    }

    pub(crate) async fn with(database: &'a Database, config: Config) -> Self {
        let (db, random) = (database.db.clone(), Random::seeded(1));
        let clock = Clock::manual(START + std::time::Duration::from_mins(10));
        let keys = realm_keys::keys(database, &config).await;
        let user = create_user(database, &random, clock.now()).await;
        let session = sign_in(database, &random, &config, user, clock.now()).await;
        let world = Self {
            tokens: Tokens::new(db, keys.clone(), random.clone(), &config),
            public: client(&random, database.realm.id, "public", TokenEndpointAuthMethod::None),
            confidential: client(&random, database.realm.id, "web", TokenEndpointAuthMethod::ClientSecretBasic),
            api: resource_server(&random, database.realm.id),
            database,
            clock,
            random,
            config,
            keys,
            user,
            session,
        };
        world.store_client(&world.public).await;
        world.store_client(&world.confidential).await;
        world.store_api(&world.api).await;
        world
    }

    /// The user signs in again: the session of all that is authorized from now on.
    pub(crate) async fn sign_in_again(&mut self) {
        self.session = sign_in(self.database, &self.random, &self.config, self.user, self.now()).await;
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(std::time::Duration::from_secs(seconds));
    }

    pub(crate) async fn store_client(&self, client: &Client) {
        let client = client.clone();
        assert!(self.database.db.write(async move |tx| tx.create_client(&client).await).await.unwrap());
    }

    pub(crate) async fn update_client(&self, client: &Client) {
        let client = client.clone();
        assert!(
            self.database.db.write(async move |tx| tx.update_client(&client, client.updated_at).await).await.unwrap()
        );
        self.database.db.forget(tessera::store::epochs::Cached::Clients);
    }

    pub(crate) async fn store_api(&self, api: &ResourceServer) {
        let api = api.clone();
        assert!(self.database.db.write(async move |tx| tx.create_resource_server(&api).await).await.unwrap());
    }

    /// What the user authorized, as the authorization endpoint would keep it with a code.
    pub(crate) fn authorization<'b>(&'b self, code: &'b str, scope: &'b Scope) -> Authorization<'b> {
        Authorization {
            redeemed: Redeemed::Code(code),
            basis: Basis { authorized_at: self.now(), grant_id: None, session_id: self.session.id },
            redirect_uri: REDIRECT_URI,
            code_challenge: Some(challenge()),
            user_id: self.user,
            sub: "subject",
            scope,
            resources: &[],
            claims: &NO_CLAIMS,
            auth_time: self.session.auth_time,
            acr: Acr::OneFactor,
            amr: &[Amr::Password],
        }
    }

    pub(crate) fn to<'b>(&'b self, client: &'b Client) -> Recipient<'b> {
        Recipient { realm: &self.database.realm, client, resources: Resources::default(), id_token_key: None }
    }

    /// A family that was begun with a code of its own, and its refresh token.
    pub(crate) async fn login(&self, client: &Client, scope: &str) -> (Family, Option<String>) {
        let (code, scope) = (self.random.text::<16>(), scope.parse().unwrap());
        self.begin(client, self.authorization(&code, &scope)).await
    }

    pub(crate) async fn begin(&self, client: &Client, authorization: Authorization<'_>) -> (Family, Option<String>) {
        let begun = self.tokens.begin(self.to(client), &authorization, &Origin::default(), self.now()).await;
        match begun.unwrap() {
            Begun::Created { family, refresh_token } => (*family, refresh_token),
            other => panic!("{other:?}"),
        }
    }

    /// A login with everything, refresh token included.
    pub(crate) async fn offline(&self, client: &Client) -> (Family, String) {
        let (family, refresh_token) = self.login(client, EVERYTHING).await;
        (family, refresh_token.unwrap())
    }

    pub(crate) async fn refresh(&self, client: &Client, refresh_token: &str) -> Result<TokenResponse> {
        self.refresh_for(client, refresh_token, None, None).await
    }

    pub(crate) async fn refresh_for(
        &self,
        client: &Client,
        refresh_token: &str,
        scope: Option<&str>,
        resource: Option<&str>,
    ) -> Result<TokenResponse> {
        let scope = scope.map(|scope| scope.parse::<Scope>().unwrap());
        let resources: Vec<_> = resource.into_iter().map(str::to_owned).collect();
        let request = RefreshRequest {
            realm: &self.database.realm,
            client,
            refresh_token,
            scope: scope.as_ref(),
            resources: &resources,
            id_token_key: None,
            origin: &Origin::default(),
        };
        self.tokens.refresh(request, self.now()).await
    }

    /// An access token of the user, for a client.
    pub(crate) async fn user_token(&self, client: &Client, scope: &str, resource: Option<&ResourceServer>) -> String {
        let (family, _) = self.login(client, scope).await;
        let servers = alone(resource);
        let to = Recipient { resources: Resources::of(&servers).unwrap(), ..self.to(client) };
        let grant = Grant::User { family: &family, scope: &family.scope, refresh_token: None, nonce: None };
        self.tokens.issue(to, grant, self.now()).await.unwrap().access_token
    }

    /// An access token of the confidential client itself.
    pub(crate) async fn client_token(&self, resource: Option<&ResourceServer>) -> String {
        let servers = alone(resource);
        let to = Recipient { resources: Resources::of(&servers).unwrap(), ..self.to(&self.confidential) };
        let scope = "read".parse().unwrap();
        self.tokens.issue(to, Grant::Client { scope: &scope }, self.now()).await.unwrap().access_token
    }

    /// The events of a type, in the order in which they were written, past the store.
    pub(crate) async fn events(&self, event_type: &str) -> Vec<entity::event::Model> {
        use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
        let past = self.database.past_the_store().await;
        let find = entity::event::Entity::find().filter(entity::event::Column::EventType.eq(event_type));
        find.order_by_asc(entity::event::Column::Id).all(&past).await.unwrap()
    }

    pub(crate) async fn family(&self, id: Uuid) -> Family {
        self.database.db.family(self.database.realm.id, id).await.unwrap().unwrap()
    }
}

/// One resource server, or none.
pub(crate) fn alone(server: Option<&ResourceServer>) -> Vec<Arc<ResourceServer>> {
    server.cloned().map(Arc::new).into_iter().collect()
}

/// The claims of a JWT, unverified.
pub(crate) fn claims(token: &str) -> Value {
    part(token, 1)
}

/// The header of a JWT.
pub(crate) fn header(token: &str) -> Value {
    part(token, 0)
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The error code of a refusal.
#[track_caller]
pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T>) -> ErrorCode {
    match result {
        Err(Error::Refused(error)) => error.code(),
        other => panic!("not refused: {other:?}"),
    }
}

pub(crate) fn verifier() -> CodeVerifier {
    CodeVerifier::parse(VERIFIER).unwrap()
}

/// RFC 7636 appendix B: the challenge of [`VERIFIER`].
pub(crate) fn challenge() -> CodeChallenge {
    CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap()
}

pub(crate) fn client(random: &Random, realm: Uuid, client_id: &str, method: TokenEndpointAuthMethod) -> Client {
    let mut grant_types = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
    if method != TokenEndpointAuthMethod::None {
        grant_types.push(GrantType::ClientCredentials);
    }
    let metadata = ClientMetadata {
        redirect_uris: vec![REDIRECT_URI.to_owned()],
        grant_types,
        token_endpoint_auth_method: method,
        ..ClientMetadata::default()
    };
    Client {
        id: random.id(START),
        realm_id: realm,
        client_id: client_id.to_owned(),
        owner_id: None,
        registrant: tessera::protocol::registrant::Registrant::Operator,
        used: false,
        logo: None,
        uris: metadata.validate().unwrap(),
        metadata,
        first_party: false,
        settings: tessera::store::clients::Settings::default(),
        disabled: false,
        not_before: Timestamp::from_millis(0),
        secrets: if method == TokenEndpointAuthMethod::None { Vec::new() } else { vec![secret(random)] },
        created_at: START,
        updated_at: START,
    }
}

fn secret(random: &Random) -> ClientSecret {
    ClientSecret {
        id: random.id(START),
        hash: Secret::from(SECRET).sha256(),
        sealed: None,
        expires_at: None,
        created_at: START,
    }
}

fn resource_server(random: &Random, realm: Uuid) -> ResourceServer {
    let scope = |scope: &str| ScopeDescription { scope: scope.to_owned(), description: scope.to_owned() };
    ResourceServer {
        id: random.id(START),
        realm_id: realm,
        identifier: API.to_owned(),
        name: "API".to_owned(),
        issuer: None,
        form: TokenForm::Signed(SigningAlgorithm::Es256),
        claim_set: ClaimSet::Rfc9068,
        access_token_seconds: None,
        scopes: vec![scope("read"), scope("write")],
        client_id: None,
        created_at: START,
        updated_at: START,
    }
}

async fn create_user(database: &Database, random: &Random, now: Timestamp) -> Uuid {
    let new = NewUser {
        id: random.id(now),
        realm_id: database.realm.id,
        sub: "subject".to_owned(),
        status: Status::Active,
        administrator: false,
        claims: profile(),
        identifiers: vec![
            (random.id(now), identifier(IdentifierKind::UserName, "alice"), None),
            (random.id(now), identifier(IdentifierKind::Email, "Alice@example.com"), Some(now)),
            (random.id(now), identifier(IdentifierKind::Phone, "+49 151 12345678"), None),
        ],
        password: None,
        now,
    };
    let id = new.id;
    let created = database.db.write(async move |tx| tx.create_user(&new).await).await.unwrap();
    assert_eq!(created, Creation::Created);
    id
}

fn identifier(kind: IdentifierKind, text: &str) -> Identifier {
    Identifier::parse(kind, text).unwrap()
}

/// Every claim of the scopes profile and address.
fn profile() -> StandardClaims {
    let text = |text: &str| Some(text.to_owned());
    StandardClaims {
        name: text("Alice Example"),
        given_name: text("Alice"),
        family_name: text("Example"),
        middle_name: text("M"),
        nickname: text("Al"),
        profile: text("https://example.com/alice"),
        picture: text("https://example.com/alice.png"),
        website: text("https://alice.example.com"),
        gender: text("female"),
        birthdate: text("0000-10-31"),
        zoneinfo: text("Europe/Paris"),
        locale: text("en-GB"),
        address: Some(Address { country: text("FR"), ..Address::default() }),
        ..StandardClaims::default()
    }
}

async fn sign_in(database: &Database, random: &Random, config: &Config, user: Uuid, now: Timestamp) -> Session {
    let sessions = Sessions::new(database.db.clone(), random.clone(), config.lifetimes.clone());
    let beginning =
        Beginning { user, factors: vec![Amr::Password], proven: None, remember: false, origin: Origin::default(), now };
    sessions.begin(&database.realm, &Secrets::default(), beginning).await.unwrap().expect("a user who may sign in").0
}
