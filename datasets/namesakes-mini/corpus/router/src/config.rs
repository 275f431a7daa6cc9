//! Settings of the router.

use std::collections::HashMap;
use std::fs;
use std::io;

/// Limits that a route must keep.
pub struct Config {
    pub longest_days: u32,
}

impl Config {
    /// Reads the longest acceptable delivery time from a file of `key: value` lines.
    pub fn load(path: &str) -> io::Result<Config> {
        let text = fs::read_to_string(path)?;
        let values: HashMap<&str, &str> = text.lines().filter_map(|line| line.split_once(": ")).collect();
        let longest_days = values.get("longest_days").and_then(|days| days.parse().ok()).unwrap_or(5);
        Ok(Config { longest_days })
    }

    /// Says whether the limits make sense at all.
    pub fn validate(&self) -> bool {
        self.longest_days > 0
    }
}
