//! A few threads that hash passwords, each with memory of its own that it uses again.
//!
//! A worker is the permit: it is taken by the job itself, so that a caller who goes away frees nothing early.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::Block;
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&mut Vec<Block>) + Send>;

/// The workers' niceness: a tenth of the others' weight. A hash computes for a whole slice of time on end, so that a flood of sign-ins
/// would make every token wait for one.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Why a job has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The queue is full; the job did not run.
    Full,
    /// The job panicked.
    Lost,
}

/// How many jobs run, and how many did so at once.
#[derive(Debug, Default)]
struct Figures {
    running: AtomicUsize,
    peak: AtomicUsize,
    started: AtomicUsize,
}

/// A fixed number of worker threads behind a bounded queue; they end when the pool is dropped.
pub struct Pool {
    queue: SyncSender<Job>,
    figures: Arc<Figures>,
}

impl Pool {
    /// Starts `workers` threads, for which up to `waiting` jobs queue. `blocks` (KiB) is the memory that each keeps.
    ///
    /// # Errors
    /// If a thread cannot be started.
    pub fn start(workers: usize, waiting: usize, blocks: usize) -> io::Result<Self> {
        let (queue, jobs) = sync_channel(waiting);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..workers.max(1) {
            let jobs = Arc::clone(&jobs);
            std::thread::Builder::new().name("password".to_owned()).spawn(move || work(&jobs, blocks))?;
        }
        Ok(Self { queue, figures: Arc::default() })
    }

    /// Runs a job on a worker. If the caller goes away, a waiting job is dropped, and a running one runs to its end.
    ///
    /// # Errors
    /// [`Refused::Full`] at once if the queue is full.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let (answer, result) = oneshot::channel();
        let figures = Arc::clone(&self.figures);
        let job: Job = Box::new(move |memory| {
            if answer.is_closed() {
                return;
            }
            let running = Running::begin(figures);
            let value = job(memory);
            drop(running);
            // The caller may have gone away meanwhile.
            drop(answer.send(value));
        });
        self.queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Refused::Full,
            TrySendError::Disconnected(_) => Refused::Lost,
        })?;
        result.await.map_err(|_| Refused::Lost)
    }

    /// How many jobs run now.
    pub fn running(&self) -> usize {
        self.figures.running.load(Ordering::SeqCst)
    }

    /// The most jobs that ever ran at once.
    pub fn peak(&self) -> usize {
        self.figures.peak.load(Ordering::SeqCst)
    }

    /// How many jobs were begun.
    pub fn started(&self) -> usize {
        self.figures.started.load(Ordering::SeqCst)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("figures", &self.figures).finish_non_exhaustive()
    }
}

/// A job under way; counted until it is dropped, also by a panic.
struct Running(Arc<Figures>);

impl Running {
    fn begin(figures: Arc<Figures>) -> Self {
        let running = figures.running.fetch_add(1, Ordering::SeqCst) + 1;
        figures.peak.fetch_max(running, Ordering::SeqCst);
        figures.started.fetch_add(1, Ordering::SeqCst);
        Self(figures)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

/// One worker: a job after another until the pool is gone.
fn work(jobs: &Mutex<Receiver<Job>>, blocks: usize) {
    // Elsewhere than on Linux, niceness is the whole process's (setpriority(2), "C library/kernel differences").
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "passwords are hashed at the priority of everything else");
    }
    let mut memory = Vec::new();
    while let Some(job) = next(jobs) {
        // The panic hook has told what happened; the caller sees its answer dropped.
        drop(catch_unwind(AssertUnwindSafe(|| job(&mut memory))));
        // An imported hash may have asked for more than new ones do: that is given back.
        if memory.len() > blocks {
            memory.truncate(blocks);
            memory.shrink_to_fit();
        }
    }
}

fn next(jobs: &Mutex<Receiver<Job>>) -> Option<Job> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}
