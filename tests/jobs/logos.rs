//! Logos of clients: fetched ahead by the guarded client, drawn anew, served by us (protocol.md "Dynamic", security.md "Outgoing
//! requests").

use actix_web::test::TestRequest;
use image::ImageFormat;
use tessera::clients::NewClient;
use tessera::store::clients::Client;

use super::backchannel::{deliver, opened, rows, status, world};
use crate::oauth::world::{Asking, Place, World};
use crate::picture::picture;
use crate::support::database::{SetUp, in_every_set_up};
use crate::support::receiver::{Behaviour, Receiver};

/// An answer that is this picture.
fn png(width: u32, height: u32) -> Behaviour {
    image("image/png", &picture(width, height, ImageFormat::Png))
}

fn image(media_type: &str, bytes: &[u8]) -> Behaviour {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\n\r\n", bytes.len());
    Behaviour::Answer([head.as_bytes(), bytes].concat())
}

async fn shown_by(world: &World, logo_uri: &str, edit: impl FnOnce(&mut NewClient)) -> Client {
    let client = world.register("pictured", |new| {
        new.metadata.logo_uri = Some(logo_uri.to_owned());
        edit(new);
    });
    client.await
}

/// The address of the logo on the login page of a request by the client.
async fn shown(world: &World) -> Option<String> {
    let browser = world.browser();
    let page = browser.follow(browser.get(&Asking::of("pictured").path()).await).await;
    assert_eq!(page.step(), Some("identifier-password"), "{}", page.text());
    address_on(page.text())
}

