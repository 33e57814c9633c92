//! SQLite's template: the bytes of a copy that `VACUUM INTO` made, which nobody has open.

use std::path::PathBuf;

use sea_orm::ConnectionTrait as _;
use tempfile::TempDir;
use tessera::store::Location;
use tokio::sync::OnceCell;

/// A fresh copy of the template in a folder of its own.
pub(super) async fn copy_of_template() -> (PathBuf, TempDir) {
    static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
    let template = TEMPLATE.get_or_init(template).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tessera.db");
    std::fs::write(&path, template).unwrap();
    (path, folder)
}

async fn template() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let options = super::options(Location::Sqlite(folder.path().join("template.db")));
    super::make_template(&options).await;
    let copy = folder.path().join("copy.db");
    let connection = super::past_the_store(&options).await;
    connection.execute_unprepared(&format!("VACUUM INTO '{}'", copy.display())).await.unwrap();
    connection.close().await.unwrap();
    std::fs::read(copy).unwrap()
}
