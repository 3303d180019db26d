//! What the servers of this program tell their log. Tests run side by side, so each looks for what is its own.

use std::{
    fmt::{Debug, Write},
    sync::{Mutex, Once},
};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
};

static LINES: Mutex<Vec<(Level, String)>> = Mutex::new(Vec::new());

/// Hears warnings and errors from now on.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let subscriber = tracing_subscriber::registry().with(Ear.with_filter(LevelFilter::WARN));
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

/// The lines of a level in which all of these texts stand.
pub(crate) fn logged(level: Level, texts: &[&str]) -> Vec<String> {
    let lines = LINES.lock().unwrap();
    let fit = |line: &str| texts.iter().all(|text| line.contains(text));
    lines.iter().filter(|(of, line)| *of == level && fit(line)).map(|(_, line)| line.clone()).collect()
}

struct Ear;

impl<S: Subscriber> Layer<S> for Ear {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        event.record(&mut line);
        LINES.lock().unwrap().push((*event.metadata().level(), line.0));
    }
}

/// Every field, as the log writes it.
#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
    }
}
