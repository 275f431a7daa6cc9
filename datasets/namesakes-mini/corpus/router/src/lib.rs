//! Chooses the carrier for a parcel.

pub mod config;
pub mod parse;
pub mod retry;

use config::Config;
use parse::Route;

/// Picks the cheapest route that is fast enough.
pub fn choose<'a>(routes: &'a [Route], config: &Config) -> Option<&'a Route> {
    routes
        .iter()
        .filter(|route| route.days <= config.longest_days)
        .min_by_key(|route| route.cents)
}
