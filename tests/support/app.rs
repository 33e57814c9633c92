//! A whole server in process: every page, on a database of the test's own, with a clock that stands still and random values that
//! repeat.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::middleware::from_fn;
use actix_web::test::{self, TestRequest};
use actix_web::web::{Bytes, Data};
use tessera::app::{App, create_realm};
use tessera::clock::Clock;
use tessera::config::{Config, PublicUrl};
use tessera::ephemeral::Ephemeral;
use tessera::protocol::identifier::IdentifierKind;
use tessera::random::Random;
use tessera::secret::Secret;
use tessera::server::Parts;
use tessera::store::events::By;
use tessera::store::realms::{NewRealm, Realm};
use tessera::store::users::User;
use tessera::store::{Db, Options};
use tessera::users::{Account, NewPassword};

use super::away::Away;
use super::browser::Browser;
use super::database::{Database, START, SetUp};
use super::realm_keys;

/// The password of every user that a test makes, unless it says otherwise.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A server.
pub(crate) struct TestApp {
    pub(crate) database: Database,
    pub(crate) app: Data<App>,
    pub(crate) clock: Clock,
    pub(crate) send: Send,
    /// Whether the ephemeral store is out of reach.
    pub(crate) away: Arc<AtomicBool>,
    /// How many interactions, codes and the like were kept there.
    pub(crate) kept: Arc<AtomicU64>,
    /// Shows what went wrong to whoever reads the output of a test that failed.
    _log: tracing::subscriber::DefaultGuard,
}

/// Sends a request to a server.
pub(crate) type Send = Rc<dyn Fn(TestRequest) -> Pin<Box<dyn Future<Output = Answer>>>>;

/// What a server answers.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl TestApp {
    /// A server with the configuration of a new installation.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A server on SQLite with a configuration of its own.
    pub(crate) async fn with(edit: impl FnOnce(&mut Config)) -> Self {
        Self::on(SetUp::Sqlite, edit).await
    }

    /// A server on any set-up.
    pub(crate) async fn on(set_up: SetUp, edit: impl FnOnce(&mut Config)) -> Self {
        let database = Database::new(set_up).await;
        let (clock, random) = (Clock::manual(START), Random::seeded(1));
        let mut config = Config::default();
        edit(&mut config);
        let (away, kept) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let ephemeral = Ephemeral::new(Away::new(database.ephemeral.clone(), Arc::clone(&away), Arc::clone(&kept)));
        let db = at(&config.server.public_url, &database).await;
        let keys = realm_keys::keys(&database, &config).await;
        let app = App::assemble(config, db, ephemeral, false, keys, clock.clone(), random).unwrap();
        let app = Data::new(app);
        let send = serve(app.clone()).await;
        let log = tracing_subscriber::fmt().with_test_writer().with_max_level(tracing::Level::WARN).finish();
        Self { database, app, clock, send, away, kept, _log: tracing::subscriber::set_default(log) }
    }

    /// A browser that has never been here, at the default realm.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.send.clone())
    }

    /// The default realm.
    pub(crate) fn realm(&self) -> &Realm {
        &self.database.realm
    }

    /// A further realm, which has no host name: it is below `/r/third`.
    pub(crate) async fn third_realm(&self) -> Realm {
        let id = self.app.random.id(START);
        let realm = NewRealm { id, slug: "third".to_owned(), host: None, name: "Third".to_owned(), now: START };
        let App { db, keys, random, config, .. } = &**self.app;
        assert!(create_realm(db, keys, random, &config.keys.algorithms, realm).await.unwrap());
        (*self.app.db.realm_by_id(id).await.unwrap().unwrap()).clone()
    }

    /// A user of the default realm, with [`PASSWORD`].
    pub(crate) async fn user(&self, email: &str) -> User {
        self.user_of(self.realm(), email, |_| {}).await
    }

    /// An administrator of the default realm.
    pub(crate) async fn administrator(&self, email: &str) -> User {
        self.user_of(self.realm(), email, |account| account.administrator = true).await
    }

    /// A user of the default realm whose password must be changed first.
    pub(crate) async fn user_with_temporary_password(&self, email: &str) -> User {
        let temporary = |account: &mut Account| account.password.as_mut().unwrap().temporary = true;
        self.user_of(self.realm(), email, temporary).await
    }

    /// Any user.
    pub(crate) async fn user_of(&self, realm: &Realm, email: &str, edit: impl FnOnce(&mut Account)) -> User {
        let mut account = Account {
            identifiers: vec![(IdentifierKind::Email, email.to_owned())],
            password: Some(NewPassword { password: Secret::from(PASSWORD), temporary: false }),
            ..Account::default()
        };
        account.claims.name = Some(email.split('@').next().unwrap().to_owned());
        edit(&mut account);
        self.app.users.create(realm.id, account, &By::operator(self.clock.now())).await.unwrap()
    }

    /// The sessions of a user that are live.
    pub(crate) async fn sessions(&self, user: &User) -> usize {
        self.app.db.sessions_of(user.realm_id, user.id, self.clock.now()).await.unwrap().len()
    }
}

/// The database under the public URL that is configured: issuers come from it.
async fn at(public_url: &PublicUrl, database: &Database) -> Db {
    let options = Options { public_url: public_url.clone(), ..database.options() };
    if options.public_url == database.options().public_url {
        database.db.clone()
    } else {
        Db::connect(&options).await.unwrap()
    }
}

/// Serves an app in process.
pub(super) async fn serve(app: Data<App>) -> Send {
    let parts = Parts::new(app);
    let service = actix_web::App::new()
        .wrap(from_fn(tessera::web::headers::secure))
        .wrap(from_fn(tessera::server::observe::observe))
        .configure(|cfg| parts.mount(cfg));
    let service = Rc::new(test::init_service(service).await);
    Rc::new(move |request: TestRequest| {
        let service = Rc::clone(&service);
        Box::pin(async move {
            let response = test::call_service(&*service, request.to_request()).await;
            let (status, headers) = (response.status(), response.headers().clone());
            Answer { status, headers, body: test::read_body(response).await }
        })
    })
}

impl Answer {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Where it sends the browser, after a GET or a POST: always 303.
    #[track_caller]
    pub(crate) fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text());
        self.header("location").expect("a redirect has a location")
    }

    /// The body.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Whether the page has an element with this id.
    pub(crate) fn has_id(&self, id: &str) -> bool {
        self.text().contains(&format!(r#"id="{id}""#))
    }

    /// The value of the page's first input with this name.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.values(name).into_iter().next()
    }

    /// The values of every input and button with this name.
    pub(crate) fn values(&self, name: &str) -> Vec<String> {
        let tags = self.text().split('<').filter(|tag| tag.contains(&format!(r#"name="{name}""#)));
        tags.filter_map(|tag| Some(tag.split_once(r#"value=""#)?.1.split('"').next()?.to_owned())).collect()
    }

    /// The address of the page's link or form with this id.
    pub(crate) fn link(&self, id: &str) -> Option<String> {
        let tag = self.text().split('<').find(|tag| tag.contains(&format!(r#"id="{id}""#)))?;
        let address = tag.split_once(r#"href=""#).or_else(|| tag.split_once(r#"action=""#))?.1.split('"').next()?;
        Some(address.replace("&#38;", "&").replace("&amp;", "&"))
    }

    /// The fixed word of the step or failure that the page is about.
    pub(crate) fn step(&self) -> Option<&str> {
        self.text().split_once(r#"data-step=""#)?.1.split('"').next()
    }
}
