//! A user who is signed in, clients of each kind and a resource server, in the template's default realm.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tessera::clock::{Clock, Timestamp};
use tessera::config::Config;
use tessera::keys::Keys;
use tessera::protocol::acr::{Acr, Amr};
use tessera::protocol::algorithm::SigningAlgorithm;
use tessera::protocol::claims::StandardClaims;
use tessera::protocol::client_metadata::ClientMetadata;
use tessera::protocol::grant_type::GrantType;
use tessera::protocol::pkce::{CodeChallenge, CodeVerifier};
use tessera::protocol::token_endpoint_auth_method::TokenEndpointAuthMethod;
use tessera::protocol::token_response::TokenResponse;
use tessera::protocol::{ErrorCode, Scope};
use tessera::random::Random;
use tessera::session::{Beginning, Secrets, Sessions};
use tessera::store::clients::Client;
use tessera::store::events::Origin;
use tessera::store::families::Family;
use tessera::store::resource_servers::{ResourceServer, ScopeDescription};
use tessera::store::sessions::Session;
use tessera::store::users::{Creation, NewUser, Status};
use tessera::tokens::family::{Authorization, Begun, Redeemed};
use tessera::tokens::refresh::RefreshRequest;
use tessera::tokens::{Error, Recipient, Result, Tokens};
use uuid::Uuid;

use crate::support::database::{Database, START};
use crate::support::realm_keys;

pub(super) const REDIRECT_URI: &str = "https://app.example.com/cb";
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(super) const API: &str = "https://api.example.com";
const EVERYTHING: &str = "openid profile offline_access read write";

pub(super) struct World<'a> {
    pub(super) database: &'a Database,
    pub(super) clock: Clock,
    pub(super) random: Random,
    pub(super) config: Config,
    pub(super) keys: Keys,
    pub(super) tokens: Tokens,
    pub(super) user: Uuid,
    pub(super) session: Session,
    pub(super) public: Client,
    pub(super) confidential: Client,
    pub(super) api: ResourceServer,
}

impl<'a> World<'a> {
    pub(super) async fn new(database: &'a Database) -> Self {
        Self::with(database, realm_keys::config()).await
    }

    pub(super) async fn with(database: &'a Database, config: Config) -> Self {
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

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn advance(&self, seconds: u64) {
        self.clock.advance(std::time::Duration::from_secs(seconds));
    }

    pub(super) async fn store_client(&self, client: &Client) {
        let client = client.clone();
        assert!(self.database.db.write(async move |tx| tx.create_client(&client).await).await.unwrap());
    }

    pub(super) async fn update_client(&self, client: &Client) {
        let client = client.clone();
        assert!(
            self.database.db.write(async move |tx| tx.update_client(&client, client.updated_at).await).await.unwrap()
        );
        self.database.db.forget(tessera::store::epochs::Cached::Clients);
    }

    pub(super) async fn store_api(&self, api: &ResourceServer) {
        let api = api.clone();
        assert!(self.database.db.write(async move |tx| tx.create_resource_server(&api).await).await.unwrap());
    }

    /// What the user authorized, as the authorization endpoint would keep it with a code.
    pub(super) fn authorization<'b>(&'b self, code: &'b str, scope: &'b Scope) -> Authorization<'b> {
        Authorization {
            redeemed: Redeemed::Code(code),
            redirect_uri: REDIRECT_URI,
            code_challenge: Some(challenge()),
            user_id: self.user,
            sub: "subject",
            session_id: self.session.id,
            scope,
            resources: &[],
            auth_time: self.session.auth_time,
            acr: Acr::OneFactor,
            amr: &[Amr::Password],
        }
    }

    pub(super) fn to<'b>(&'b self, client: &'b Client) -> Recipient<'b> {
        Recipient { realm: &self.database.realm, client, resource: None }
    }

    /// A family that was begun with a code of its own, and its refresh token.
    pub(super) async fn login(&self, client: &Client, scope: &str) -> (Family, Option<String>) {
        let (code, scope) = (self.random.text::<16>(), scope.parse().unwrap());
        self.begin(client, self.authorization(&code, &scope)).await
    }

    pub(super) async fn begin(&self, client: &Client, authorization: Authorization<'_>) -> (Family, Option<String>) {
        let begun = self.tokens.begin(self.to(client), &authorization, &Origin::default(), self.now()).await;
        match begun.unwrap() {
            Begun::Created { family, refresh_token } => (*family, refresh_token),
            other => panic!("{other:?}"),
        }
    }

    /// A login with everything, refresh token included.
    pub(super) async fn offline(&self, client: &Client) -> (Family, String) {
        let (family, refresh_token) = self.login(client, EVERYTHING).await;
        (family, refresh_token.unwrap())
    }

    pub(super) async fn refresh(&self, client: &Client, refresh_token: &str) -> Result<TokenResponse> {
        self.refresh_for(client, refresh_token, None, None).await
    }

    pub(super) async fn refresh_for(
        &self,
        client: &Client,
        refresh_token: &str,
        scope: Option<&str>,
        resource: Option<&str>,
    ) -> Result<TokenResponse> {
        let scope = scope.map(|scope| scope.parse::<Scope>().unwrap());
        let request = RefreshRequest {
            realm: &self.database.realm,
            client,
            refresh_token,
            scope: scope.as_ref(),
            resource,
            origin: &Origin::default(),
        };
        self.tokens.refresh(request, self.now()).await
    }

    /// The events of a type, in the order in which they were written, past the store.
    pub(super) async fn events(&self, event_type: &str) -> Vec<entity::event::Model> {
        use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
        let past = self.database.past_the_store().await;
        let find = entity::event::Entity::find().filter(entity::event::Column::EventType.eq(event_type));
        find.order_by_asc(entity::event::Column::Id).all(&past).await.unwrap()
    }

    pub(super) async fn family(&self, id: Uuid) -> Family {
        self.database.db.family(self.database.realm.id, id).await.unwrap().unwrap()
    }
}

