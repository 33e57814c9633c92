//! What is done between the proof of a password and what follows from it.

use std::future::Future;
use std::pin::Pin;

use tessera::credentials::password::Passwords;

/// What becomes of `change` if `meanwhile` is done once its first password is being computed, and before its second one is: the
/// pool, which must be of one worker, waits for it.
pub(crate) fn overtaken<'a, T: 'a>(
    passwords: &'a Passwords,
    change: impl Future<Output = T> + 'a,
    meanwhile: impl Future<Output = ()> + 'a,
) -> Pin<Box<dyn Future<Output = T> + 'a>> {
    let before = passwords.pool().started();
    let overtaking = async move {
        while passwords.pool().started() == before {
            tokio::task::yield_now().await;
        }
        let (release, held) = std::sync::mpsc::channel::<()>();
        let done = async {
            meanwhile.await;
            drop(release);
        };
        tokio::join!(passwords.pool().run(move |_| held.recv().ok()), done).0.unwrap();
    };
    Box::pin(async { tokio::join!(change, overtaking).0 })
}
