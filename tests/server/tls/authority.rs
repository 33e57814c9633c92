//! A certificate authority of a test's own.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::RootCertStore;

/// The names of every certificate that is not made for others.
pub(super) const HOST: &str = "id.example.test";
pub(super) const TENANT: &str = "tenant.example.test";

pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate chain and its key, in PEM.
pub(super) struct Issued {
    pub(super) chain: String,
    pub(super) key: String,
}

impl Authority {
    pub(super) fn new() -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, "authority of a test");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate for [`HOST`] and [`TENANT`].
    pub(super) fn issue(&self) -> Issued {
        self.issue_with(&KeyPair::generate().unwrap(), |_| {})
    }

    pub(super) fn issue_with(&self, key: &KeyPair, edit: impl FnOnce(&mut CertificateParams)) -> Issued {
        let mut parameters = CertificateParams::new([HOST, TENANT].map(str::to_owned)).unwrap();
        parameters.not_before = date_time_ymd(2020, 1, 1);
        parameters.not_after = date_time_ymd(2100, 1, 1);
        edit(&mut parameters);
        let certificate = parameters.signed_by(key, &self.0).unwrap();
        Issued { chain: format!("{}{}", certificate.pem(), self.pem()), key: key.serialize_pem() }
    }

    pub(super) fn pem(&self) -> String {
        self.0.as_ref().pem()
    }

    /// What a client that trusts it alone trusts.
    pub(super) fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.as_ref().der().clone()).unwrap();
        roots
    }
}

impl Issued {
    /// Puts both where a server looks for them.
    pub(super) fn write(&self, folder: &Path) {
        let (chain, key) = files(folder);
        std::fs::write(chain, &self.chain).unwrap();
        std::fs::write(key, &self.key).unwrap();
    }
}

/// Where [`Issued::write`] puts chain and key.
pub(super) fn files(folder: &Path) -> (PathBuf, PathBuf) {
    (folder.join("fullchain.pem"), folder.join("privkey.pem"))
}
