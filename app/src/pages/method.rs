//! `Select an Authentication Method`.

use leptos::prelude::*;

use crate::{
    api::{ChooseMethod, method_page},
    components::{Erase, Form, Gate, HelpAside, Icon, Step, SubmitButton, icon, problem_of, show},
    model::{MethodView, Offer},
};

#[component]
pub(super) fn MethodStep() -> AnyView {
    let submit = ServerAction::<ChooseMethod>::new();
    let problem = problem_of(submit);
    show(method_page, problem, move |view: MethodView| {
        let intro = match view.sms {
            Offer::Open => "Pick one. You can add the other later.",
            Offer::NotForPayors | Offer::NotAvailable => "There is one way to do this for your account.",
        };
        view! {
            <Gate
                title="Select an Authentication Method"
                problem
                step=Step::Choose
                aside=view! { <HelpAside/> }.erase()
            >
                <Form action=submit class="stack stack--lg">
                    <fieldset class="stack" aria-labelledby="title">
                        <p class="muted">{intro}</p>
                        <label class="choice">
                            <input type="radio" name="method" value="authenticator" required checked/>
                            <span class="choice__text">
                                <span class="choice__name">
                                    "Authenticator App " <span class="badge badge--go">"Recommended"</span>
                                </span>
                                <span>
                                    "A free app on your phone shows a new code every 30 seconds. It works with no signal "
                                    "and costs nothing."
                                </span>
                            </span>
                            <Icon d=icon::APP/>
                        </label>
                        <Sms offer=view.sms/>
                    </fieldset>
                    <SubmitButton pending=submit.pending() label="Continue"/>
                    <details class="disclose">
                        <summary><Icon d=icon::NEXT/> " I do not have a smartphone"</summary>
                        <div class="disclose__body small">
                            <p>
                                "An authenticator app on a computer works too. Ask your company’s administrator which one "
                                "your company uses."
                            </p>
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
                        <span class="choice__name">"SMS Verification"</span>
                        <span>
                            "We text you a code each time you sign in. You need phone signal, and your carrier may "
                            "charge for texts."
                        </span>
                    </span>
                    <Icon d=icon::SMS/>
                </label>
            }
            .erase();
        }
        Offer::NotForPayors => (
            "Not for your account",
            "You approve payments. Text messages can be stolen by moving a phone number to another phone, so payments \
             need an app.",
        ),
        Offer::NotAvailable => {
            ("Not available here", "Text messages are not switched on for this sign-in. The app is safer anyway.")
        }
    };
    view! {
        <div class="choice choice--off">
            <Icon d=icon::LOCK/>
            <div class="choice__text">
                <span class="choice__name">"SMS Verification " <span class="badge">{badge}</span></span>
                <span>{reason}</span>
            </div>
        </div>
    }
    .erase()
}
