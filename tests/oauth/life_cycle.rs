//! The life of grants and tokens, over random histories: a model of it and the server agree on what is alive.
//!
//! `history` makes the steps, `model` says what each of them does and which tokens are alive after it; `server` (browsers and the operator)
//! and `tokens` (programs) take them by the server's own endpoints, and ask it about every token that ever was.

mod history;
mod model;
mod server;
mod tokens;

use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::support::database::SetUp;
use history::Step;
use server::Server;

/// Histories of a run on SQLite; each run has others.
const MANY: u32 = 32;
/// Histories of a run on PostgreSQL, and of one on PostgreSQL and Redis.
const FEW: u32 = 4;
/// A failing history is told again this often while it is made shorter.
const RETELLINGS: u32 = 200;

/// "At no point is a token alive that the model says is dead, nor dead that it says is alive."
fn server_and_model_agree(set_up: SetUp, histories: u32) {
    let config =
        Config { cases: histories, max_shrink_iters: RETELLINGS, source_file: Some(file!()), ..Config::default() };
    let told = TestRunner::new(config).run(&history::histories(), |steps| {
        actix_web::rt::System::new().block_on(tell(set_up, &steps)).map_err(TestCaseError::fail)
    });
    if let Err(disagreement) = told {
        panic!("{disagreement}");
    }
}

/// Tells one history; the words so far and what is wrong, where server and model disagree.
async fn tell(set_up: SetUp, steps: &[Step]) -> Result<(), String> {
    let mut server = Box::pin(Server::new(set_up)).await;
    for step in steps {
        let wrong = match Box::pin(server.take(step)).await {
            Ok(()) => server.compare().await.err(),
            Err(wrong) => Some(wrong),
        };
        if let Some(wrong) = wrong {
            return Err(format!("\n{}\nbut {wrong}\n", server.words()));
        }
    }
    Ok(())
}

#[test]
fn over_random_histories_no_token_outlives_what_it_rests_on_and_none_dies_before() {
    server_and_model_agree(SetUp::Sqlite, MANY);
}

#[test]
fn the_same_on_postgres() {
    server_and_model_agree(SetUp::Postgres, FEW);
}

#[test]
fn the_same_on_postgres_and_redis() {
    server_and_model_agree(SetUp::PostgresRedis, FEW);
}
