//! `Two-Factor Authentication Required`: who asks, why, and what it takes. There is no skip.

use leptos::prelude::*;

use crate::{
    api::{RequiredPage, SignOut},
    components::{Erase, Form, Gate, HelpAside, Icon, Post, SubmitButton, icon, show},
    model::RequiredView,
    routes, t,
};

#[component]
pub(super) fn RequiredStep() -> AnyView {
    let sign_out = Post::to::<SignOut>();
    let problem = sign_out.problem();
    show(RequiredPage {}, move |view: RequiredView| {
        let asked = match (view.companies.as_slice(), view.payments_role) {
            ([], true) => Some(t::set_up::ASKED_FOR_BY_ROLE.into()),
            ([], false) => None,
            (companies, _) => Some(t::set_up::ASKED_FOR_BY.fill([("companies", &list(companies))])),
        };
        let asked = asked.map(|asked: String| view! { <p class="badge"><Icon d=icon::LOCK/> " " {asked}</p> });
        let again = view.phone_uncounted.then(|| {
            view! { <p class="badge"><Icon d=icon::SMS/> " " {t::set_up::ASKED_AGAIN}</p> }
        });
        let above = view! { <div class="cluster">{asked} {again}</div> }.erase();
        let payments = view.payments_role.then(|| {
            view! { <p>{t::set_up::PAYMENTS_ROLE}</p> }
        });
        view! {
            <Gate title=t::set_up::REQUIRED_TITLE problem above aside=view! { <HelpAside/> }.erase()>
                <p>{t::set_up::TWO_THINGS.bold()}</p>
                <p>{t::set_up::WHY}</p>
                {payments}
                <Takes/>
                <div class="stack stack--sm">
                    <form method="get" action=routes::METHOD>
                        <button class="btn btn--primary btn--block" type="submit">{t::set_up::SET_UP_NOW}</button>
                    </form>
                    <Form post=sign_out>
                        <SubmitButton
                            post=sign_out
                            label=t::set_up::LATER
                            class="btn btn--text btn--block"
                        />
                    </Form>
                </div>
            </Gate>
        }
        .erase()
    })
}

#[component]
fn Takes() -> AnyView {
    view! {
        <section class="stack stack--sm" aria-labelledby="takes">
            <h2 id="takes">{t::set_up::TAKES}</h2>
            <ul class="facts" role="list">
                <li><Icon d=icon::CLOCK/> <span>{t::set_up::TAKES_TIME.bold()}</span></li>
                <li><Icon d=icon::APP/> <span>{t::set_up::TAKES_PHONE.bold()}</span></li>
                <li><Icon d=icon::KEY/> <span>{t::set_up::TAKES_PLACE.bold()}</span></li>
            </ul>
        </section>
    }
    .erase()
}

/// `A`, `A and B`, `A, B and C`.
fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => t::set_up::AND.fill([("most", &most.join(", ")), ("last", last)]),
    }
}

#[cfg(test)]
mod tests {
    use super::list;

    #[test]
    fn names_are_joined_as_a_sentence() {
        let names = ["A", "B", "C"].map(str::to_owned);
        assert_eq!(list(&names), "A, B and C");
        assert_eq!(list(&names[..2]), "A and B");
        assert_eq!(list(&names[..1]), "A");
    }
}
