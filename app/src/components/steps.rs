//! Where somebody is in the enrolment.

use leptos::prelude::*;

use super::Erase;

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

const ALL: [(Step, &str); 3] =
    [(Step::Choose, "Choose a way"), (Step::Link, "Link your app"), (Step::Save, "Save your code")];

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
                {label} {done.then(|| view! { <span class="vh">", done"</span> })}
            </li>
        }
    });
    view! { <ol class="steps no-print" role="list" aria-label="Set-up steps">{items.to_vec()}</ol> }.erase()
}
