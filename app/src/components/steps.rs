//! Where somebody is in the enrolment.

use leptos::prelude::*;

use super::Erase;
use crate::{t, text::Text};

/// A step of the enrolment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// `Select an Authentication Method`.
    Choose,
    /// `Secure your Account`.
    Link,
    /// `Save Your Recovery Code`.
    Save,
}

const ALL: [(Step, Text); 3] =
    [(Step::Choose, t::set_up::STEP_CHOOSE), (Step::Link, t::set_up::STEP_LINK), (Step::Save, t::set_up::STEP_SAVE)];

/// The three steps, the current one marked.
#[component]
pub fn Steps(
    /// The current one.
    at: Step,
) -> AnyView {
    let items = ALL.map(|(step, label)| {
        let done = step < at;
        view! {
            <li class:is-done=done aria-current=(step == at).then_some("step")>
                {label} {done.then(|| view! { <span class="vh">{t::set_up::STEP_DONE}</span> })}
            </li>
        }
    });
    view! { <ol class="steps no-print" role="list" aria-label=t::set_up::STEPS>{items.to_vec()}</ol> }.erase()
}