/// The claims of a JWT, unverified.
pub(super) fn claims(token: &str) -> Value {
    part(token, 1)
}

/// The header of a JWT.
pub(super) fn header(token: &str) -> Value {
    part(token, 0)
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The error code of a refusal.
#[track_caller]
pub(super) fn refusal<T: std::fmt::Debug>(result: Result<T>) -> ErrorCode {
    match result {
        Err(Error::Refused(error)) => error.code(),
        other => panic!("not refused: {other:?}"),
    }
}

pub(super) fn verifier() -> CodeVerifier {
    CodeVerifier::parse(VERIFIER).unwrap()
}

/// RFC 7636 appendix B: the challenge of [`VERIFIER`].
pub(super) fn challenge() -> CodeChallenge {
    CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap()
}

pub(super) fn client(random: &Random, realm: Uuid, client_id: &str, method: TokenEndpointAuthMethod) -> Client {
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
        uris: metadata.validate().unwrap(),
        metadata,
        first_party: false,
        settings: tessera::store::clients::Settings::default(),
        disabled: false,
        not_before: Timestamp::from_millis(0),
        secrets: Vec::new(),
        created_at: START,
        updated_at: START,
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
        signing_alg: SigningAlgorithm::Es256,
        access_token_seconds: None,
        scopes: vec![scope("read"), scope("write")],
        client_id: None,
        created_at: START,
    }
}

async fn create_user(database: &Database, random: &Random, now: Timestamp) -> Uuid {
    let new = NewUser {
        id: random.id(now),
        realm_id: database.realm.id,
        sub: "subject".to_owned(),
        status: Status::Active,
        administrator: false,
        claims: StandardClaims::default(),
        identifiers: Vec::new(),
        password: None,
        now,
    };
    let id = new.id;
    let created = database.db.write(async move |tx| tx.create_user(&new).await).await.unwrap();
    assert_eq!(created, Creation::Created);
    id
}

async fn sign_in(database: &Database, random: &Random, config: &Config, user: Uuid, now: Timestamp) -> Session {
    let sessions = Sessions::new(database.db.clone(), random.clone(), config.lifetimes.clone());
    let beginning = Beginning { user, factors: vec![Amr::Password], remember: false, origin: Origin::default(), now };
    sessions.begin(&database.realm, &Secrets::default(), beginning).await.unwrap().0
}
