//! `Select an Authentication Method`.

use leptos::prelude::*;

use super::again::Again;
use crate::{
    api::{ChooseMethod, MethodPage},
    components::{Erase, Form, Gate, HelpAside, Icon, Post, Step, SubmitButton, icon, show},
    model::{MethodView, Offer},
    t,
};

#[component]
pub(super) fn MethodStep() -> AnyView {
    let submit = Post::to::<ChooseMethod>();
    let problem = submit.problem();
    show(MethodPage {}, move |view: MethodView| {
        let intro = match view.sms {
            Offer::Open => t::set_up::METHOD_PICK,
            Offer::NotForPayors | Offer::NotWithSso | Offer::NotInCompany | Offer::NotAvailable => {
                t::set_up::METHOD_ONE
            }
        };
        view! {
            <Gate
                title=t::set_up::METHOD_TITLE
                problem
                step=Step::Choose
                aside=view! { <HelpAside/> }.erase()
            >
                <Again sentences=&[("again", t::set_up::METHOD_AGAIN)]/>
                <Form post=submit class="stack stack--lg">
                    <fieldset class="stack" aria-labelledby="title">
                        <p class="muted">{intro}</p>
                        <label class="choice">
                            <input type="radio" name="method" value="authenticator" required checked/>
                            <span class="choice__text">
                                <span class="choice__name">
                                    {t::set_up::APP} " " <span class="badge badge--go">{t::set_up::RECOMMENDED}</span>
                                </span>
                                <span>{t::set_up::APP_WHAT}</span>
                            </span>
                            <Icon d=icon::APP/>
                        </label>
                        <Sms offer=view.sms/>
                    </fieldset>
                    <SubmitButton post=submit label=t::frame::CONTINUE/>
                    <details class="disclose">
                        <summary><Icon d=icon::NEXT/> " " {t::set_up::NO_SMARTPHONE}</summary>
                        <div class="disclose__body small">
                            <p>{t::set_up::NO_SMARTPHONE_TEXT}</p>
                        </div>
                    </details>
                </Form>
            </Gate>
        }
        .erase()
    })
}

#[component]
fn Sms(offer: Offer) -> AnyView {
    let (badge, reason) = match offer {
        Offer::Open => {
            return view! {
                <label class="choice">
                    <input type="radio" name="method" value="sms"/>
                    <span class="choice__text">
                        <span class="choice__name">{t::set_up::SMS}</span>
                        <span>{t::set_up::SMS_WHAT}</span>
                    </span>
                    <Icon d=icon::SMS/>
                </label>
            }
            .erase();
        }
        Offer::NotForPayors => (t::set_up::SMS_PAYORS_BADGE, t::set_up::SMS_PAYORS),
        Offer::NotWithSso => (t::set_up::SMS_SSO_BADGE, t::set_up::SMS_SSO),
        Offer::NotInCompany => (t::set_up::SMS_COMPANY_BADGE, t::set_up::SMS_COMPANY),
        Offer::NotAvailable => (t::set_up::SMS_OFF_BADGE, t::set_up::SMS_OFF),
    };
    view! {
        <div class="choice choice--off">
            <Icon d=icon::LOCK/>
            <div class="choice__text">
                <span class="choice__name">{t::set_up::SMS} " " <span class="badge">{badge}</span></span>
                <span>{reason}</span>
            </div>
        </div>
    }
    .erase()
}
