//! What no row can be called is neither looked for nor remembered: strangers may ask for any number of such names.

use tessera::protocol::client_id_metadata_document::MAX_URL;
use tessera::protocol::resource;
use tessera::store::clients::Client;
use tessera::store::realms::{MAX_HOST, MAX_SLUG, NewRealm};

use super::{clients, records};
use crate::support::database::{START, on_both_databases};

fn repeated(beginning: &str, longest: usize) -> String {
    format!("{beginning}{}", "x".repeat(longest - beginning.len()))
}

on_both_databases!(what_no_row_can_be_called_costs_no_statement, async |database| {
    let realm = database.realm.id;
    // Without its database a node knows this, and nothing else.
    let (db, _) = database.another_node().await;
    db.close().await;
    for name in ["a\0", "\0", "a\nb", "\u{1b}", "\u{7f}"] {
        assert!(db.client(realm, name).await.unwrap().is_none(), "{name:?}");
        assert!(db.realm_by_slug(name).await.unwrap().is_none(), "{name:?}");
        assert!(db.realm_by_host(name).await.unwrap().is_none(), "{name:?}");
        assert!(db.resource_server(realm, name).await.unwrap().is_none(), "{name:?}");
    }
    assert!(db.client(realm, &repeated("a", MAX_URL + 1)).await.unwrap().is_none());
    assert!(db.realm_by_slug(&repeated("a", MAX_SLUG + 1)).await.unwrap().is_none());
    assert!(db.realm_by_host(&repeated("a", MAX_HOST + 1)).await.unwrap().is_none());
    assert!(db.resource_server(realm, &repeated("a", resource::MAX_BYTES + 1)).await.unwrap().is_none());

    assert!(db.client(realm, "a").await.is_err());
    assert!(db.realm_by_slug("a").await.is_err());
    assert!(db.realm_by_host("a").await.is_err());
    assert!(db.resource_server(realm, "a").await.is_err());
});

on_both_databases!(the_longest_names_are_found, async |database| {
    let (db, realm) = (&database.db, database.realm.id);
    let client_id = repeated("https://app.example.com/", MAX_URL);
    let client = Client { client_id: client_id.clone(), ..records::new_client(database, &database.realm, "app") };
    assert!(db.write(async move |tx| tx.create_client(&client).await).await.unwrap());
    assert_eq!(db.client(realm, &client_id).await.unwrap().unwrap().client_id, client_id);

    let (slug, host) = (repeated("a", MAX_SLUG), repeated("www.", MAX_HOST));
    let new = NewRealm {
        id: database.random.id(START),
        slug: slug.clone(),
        host: Some(host.clone()),
        name: "Long".to_owned(),
        now: START,
    };
    assert!(db.write(async move |tx| tx.create_realm(&new).await).await.unwrap());
    assert_eq!(db.realm_by_slug(&slug).await.unwrap().unwrap().slug, slug);
    assert_eq!(db.realm_by_host(&host.to_uppercase()).await.unwrap().unwrap().host, Some(host));

    let server = clients::new_server(database, &repeated("https://api.example.com/", resource::MAX_BYTES));
    let identifier = server.identifier.clone();
    assert!(db.write(async move |tx| tx.create_resource_server(&server).await).await.unwrap());
    assert_eq!(db.resource_server(realm, &identifier).await.unwrap().unwrap().identifier, identifier);
});
