//! The playground: a real client, registered once in each realm.

use actix_web::http::StatusCode;
use tessera::developer::playground::{CLIENT_ID, ensure_client};

use crate::support::app::TestApp;

#[actix_web::test]
async fn the_playgrounds_client_is_public_and_is_made_once() {
    let test = TestApp::new().await;
    let third = test.third_realm().await;
    for realm in [test.realm(), &third] {
        let now = test.clock.now();
        ensure_client(&test.app.clients, realm, now).await.unwrap();
        let client = test.app.db.client(realm.id, CLIENT_ID).await.unwrap().unwrap();
        assert_eq!(client.metadata.redirect_uris, [format!("{}/playground/callback", realm.issuer)]);
        assert!(client.secrets.is_empty() && !client.settings.skip_consent);
        ensure_client(&test.app.clients, realm, now).await.unwrap();
        let again = test.app.db.client(realm.id, CLIENT_ID).await.unwrap().unwrap();
        assert_eq!((again.id, again.updated_at), (client.id, client.updated_at), "nothing to change");
    }
}

#[actix_web::test]
async fn the_playground_is_open_to_all_and_what_comes_back_is_inert() {
    let test = TestApp::new().await;
    test.third_realm().await;
    let page = test.browser().get("/playground").await;
    assert!(page.status == StatusCode::OK && page.text().contains(r#"data-client-id="playground""#));
    let below = test.browser().below("/r/third").get("/playground").await;
    assert!(below.text().contains("http://localhost:8080/r/third/playground/callback"));
    let back = test.browser().get("/playground/callback?code=%3Cscript%3Ealert(1)&state=s").await;
    assert!(back.status == StatusCode::OK && !back.text().contains("<script>alert"));
}
