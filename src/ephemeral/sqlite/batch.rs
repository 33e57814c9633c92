//! What is written together. The rows of a batch come to SQLite as one JSON text and one blob, so that the statement is the same however
//! many they are.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, QueryResult, Statement, TryGetable, Value};
use tokio::sync::{mpsc, oneshot};

use crate::clock::Timestamp;
use crate::ephemeral::sql::{fault, unavailable};
use crate::ephemeral::{Error, Key, Result};

/// Writes that may go together.
const BATCH: usize = 128;

/// A record to store.
#[derive(Debug)]
pub(super) struct Row {
    key: String,
    value: Vec<u8>,
    expires_at: Timestamp,
}

impl Row {
    pub(super) fn new(key: &Key, value: &[u8], expires_at: Timestamp) -> Self {
        Self { key: key.as_str().to_owned(), value: value.to_vec(), expires_at }
    }
}

/// The place for a write's outcome.
pub(super) type Caller<T> = oneshot::Sender<Result<T>>;

/// A write, with the place for its outcome.
#[derive(Debug)]
pub(super) enum Write {
    Put(Put),
    PutIfAbsent(PutIfAbsent),
    Take(Take),
    Add(Add),
    Purge(Purge),
}

#[derive(Debug)]
pub(super) struct Put {
    pub(super) row: Row,
    pub(super) caller: Caller<()>,
}

#[derive(Debug)]
pub(super) struct PutIfAbsent {
    pub(super) row: Row,
    pub(super) now: Timestamp,
    pub(super) caller: Caller<bool>,
}

#[derive(Debug)]
pub(super) struct Take {
    pub(super) key: String,
    pub(super) now: Timestamp,
    pub(super) caller: Caller<Option<Vec<u8>>>,
}

#[derive(Debug)]
pub(super) struct Add {
    pub(super) key: String,
    pub(super) by: i64,
    pub(super) expires_at: Timestamp,
    pub(super) caller: Caller<i64>,
}

#[derive(Debug)]
pub(super) struct Purge {
    pub(super) now: Timestamp,
    pub(super) limit: u32,
    pub(super) caller: Caller<u64>,
}

/// Writes of one kind each. Those who wait at the same time have no order among themselves.
#[derive(Default)]
struct Batch {
    puts: Vec<Put>,
    puts_if_absent: Vec<PutIfAbsent>,
    takes: Vec<Take>,
    adds: Vec<Add>,
    purges: Vec<Purge>,
}

/// Writes what comes, until nobody is left who could send.
pub(super) async fn serve(file: DatabaseConnection, mut writes: mpsc::Receiver<Write>) {
    let mut waiting = Vec::with_capacity(BATCH);
    while writes.recv_many(&mut waiting, BATCH).await > 0 {
        let mut batch = Batch::default();
        waiting.drain(..).for_each(|write| batch.push(write));
        batch.run(&file).await;
    }
}

impl Batch {
    fn push(&mut self, write: Write) {
        match write {
            Write::Put(put) => self.puts.push(put),
            Write::PutIfAbsent(put) => self.puts_if_absent.push(put),
            Write::Take(take) => self.takes.push(take),
            Write::Add(add) => self.adds.push(add),
            Write::Purge(purge) => self.purges.push(purge),
        }
    }

    async fn run(self, file: &DatabaseConnection) {
        if !self.puts.is_empty() {
            put(file, self.puts).await;
        }
        if !self.puts_if_absent.is_empty() {
            put_if_absent(file, self.puts_if_absent).await;
        }
        if !self.takes.is_empty() {
            take(file, self.takes).await;
        }
        if !self.adds.is_empty() {
            add(file, self.adds).await;
        }
        for Purge { now, limit, caller } in self.purges {
            answer(caller, purge(file, now, limit).await);
        }
    }
}

async fn put(file: &DatabaseConnection, puts: Vec<Put>) {
    let sql = "INSERT INTO ephemeral (key, value, expires_at) \
               SELECT value ->> 0, ifnull(substr($2, value ->> 1, value ->> 2), x''), value ->> 3 FROM json_each($1) WHERE true \
               ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at";
    let outcome = query(file, sql, in_values(puts.iter().map(|put| &put.row))).await.map(|_| ());
    for put in puts {
        answer(put.caller, outcome.clone());
    }
}

async fn put_if_absent(file: &DatabaseConnection, puts: Vec<PutIfAbsent>) {
    // The earliest clock of the batch judges what is over: whoever is later by a moment may be refused for that moment.
    let now = puts.iter().map(|put| put.now.millis()).min().unwrap_or_default();
    let sql = "INSERT INTO ephemeral (key, value, expires_at) \
               SELECT value ->> 0, ifnull(substr($2, value ->> 1, value ->> 2), x''), value ->> 3 FROM json_each($1) WHERE true \
               ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at \
               WHERE ephemeral.expires_at <= $3 RETURNING key";
    let values = in_values(puts.iter().map(|put| &put.row)).into_iter().chain([now.into()]);
    // Of several that bring one key the first has it, as the file met them in this order.
    let mut stored = outcome_by_key(query(file, sql, values).await, |_| Ok(()));
    for put in puts {
        answer(put.caller, of_key(&mut stored, &put.row.key).map(|stored| stored.is_some()));
    }
}

