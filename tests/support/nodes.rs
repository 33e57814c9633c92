//! A second node beside a server: an app with pools and caches of its own, on the same records.

use std::cell::Cell;
use std::rc::Rc;

use actix_web::web::Data;
use tessera::app::App;
use tessera::random::Random;

use super::app::{Send, TestApp, serve};
use super::realm_keys;

/// The two nodes behind one address. Whoever asked one of them asks the other next.
pub(crate) struct Nodes {
    /// The node that a test began with, and the one beside it.
    pub(crate) apps: [Data<App>; 2],
    turn: Rc<Cell<usize>>,
}

impl Nodes {
    /// Puts a second node beside the server of `test`: from now on each request goes to the other one than the request before it.
    pub(crate) async fn beside(test: &mut TestApp) -> Self {
        let first = test.app.clone();
        let (db, ephemeral) = test.database.another_node().await;
        let keys = realm_keys::keys_of_another_node(db.clone(), &first.config);
        let (clock, random) = (test.clock.clone(), Random::seeded(2));
        let second = Data::new(App::assemble(first.config.clone(), db, ephemeral, false, keys, clock, random).unwrap());
        let turn = Rc::new(Cell::new(0));
        test.send = in_turn([test.send.clone(), serve(second.clone()).await], Rc::clone(&turn));
        Self { apps: [first, second], turn }
    }

    /// The next request goes to this node, the one after it to the other.
    pub(crate) fn turn_to(&self, node: usize) {
        self.turn.set(node);
    }

    /// What each node does once a second.
    pub(crate) async fn poll(&self) {
        for app in &self.apps {
            app.db.poll_epochs().await.unwrap();
        }
    }
}

fn in_turn(nodes: [Send; 2], turn: Rc<Cell<usize>>) -> Send {
    Rc::new(move |request| {
        let node = turn.get();
        turn.set(1 - node);
        nodes[node](request)
    })
}
