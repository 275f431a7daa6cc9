//! Asks carriers again for their price lists.

use std::thread;
use std::time::Duration;

/// How long the router waits for a carrier's price list, by Fibonacci numbers.
pub fn backoff(attempt: u32) -> Duration {
    let (mut current, mut next) = (1, 1);
    for _ in 0..attempt {
        (current, next) = (next, current + next);
    }
    Duration::from_millis(current * 100)
}

/// Fetches a price list, asking the carrier again when it is silent.
pub fn retry<T>(attempts: u32, fetch: impl Fn() -> Option<T>) -> Option<T> {
    for attempt in 0..attempts {
        if let Some(list) = fetch() {
            return Some(list);
        }
        thread::sleep(backoff(attempt));
    }
    None
}
