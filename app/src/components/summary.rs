//! The one error summary of a page.

use leptos::prelude::*;

use super::{Erase, Icon, icon, message};
use crate::{AppError, t};

const ID: &str = "summary";

/// What went wrong, on top of the page, with a link to the field. Takes the focus whenever it changes.
#[component]
pub fn ErrorSummary(
    /// The error, if there is one.
    problem: Signal<Option<AppError>>,
    /// The `id` of the field to go to.
    field: Option<&'static str>,
) -> AnyView {
    Effect::new(move |_| {
        if problem.get().is_some() {
            request_animation_frame(|| focus(ID));
        }
    });
    (move || {
        problem.get().map(|error| {
            let sentence = message::sentence(error);
            let field = field.filter(|_| message::at_field(error).is_some());
            view! {
                // `autofocus` is for the page without a script (HTML, "The autofocus attribute": any focusable element).
                <div class="note note--stop" role="alert" tabindex="-1" id=ID autofocus>
                    <Icon d=icon::ALERT/>
                    <div class="stack stack--sm">
                        <h2>{t::frame::PROBLEM}</h2>
                        {match field {
                            Some(id) => {
                                view! { <p><a href=format!("#{id}") rel="external">{sentence}</a></p> }.erase()
                            }
                            None => view! { <p>{sentence}</p> }.erase(),
                        }}
                        {message::clock_suspect(error)
                            .then(|| {
                                view! {
                                    <p class="small">
                                        {t::help::CLOCK_CHECK
                                            .marked(&|part| view! { <a href="#clock" rel="external">{part}</a> }.erase())}
                                    </p>
                                }
                            })}
                    </div>
                </div>
            }
        })
    })
    .erase()
}

fn focus(id: &str) {
    use leptos::wasm_bindgen::JsCast;
    if let Some(element) = document().get_element_by_id(id) {
        // Without focus the page is still usable, so a refusal needs no answer.
        _ = element.unchecked_into::<leptos::web_sys::HtmlElement>().focus();
    }
}