async fn take(file: &DatabaseConnection, takes: Vec<Take>) {
    // What is over goes too, and nobody has it.
    let sql = "DELETE FROM ephemeral WHERE key IN (SELECT value FROM json_each($1)) RETURNING key, value, expires_at";
    let keys: Vec<&str> = takes.iter().map(|take| take.key.as_str()).collect();
    let rows = query(file, sql, [serde_json::json!(keys).to_string().into()]).await;
    let mut values = outcome_by_key(rows, |row| Ok((column::<Vec<u8>>(row, 1)?, column::<i64>(row, 2)?)));
    for Take { key, now, caller } in takes {
        let value = of_key(&mut values, &key);
        answer(caller, value.map(|value| value.filter(|(_, end)| *end > now.millis()).map(|(value, _)| value)));
    }
}

async fn add(file: &DatabaseConnection, adds: Vec<Add>) {
    let mut sums: HashMap<&str, (i64, i64)> = HashMap::new();
    for Add { key, by, expires_at, .. } in &adds {
        sums.entry(key).or_insert((0, expires_at.millis())).0 += by;
    }
    let rows: Vec<_> = sums.iter().map(|(key, (by, expires_at))| (key, by, expires_at)).collect();
    let sql = "INSERT INTO ephemeral_counters (key, n, expires_at) \
               SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each($1) WHERE true \
               ON CONFLICT (key) DO UPDATE SET n = ephemeral_counters.n + excluded.n RETURNING key, n";
    let rows = query(file, sql, [serde_json::json!(rows).to_string().into()]).await;
    let mut counts = outcome_by_key(rows, |row| column::<i64>(row, 1));
    // The last of a key has the sum, and each before it what there was then.
    for Add { key, by, caller, .. } in adds.into_iter().rev() {
        let count = match &mut counts {
            Ok(counts) => counts.get_mut(&key).ok_or_else(|| Error::Fault("a counter returned no row".to_owned())),
            Err(error) => Err(error.clone()),
        };
        answer(caller, count.map(|count| std::mem::replace(count, *count - by)));
    }
}

async fn purge(file: &DatabaseConnection, now: Timestamp, limit: u32) -> Result<u64> {
    let mut purged = 0;
    for table in ["ephemeral", "ephemeral_counters"] {
        let sql = format!("DELETE FROM {table} WHERE key IN (SELECT key FROM {table} WHERE expires_at <= $1 LIMIT $2)");
        let statement = statement(&sql, [now.millis().into(), i64::from(limit).into()]);
        purged += file.execute_raw(statement).await.map_err(|error| unavailable(&error))?.rows_affected();
    }
    Ok(purged)
}

/// `$1`: key, begin and length of the value within `$2`, and end, of each row; `$2`: all values, one after the other. Of nothing at all
/// SQLite cuts NULL, where an empty value is meant.
fn in_values<'a>(rows: impl Iterator<Item = &'a Row>) -> [Value; 2] {
    let (mut blob, mut heads) = (Vec::new(), Vec::new());
    for row in rows {
        // SQLite counts from one.
        heads.push((&row.key, blob.len() + 1, row.value.len(), row.expires_at.millis()));
        blob.extend_from_slice(&row.value);
    }
    [serde_json::json!(heads).to_string().into(), blob.into()]
}

async fn query(
    file: &DatabaseConnection,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<QueryResult>> {
    file.query_all_raw(statement(sql, values)).await.map_err(|error| unavailable(&error))
}

fn statement(sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)
}

/// What each row says, by the key in its first column.
fn outcome_by_key<T>(
    rows: Result<Vec<QueryResult>>,
    read: impl Fn(&QueryResult) -> Result<T>,
) -> Result<HashMap<String, T>> {
    rows?.iter().map(|row| Ok((column(row, 0)?, read(row)?))).collect()
}

/// What a key's row said, for the first who asks.
fn of_key<T>(rows: &mut Result<HashMap<String, T>>, key: &str) -> Result<Option<T>> {
    rows.as_mut().map(|rows| rows.remove(key)).map_err(|error| error.clone())
}

fn column<T: TryGetable>(row: &QueryResult, index: usize) -> Result<T> {
    row.try_get_by_index(index).map_err(|error| fault(&error))
}

/// A caller that is gone does not mind.
fn answer<T>(caller: Caller<T>, outcome: Result<T>) {
    let _ = caller.send(outcome);
}
