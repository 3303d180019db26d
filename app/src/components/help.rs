//! Help beside the pages.

use leptos::prelude::*;

use super::{Erase, Icon, icon};
use crate::t;

/// Whom to ask, and the warning.
#[component]
pub fn HelpAside() -> AnyView {
    view! {
        <aside class="help stack stack--sm" aria-labelledby="help-title">
            <h2 id="help-title">{t::help::TITLE}</h2>
            <p>{t::help::ADMINISTRATOR}</p>
            <p>{t::frame::WARNING}</p>
        </aside>
    }
    .erase()
}

/// How to set a phone's clock, for codes that never work.
#[component]
pub fn ClockHelp(
    /// True when the clock is the likely cause.
    #[prop(into)]
    open: Signal<bool>,
) -> AnyView {
    view! {
        <details class="disclose" id="clock" open=move || open.get()>
            <summary><Icon d=icon::NEXT/> " " {t::help::CLOCK}</summary>
            <div class="disclose__body small stack stack--sm">
                <p>{t::help::CLOCK_WHY}</p>
                <p>
                    {t::help::CLOCK_ANDROID.bold()} <br/> {t::help::CLOCK_IPHONE.bold()}
                </p>
            </div>
        </details>
    }
    .erase()
}
