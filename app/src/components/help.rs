//! Help beside the pages.

use leptos::prelude::*;

use super::{Erase, Icon, icon};
use crate::t;

/// Whom to ask, and the warning.
#[component]
pub fn HelpAside() -> AnyView {
    view! {
        <aside class="help stack stack--sm" aria-labelledby="help-title">
            <h2 id="help-title">"Need a hand?"</h2>
            <p>"Ask your company’s administrator. They can see how far you are, never your codes."</p>
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
            <summary><Icon d=icon::NEXT/> " My codes never work"</summary>
            <div class="disclose__body small stack stack--sm">
                <p>"Codes depend on the time. If your phone’s clock is off, every code is off."</p>
                <p>
                    <b>"Android:"</b> " Settings, System, Date and time, turn on “Set automatically”." <br/>
                    <b>"iPhone:"</b> " Settings, General, Date & Time, turn on “Set Automatically”."
                </p>
            </div>
        </details>
    }
    .erase()
}
