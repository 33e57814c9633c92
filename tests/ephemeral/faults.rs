//! What becomes of ephemeral records when Redis is down, hangs or forgets: a 503 within the time-out, and never a wrong answer.

use std::future::Future;
use std::time::Duration;

use tessera::ephemeral::redis::Redis;
use tessera::ephemeral::{Ephemeral, Error, Home as _, Key, Kind};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::support::database::START;
use crate::support::eventually;
use crate::support::redis::{Server, options};

const MINUTE: Duration = Duration::from_mins(1);
/// Connecting, answering, and one more try of each: far below what a browser waits.
const PATIENCE: Duration = Duration::from_secs(5);

fn key() -> Key {
    Key::new(Kind::Code, Uuid::nil(), "code")
}

async fn soon<T>(answer: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, answer).await.expect("an answer within the time-outs")
}

async fn assert_unavailable(redis: &Redis) {
    let key = key();
    let answers = [
        soon(redis.put(&key, b"value", START, START + MINUTE)).await.err(),
        soon(redis.get(&key, START)).await.err(),
        soon(redis.take(&key, START)).await.err(),
        soon(redis.use_once(&key, START, START + MINUTE)).await.err(),
        soon(redis.add(&key, 1, START, START + MINUTE)).await.err(),
        soon(redis.ping()).await.err(),
    ];
    for answer in answers {
        assert!(matches!(answer, Some(Error::Unavailable(_))), "{answer:?}");
    }
}

#[tokio::test]
async fn a_redis_that_is_not_there_is_unavailable() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_unavailable(&Redis::new(&options(&format!("redis://{nobody}/"))).unwrap()).await;
}

/// It takes the connection and never answers.
#[tokio::test]
async fn a_redis_that_hangs_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let hanging = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            held.push(connection);
        }
    });
    assert_unavailable(&Redis::new(&options(&format!("redis://{address}/"))).unwrap()).await;
    hanging.abort();
}

#[tokio::test]
async fn a_redis_that_comes_back_is_used_again_and_has_forgotten() {
    let mut server = Server::start().await;
    let redis = Ephemeral::new(Redis::new(&server.options()).unwrap());
    redis.put(&key(), &"value", START, START + MINUTE).await.unwrap();
    assert!(redis.get::<String>(&key(), START).await.unwrap().is_some());

    server.kill().await;
    let error = soon(redis.take::<String>(&key(), START)).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error}");

    server.restart().await;
    let answer = eventually(Duration::from_secs(20), async || redis.take::<String>(&key(), START).await.ok()).await;
    assert_eq!(answer, None);
}

/// The script cache goes with a restart or a SCRIPT FLUSH: the script is sent again.
#[tokio::test]
async fn a_redis_that_lost_its_scripts_is_given_them_again() {
    let mut server = Server::start().await;
    let redis = Redis::new(&server.options()).unwrap();
    assert_eq!(redis.add(&key(), 1, START, START + MINUTE).await.unwrap(), 1);
    assert!(!redis.use_once(&key(), START, START + MINUTE).await.unwrap(), "a key that counts is not free");
    server.kill().await;
    server.restart().await;
    let sum =
        eventually(Duration::from_secs(20), async || redis.add(&key(), 1, START, START + MINUTE).await.ok()).await;
    assert_eq!(sum, 1);
}

#[tokio::test]
async fn what_is_no_address_is_a_fault_and_is_not_shown() {
    let error = Redis::new(&options("http://user:hunter2@example.com")).unwrap_err();
    assert!(matches!(&error, Error::Fault(message) if !message.contains("hunter2")), "{error}");
}