fn address_on(page: &str) -> Option<String> {
    let (_, image) = page.split_once(r#"<img class="app-logo"#)?;
    let (_, address) = image.split_once(r#"src=""#)?;
    Some(address.split_once('"')?.0.to_owned())
}

async fn moves_to(world: &World, logo_uri: Option<String>) {
    world.advance(1);
    let clients = &world.test.app.clients;
    let reach = tessera::clients::Reach::All;
    let mut metadata = clients.find(world.realm.id, reach, "pictured").await.unwrap().metadata;
    metadata.logo_uri = logo_uri;
    clients.update(world.realm.id, reach, "pictured", metadata, &world.operator()).await.unwrap();
}

in_every_set_up!(a_logo_is_fetched_ahead_and_shown_from_our_own_address, async |set_up| {
    let world = world(set_up).await;
    let host = Receiver::start(png(600, 300)).await;
    shown_by(&world, &host.url("/logo.png"), |_| {}).await;
    assert_eq!(shown(&world).await, None, "it is not there yet, and nobody waits for it");
    assert_eq!(host.requests().len(), 0);
    let early = world.browser();
    let asked = early.get(&Asking::of("pictured").path()).await;
    let path = asked.location().to_owned();
    deliver(&world).await;
    let address = shown(&world).await.unwrap();
    let page = early.get(&path).await;
    assert_eq!(address_on(page.text()), Some(address.clone()), "also for who asked before it was there");
    assert!(address.starts_with("/logos/"), "{address}");
    let logo = world.machine(TestRequest::get(), &address).await;
    assert_eq!((logo.status.as_u16(), logo.header("content-type")), (200, Some("image/png")));
    assert_eq!(logo.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(logo.header("content-security-policy"), Some("default-src 'none'; sandbox"));
    assert_eq!(logo.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(logo.header("set-cookie"), None);
    let drawn = image::load_from_memory_with_format(&logo.body, ImageFormat::Png).unwrap();
    assert_eq!((drawn.width(), drawn.height()), (128, 64));
    deliver(&world).await;
    assert_eq!((host.requests().len(), rows(&world, "outbox").await), (1, 0), "once, whoever looks");
    let signed_in = world.signed_in().await;
    let consent = signed_in.follow(signed_in.get(&Asking::of("pictured").path()).await).await;
    assert_eq!((consent.step(), address_on(consent.text())), (Some("consent"), Some(address.clone())));
    world.allow(&signed_in, &Asking::of("pictured")).await.code();
    assert!(signed_in.get("/account/apps").await.text().contains(&address));
    for nobody in ["/logos/x/y", &address.replace("/logos/", "/logos/0"), &address[..address.len() - 4]] {
        assert_eq!(world.machine(TestRequest::get(), nobody).await.status, 404, "{nobody}");
    }
});

in_every_set_up!(a_logo_goes_with_its_address, async |set_up| {
    let world = world(set_up).await;
    let host = Receiver::start(png(64, 64)).await;
    shown_by(&world, &host.url("/one.png"), |_| {}).await;
    deliver(&world).await;
    let first = shown(&world).await.unwrap();
    moves_to(&world, Some(host.url("/one.png"))).await;
    assert_eq!(shown(&world).await, Some(first.clone()), "another change leaves it as it is");
    host.change(png(32, 32));
    moves_to(&world, Some(host.url("/two.png"))).await;
    assert_eq!(shown(&world).await, None, "what stood elsewhere is not this one's");
    assert_eq!(
        (world.machine(TestRequest::get(), &first).await.status.as_u16(), rows(&world, "client_logos").await),
        (404, 0)
    );
    deliver(&world).await;
    assert_ne!(shown(&world).await.unwrap(), first);
    assert_eq!(host.requests().len(), 2);
    moves_to(&world, None).await;
    deliver(&world).await;
    let left = (rows(&world, "client_logos").await, rows(&world, "outbox").await, host.requests().len());
    assert_eq!((shown(&world).await, left), (None, (0, 0, 2)));
});

/// A client is changed while its logo is on its way: what comes from the address of before is not kept, and the new one is fetched.
#[actix_web::test]
async fn a_logo_that_comes_too_late_is_not_kept() {
    let world = world(SetUp::Sqlite).await;
    let host = Receiver::start(png(64, 64)).await;
    let client = shown_by(&world, &host.url("/one.png"), |_| {}).await;
    let claimed = world.test.app.outbox.claim(client.id, 1, world.test.clock.now()).await.unwrap().remove(0);
    moves_to(&world, Some(host.url("/two.png"))).await;
    world.test.app.clients.fetch_logo(&client).await.unwrap();
    world.test.app.outbox.done(claimed).await.unwrap();
    assert_eq!((shown(&world).await, rows(&world, "client_logos").await), (None, 0));
    deliver(&world).await;
    assert!(shown(&world).await.is_some());
    assert!(host.requests()[1].starts_with("GET /two.png "));
}

/// What lies inside is open to the operator's clients alone (row B8).
#[actix_web::test]
async fn the_logo_of_a_strangers_client_reaches_nothing_inside() {
    let world = world(SetUp::Sqlite).await;
    let host = Receiver::start(png(64, 64)).await;
    let owner = world.user.id;
    shown_by(&world, &host.url("/logo.png"), |new| new.owner = Some(owner)).await;
    deliver(&world).await;
    assert_eq!((shown(&world).await, host.connections().await), (None, 0));
    assert_eq!(rows(&world, "outbox").await, 0, "another try would end as this one");
}

/// What only the client can mend is given up at once; what may pass is tried again for a day.
#[actix_web::test]
async fn a_logo_that_cannot_be_had_is_tried_again_only_where_that_may_help() {
    let world = world(SetUp::Sqlite).await;
    let host = Receiver::start(status("503 Service Unavailable")).await;
    shown_by(&world, &host.url("/logo.png"), |_| {}).await;
    deliver(&world).await;
    deliver(&world).await;
    assert_eq!((host.requests().len(), rows(&world, "outbox").await), (1, 1), "not at once");
    world.advance(5);
    host.change(png(64, 64));
    deliver(&world).await;
    assert!(shown(&world).await.is_some());
    let svg = br#"<svg xmlns="http://www.w3.org/2000/svg"/>"#;
    let moved = Receiver::start(status("200 OK")).await;
    let faulty = [
        image("image/svg+xml", svg),
        image("image/png", svg),
        image("image/png", &picture(64, 64, ImageFormat::Png)[..50]),
        image("image/png", &vec![0; 2_000_000]),
        png(2049, 8),
        status("404 Not Found"),
        crate::support::receiver::answer("302 Found", &format!("location: {}\r\n", moved.url("/")), ""),
    ];
    for (number, behaviour) in faulty.into_iter().enumerate() {
        host.change(behaviour);
        moves_to(&world, Some(host.url(&format!("/{number}.png")))).await;
        deliver(&world).await;
        assert_eq!((shown(&world).await, rows(&world, "outbox").await), (None, 0), "{number}");
    }
    assert_eq!(moved.connections().await, 0, "a redirect is not followed");
    host.change(status("503 Service Unavailable"));
    moves_to(&world, Some(host.url("/down.png"))).await;
    let asked = host.requests().len();
    for _ in 0..30 {
        deliver(&world).await;
        world.advance(3600);
    }
    assert_eq!(rows(&world, "outbox").await, 0, "after a day it is given up");
    assert!(host.requests().len() > asked + 20);
}

/// A deleted client takes its logo along, and what waits to be fetched for it.
#[actix_web::test]
async fn nothing_of_a_deleted_clients_logo_stays() {
    let world = World::at(SetUp::Sqlite, Place::Path, opened).await;
    let host = Receiver::start(png(64, 64)).await;
    shown_by(&world, &host.url("/logo.png"), |_| {}).await;
    deliver(&world).await;
    let address = shown(&world).await.unwrap();
    assert!(!address.contains("/r/"), "a row's id needs no realm: {address}");
    moves_to(&world, Some(host.url("/other.png"))).await;
    let clients = &world.test.app.clients;
    clients.delete(world.realm.id, tessera::clients::Reach::All, "pictured", &world.operator()).await.unwrap();
    deliver(&world).await;
    assert_eq!((rows(&world, "client_logos").await, rows(&world, "outbox").await), (0, 0));
    assert_eq!(host.requests().len(), 1);
}
