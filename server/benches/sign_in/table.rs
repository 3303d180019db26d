//! The table: a line for each figure, printed when it is known.

use std::time::Duration;

use crate::load::Figures;

/// What a figure is compared with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ratio {
    pub(crate) value: f64,
    /// What the ratio should reach.
    pub(crate) aim: Option<&'static str>,
    pub(crate) of: &'static str,
}

pub(crate) fn head() {
    println!(
        "\n{:<44} {:>7} {:>10} {:>9} {:>9} {:>7}  {:<7} of",
        "", "clients", "a second", "p50 ms", "p99 ms", "ratio", "aim"
    );
}

/// Work of some clients.
pub(crate) fn line(what: &str, clients: usize, figures: &Figures, ratios: &[Ratio]) {
    let (p50, p99) = (millis(figures.percentile(50)), millis(figures.percentile(99)));
    print(&format!("{what:<44} {clients:>7} {:>10.0} {p50:>9} {p99:>9}", figures.per_second()), ratios);
}

/// A rate without times.
pub(crate) fn rate(what: &str, clients: usize, per_second: f64) {
    println!("{what:<44} {clients:>7} {per_second:>10.0}");
}

/// A figure that is no rate.
pub(crate) fn value(what: &str, value: &str, aim: &str) {
    println!("{what:<44} {value:>18}   aim: {aim}");
}

fn print(figures: &str, ratios: &[Ratio]) {
    let ratios: Vec<_> = ratios
        .iter()
        .map(|ratio| format!(" {:>7.2}  {:<7} {}", ratio.value, ratio.aim.unwrap_or("-"), ratio.of))
        .collect();
    let width = figures.chars().count();
    println!("{figures}{}", ratios.join(&format!("\n{:width$}", "")));
}

pub(crate) fn millis(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1000.0)
}
