//! `Set Up SMS Verification`: the number.

use leptos::prelude::*;

use super::again::Again;
use crate::{
    api::{PhonePage, SendSetUpCode},
    components::{Erase, Field, Form, Gate, HelpAside, Icon, Post, Step, SubmitButton, Tie, icon, show},
    model::PhoneView,
    routes, t,
};

const COUNTRY: &str = "country";
const PHONE: &str = "phone";
/// The longest number that is read, in characters.
const LONGEST: &str = "64";

#[component]
pub(super) fn PhoneStep() -> AnyView {
    let submit = Post::to::<SendSetUpCode>();
    let problem = submit.problem();
    show(PhonePage {}, move |view: PhoneView| {
        let PhoneView { countries, country, phone } = view;
        // Payee admins have one country, and another reason.
        let not_listed = if countries.len() == 1 { t::phone::ONLY_US_TEXT } else { t::phone::NOT_LISTED_TEXT };
        let options = countries
            .into_iter()
            .map(|listed| {
                let selected = listed.iso == country;
                view! { <option value=listed.iso selected=selected>{listed.label}</option> }
            })
            .collect::<Vec<_>>();
        let input = move |tie: Tie| {
            view! {
                <input
                    class="input"
                    id=PHONE
                    name="phone"
                    type="tel"
                    autocomplete="tel-national"
                    maxlength=LONGEST
                    required
                    value=phone
                    aria-invalid=move || tie.invalid()
                    aria-describedby=move || tie.described()
                />
            }
            .erase()
        };
        view! {
            <Gate title=t::phone::TITLE problem field=PHONE step=Step::Phone aside=view! { <HelpAside/> }.erase()>
                <Again sentences=&[("again", t::message::PHONE_AGAIN), ("shared", t::message::PHONE_SHARED)]/>
                <Form post=submit class="stack stack--lg">
                    <p class="muted">{t::phone::INTRO}</p>
                    <div class="field">
                        <label class="label" for=COUNTRY>{t::phone::COUNTRY}</label>
                        <select class="input" id=COUNTRY name="country" autocomplete="tel-country-code">{options}</select>
                    </div>
                    <Field
                        id=PHONE
                        label=t::phone::NUMBER
                        hint=Some(t::phone::NUMBER_HINT.show().to_owned())
                        problem
                        input
                    />
                    <p class="note">
                        <Icon d=icon::SMS/>
                        <span>{t::phone::RATES}</span>
                    </p>
                    <SubmitButton post=submit label=t::phone::SEND/>
                </Form>
                <div>
                    <details class="disclose">
                        <summary><Icon d=icon::NEXT/> " " {t::phone::NOT_LISTED}</summary>
                        <div class="disclose__body small">
                            <p>{not_listed}</p>
                        </div>
                    </details>
                    <a class="tap" href=routes::METHOD>{t::phone::DIFFERENT_WAY}</a>
                </div>
            </Gate>
        }
        .erase()
    })
}
