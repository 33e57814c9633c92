//! Limits that one node counts in its memory: bounded, and not to be emptied by those whom they limit.

use std::time::Duration;

use tessera::clock::Timestamp;
use tessera::config::{Limit, Period};
use tessera::ephemeral::limits::{Action, Limiter};
use uuid::Uuid;

use crate::support::database::START;

/// More subjects than there are counters for.
const FLOOD: usize = 120_000;

/// A node that counts by itself.
struct Node(Limiter);

impl Node {
    fn new() -> Self {
        Self(Limiter::new(None))
    }

    /// Whether an attempt is let through, of so many an hour.
    async fn lets(&self, action: Action, subject: &str, most: u32, now: Timestamp) -> bool {
        let limit = Limit::new(most, Period::hours(1));
        self.0.count(Uuid::nil(), action, subject, limit, now).await.is_ok()
    }

    async fn is_flooded(&self, action: Action, most: u32) {
        for number in 0..FLOOD {
            self.lets(action, &format!("stranger {number}"), most, START).await;
        }
    }
}

#[tokio::test]
async fn a_flood_of_one_action_leaves_those_of_the_others_alone() {
    let node = Node::new();
    assert!(node.lets(Action::SignIn, "ada", 2, START).await);
    node.is_flooded(Action::TokenFailure, 60).await;
    assert!(node.lets(Action::SignIn, "ada", 2, START).await);
    assert!(!node.lets(Action::SignIn, "ada", 2, START).await);
}

#[tokio::test]
async fn who_has_reached_a_limit_stays_there_until_the_window_is_over() {
    let node = Node::new();
    for expected in [true, true, false] {
        assert_eq!(node.lets(Action::SignIn, "ada", 2, START).await, expected);
    }
    node.is_flooded(Action::SignIn, 2).await;
    assert!(!node.lets(Action::SignIn, "ada", 2, START).await);
    assert!(node.lets(Action::SignIn, "ada", 2, START + Duration::from_hours(1)).await);
}

/// Those who tried once give way to those who tried more often.
#[tokio::test]
async fn who_is_near_a_limit_stays_near_it() {
    let node = Node::new();
    for _ in 0..4 {
        assert!(node.lets(Action::SignIn, "ada", 5, START).await);
    }
    node.is_flooded(Action::SignIn, 5).await;
    assert!(node.lets(Action::SignIn, "ada", 5, START).await);
    assert!(!node.lets(Action::SignIn, "ada", 5, START).await);
}

/// Where all who are counted have reached their limit, those who come then are counted together: nobody goes without.
#[tokio::test]
async fn beyond_all_who_have_reached_a_limit_nobody_is_let_through_without_end() {
    let node = Node::new();
    assert!(node.lets(Action::SignIn, "ada", 1, START).await);
    node.is_flooded(Action::SignIn, 1).await;
    assert!(!node.lets(Action::SignIn, "ada", 1, START).await);
    node.lets(Action::SignIn, "new", 1, START).await;
    assert!(!node.lets(Action::SignIn, "new", 1, START).await);
    let later = START + Duration::from_hours(1);
    assert!(node.lets(Action::SignIn, "new", 1, later).await);
    assert!(!node.lets(Action::SignIn, "new", 1, later).await);
}

#[tokio::test]
async fn what_is_taken_back_does_not_count() {
    let (node, limit) = (Node::new(), Limit::new(1, Period::hours(1)));
    for _ in 0..3 {
        let counted = node.0.count(Uuid::nil(), Action::SignIn, "ada", limit, START).await.unwrap();
        node.0.forgive(&counted, START).await;
    }
    assert!(node.lets(Action::SignIn, "ada", 1, START).await);
    assert!(!node.lets(Action::SignIn, "ada", 1, START).await);
}
