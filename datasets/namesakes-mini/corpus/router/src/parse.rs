//! Routes as the carriers send them.

/// One way to deliver a parcel.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    pub carrier: String,
    pub days: u32,
    pub cents: u32,
}

/// Reads a route from `carrier,days,cents`.
pub fn parse(line: &str) -> Option<Route> {
    let mut fields = line.split(',');
    let carrier = fields.next()?.trim().to_string();
    let days = fields.next()?.trim().parse().ok()?;
    let cents = fields.next()?.trim().parse().ok()?;
    Some(Route { carrier, days, cents })
}

/// Reads all routes of a price list and skips the broken lines.
pub fn parse_all(text: &str) -> Vec<Route> {
    text.lines().filter_map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_lines_are_skipped() {
        assert_eq!(parse_all("post,2,549\nnonsense").len(), 1);
    }
}
