//! Certificates that change while the server runs.

use http::Method;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::process::Command;

use super::authority::{Issued, files};
use super::site::{SOON, Site};
use crate::support::eventually;

fn leaf(issued: &Issued) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(issued.chain.as_bytes()).unwrap()
}

async fn hang_up(site: &Site) {
    let sent = Command::new("kill").args(["-HUP", &site.server.pid().to_string()]).status().await.unwrap();
    assert!(sent.success());
}

async fn shows(site: &Site, issued: &Issued) {
    eventually(SOON, async || (site.shown().await == leaf(issued)).then_some(())).await;
}

fn told(site: &Site) -> usize {
    site.server.log().matches("the old certificate stays in use").count()
}

/// Nobody says anything to the server: it looks every two seconds. Connections that were there go on.
#[tokio::test]
async fn a_new_certificate_is_used_for_new_connections_and_the_others_go_on() {
    let site = Site::new(&[]).await;
    let (mut sender, connection) = site.h2().await;
    let connection = tokio::spawn(connection);
    let before = site.shown().await;
    let next = site.authority.issue();
    assert_ne!(before, leaf(&next));
    next.write(&site.installation.folder());
    shows(&site, &next).await;
    let (answer, _) = sender.send_request(site.request(Method::GET, "/readyz").body(()).unwrap(), true).unwrap();
    assert_eq!(answer.await.unwrap().status(), 200);
    assert_eq!(told(&site), 0, "{}", site.server.log());
    connection.abort();
}

/// The old one goes on, the log says so once, and the next right one is taken.
#[tokio::test]
async fn a_broken_certificate_is_told_once_and_not_used() {
    let site = Site::new(&[]).await;
    let (before, folder) = (site.shown().await, site.installation.folder());
    let next = site.authority.issue();
    std::fs::write(files(&folder).0, &next.chain).unwrap();
    eventually(SOON, async || (told(&site) == 1).then_some(())).await;
    assert!(site.server.log().contains("privkey.pem"), "{}", site.server.log());
    assert_eq!(site.shown().await, before);
    // Another fault is another line; asked for by SIGHUP it comes at once, and it is the same fault ever after.
    std::fs::remove_file(files(&folder).1).unwrap();
    hang_up(&site).await;
    eventually(SOON, async || (told(&site) == 2).then_some(())).await;
    hang_up(&site).await;
    assert_eq!(site.shown().await, before);
    assert!(site.is_well().await, "its files are no reason to start it again");
    next.write(&folder);
    hang_up(&site).await;
    shows(&site, &next).await;
    assert_eq!(told(&site), 2, "{}", site.server.log());
}
