//! How many requests were answered, and how soon. Each worker counts at a place of its own, as one place for all would be what the
//! workers of a large machine wait for; who asks gets the sum.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::http::StatusCode;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

/// Upper bounds of the histogram's buckets, in seconds.
const BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0, f64::INFINITY];
/// Of more workers, some share.
const PLACES: usize = 64;

thread_local! {
    static PLACE: usize = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed) % PLACES
    };
}

/// The answers of this process.
#[derive(Debug)]
pub(super) struct Answered([Place; PLACES]);

/// Far enough from the next that no two share a line of the processor's cache, or one that is read along with it.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Place(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// Answers by status.
    statuses: BTreeMap<u16, u64>,
    /// Answers by the bucket that they fall into.
    buckets: [u64; BUCKETS.len()],
    /// What all took together.
    seconds: f64,
}

impl Default for Answered {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Place::default()))
    }
}

impl Place {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answered {
    /// Counts an answer.
    pub(super) fn count(&self, status: StatusCode, took: Duration) {
        let seconds = took.as_secs_f64();
        let mut counts = self.0[PLACE.with(|place| *place)].counts();
        *counts.statuses.entry(status.as_u16()).or_default() += 1;
        counts.buckets[BUCKETS.partition_point(|bound| *bound < seconds)] += 1;
        counts.seconds += seconds;
    }

    fn sum(&self) -> Counts {
        let mut sum = Counts::default();
        for place in &self.0 {
            let counts = place.counts();
            for (status, count) in &counts.statuses {
                *sum.statuses.entry(*status).or_default() += count;
            }
            for (sum, count) in sum.buckets.iter_mut().zip(counts.buckets) {
                *sum += count;
            }
            sum.seconds += counts.seconds;
        }
        sum
    }
}

impl Collector for Answered {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let sum = self.sum();
        let (name, help) = ("http_requests", "Requests answered, by status");
        let mut requests = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (status, count) in &sum.statuses {
            requests.encode_family(&[("status", *status)])?.encode_counter::<NoLabelSet, _, f64>(count, None)?;
        }
        let (name, help) = ("http_request_seconds", "Time from a request's head to its answer");
        let mut seconds = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
        let buckets: Vec<(f64, u64)> = BUCKETS.into_iter().zip(sum.buckets).collect();
        seconds.encode_histogram::<NoLabelSet>(sum.seconds, sum.buckets.iter().sum(), &buckets, None)
    }
}
