//! The table at the end.

/// One line of it.
pub struct Row {
    /// What was measured.
    pub what: String,
    /// What came out, with its unit.
    pub ours: String,
    /// What it is held against, with its unit.
    pub against: String,
    /// The number that is bounded.
    pub value: f64,
    /// What it may be at most; none where it is only shown.
    pub bound: Option<f64>,
}

/// Whether every bound holds.
pub fn all_hold(rows: &[Row]) -> bool {
    rows.iter().all(|row| row.bound.is_none_or(|bound| row.value <= bound))
}

/// Prints it.
pub fn print(rows: &[Row]) {
    println!("{:<58} {:>14} {:>22} {:>9} {:>9}  ", "what", "ours", "against", "ratio", "at most");
    for row in rows {
        let bound = row.bound.map_or_else(|| "-".to_owned(), number);
        let holds = match row.bound {
            None => "",
            Some(bound) if row.value <= bound => "ok",
            Some(_) => "TOO MUCH",
        };
        println!(
            "{:<58} {:>14} {:>22} {:>9} {:>9}  {holds}",
            row.what,
            row.ours,
            row.against,
            number(row.value),
            bound
        );
    }
}

fn number(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.3}") }
}
