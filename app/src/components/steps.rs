//! Where somebody is in the enrolment.

use leptos::prelude::*;

use super::Erase;
use crate::t;

/// A step of the enrolment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// `Select an Authentication Method`.
    Choose,
    /// `Secure your Account`.
    Link,
    /// `Set Up SMS Verification`, in its place.
    Phone,
    /// `Save Your Recovery Code`.
    Save,
}

/// The three steps, the current one marked.
#[component]
pub fn Steps(
    /// The current one.
    at: Step,
) -> AnyView {
    let middle = match at {
        Step::Phone => (Step::Phone, t::set_up::STEP_PHONE),
        Step::Choose | Step::Link | Step::Save => (Step::Link, t::set_up::STEP_LINK),
    };
    let items =
        [(Step::Choose, t::set_up::STEP_CHOOSE), middle, (Step::Save, t::set_up::STEP_SAVE)].map(|(step, label)| {
            let done = step < at;
            view! {
                <li class:is-done=done aria-current=(step == at).then_some("step")>
                    {label} {done.then(|| view! { <span class="vh">{t::set_up::STEP_DONE}</span> })}
                </li>
            }
        });
    view! { <ol class="steps no-print" role="list" aria-label=t::set_up::STEPS>{items.to_vec()}</ol> }.erase()
}
