//! Icons and the mark, inline: one path each on a 24 by 24 grid, drawn with the current colour.

use leptos::prelude::*;

use super::Erase;

/// An arrow that goes round: once more.
pub const AGAIN: &str = "M19.5 9A8 8 0 1 0 20 13M20 4.5V9h-4.5";
/// A ring with an exclamation mark: something failed.
pub const ALERT: &str = "M3 12a9 9 0 1 0 18 0a9 9 0 1 0-18 0M12 7.5v5M12 16.3h.01";
/// A phone with a tick: an authenticator app.
pub const APP: &str = "M8.5 2.5h7a2.5 2.5 0 0 1 2.5 2.5v14a2.5 2.5 0 0 1-2.5 2.5h-7a2.5 2.5 0 0 1-2.5-2.5v-14\
    a2.5 2.5 0 0 1 2.5-2.5zM9.3 10.8l2 2 3.4-3.8M10.5 18.5h3";
/// A clock.
pub const CLOCK: &str = "M3 12a9 9 0 1 0 18 0a9 9 0 1 0-18 0M12 7v5l3.5 2";
/// Two sheets.
pub const COPY: &str = "M10.5 8.5h8a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-8a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2z\
    M15.5 8.5v-3a2 2 0 0 0-2-2h-8a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h3";
/// An arrow into a tray.
pub const DOWNLOAD: &str = "M12 3.5v12M7 10.5l5 5 5-5M4 20.5h16";
/// A globe: languages.
#[cfg(feature = "ssr")]
pub const GLOBE: &str = "M3 12a9 9 0 1 0 18 0a9 9 0 1 0-18 0M3 12h18M12 3c2.5 2.5 3.7 5.5 3.7 9s-1.2 6.5-3.7 9\
    c-2.5-2.5-3.7-5.5-3.7-9S9.5 5.5 12 3z";
/// A key: the recovery code.
pub const KEY: &str = "M3.5 15.5a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0M11.2 12.3 20.5 3M16.5 7l3 3M13.5 10l2 2";
/// A padlock.
pub const LOCK: &str = "M7 10.5h10a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2h-10a2 2 0 0 1-2-2v-6a2 2 0 0 1 2-2z\
    M8 10.5V7.5a4 4 0 0 1 8 0v3";
/// An envelope.
pub const MAIL: &str = "M5 5.5h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-14a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2z\
    M3.5 7.5l8.5 6 8.5-6";
/// An arrow head: onward, or open.
pub const NEXT: &str = "M9 5l7 7-7 7";
/// Crossed-out radio waves.
pub const OFFLINE: &str = "M3.5 3.5l17 17M8.5 15.8a5 5 0 0 1 6.7-.1M5 12.2a10 10 0 0 1 4.3-2.5\
    M19 12.2a10 10 0 0 0-5.2-2.7M12 19.3h.01";
/// A ring with a tick: done, safe.
pub const OK: &str = "M3 12a9 9 0 1 0 18 0a9 9 0 1 0-18 0M8 12.3l2.7 2.7L16 9.5";
/// An arrow out of a box.
pub const OPEN: &str = "M14 4h6v6M20 4l-9 9M18 14.5v4a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 4 18.5v-11\
    A1.5 1.5 0 0 1 5.5 6h4";
/// A printer.
pub const PRINT: &str = "M7 8V3.5h10V8M7 17H4.5A1.5 1.5 0 0 1 3 15.5v-6A1.5 1.5 0 0 1 4.5 8h15\
    A1.5 1.5 0 0 1 21 9.5v6a1.5 1.5 0 0 1-1.5 1.5H17M7 13.5h10v7H7z";
/// A screen on a desk.
#[cfg(feature = "ssr")]
pub const SCREEN: &str = "M6 4.5h12a1.5 1.5 0 0 1 1.5 1.5v8a1.5 1.5 0 0 1-1.5 1.5H6A1.5 1.5 0 0 1 4.5 14V6\
    A1.5 1.5 0 0 1 6 4.5zM2.5 19.5h19";
/// Buildings: a company.
pub const SITE: &str = "M4 20.5V4.5h10v16M14 10h6v10.5M2.5 20.5h19M8 8.5h2M8 12.5h2M8 16.5h2";
/// A speech bubble: a text message.
pub const SMS: &str = "M4.5 5h15A1.5 1.5 0 0 1 21 6.5v9a1.5 1.5 0 0 1-1.5 1.5h-8.2L7 20.5V17H4.5\
    A1.5 1.5 0 0 1 3 15.5v-9A1.5 1.5 0 0 1 4.5 5zM8 11h.01M12 11h.01M16 11h.01";
/// A tick.
#[cfg(feature = "ssr")]
pub const TICK: &str = "M5 12.5l4.5 4.5L19 7.5";
/// A triangle with an exclamation mark: read this first.
pub const WARN: &str = "M12 3.8 21.5 20h-19zM12 10v4.5M12 17.2h.01";

const WAY: &str =
    "M11.5 5.5l4.5 4.5 4.5-4.5M11.5 26.5l4.5-4.5 4.5 4.5M5.5 11.5l4.5 4.5-4.5 4.5M26.5 11.5L22 16l4.5 4.5";

/// One icon. It says nothing by itself: a word always stands beside it.
#[component]
pub fn Icon(
    /// One of this module's paths.
    d: &'static str,
) -> AnyView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=d></path>
        </svg>
    }
    .erase()
}

/// What stands in the middle of the mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Centre {
    /// The point: all is well.
    Point,
    /// An exclamation mark: a fault of ours.
    Fault,
    /// An empty ring: nobody there.
    Ring,
}

/// The mark: four ways to one point.
#[component]
pub fn Mark(
    /// What stands in the middle.
    #[prop(default = Centre::Point)]
    centre: Centre,
    /// `sign` for the large one.
    #[prop(optional)]
    class: &'static str,
) -> AnyView {
    let (middle, kind) = match centre {
        Centre::Point => ("M13.4 16a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0-5.2 0", "mark-point"),
        Centre::Ring => ("M13.4 16a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0-5.2 0", "mark-ring"),
        Centre::Fault => ("M16 13.2v3.4M16 19.3h.01", "mark-ring"),
    };
    view! {
        <svg class=class viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <rect class="mark-tile" width="32" height="32" rx="7"></rect>
            <path class="mark-way" d=WAY></path>
            <path class=kind d=middle></path>
        </svg>
    }
    .erase()
}
