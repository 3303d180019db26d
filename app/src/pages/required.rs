//! `Two-Factor Authentication Required`: who asks, why, and what it takes. There is no skip.

use leptos::prelude::*;

use crate::{
    api::{SignOut, required_page},
    components::{Erase, Form, Gate, HelpAside, Icon, SubmitButton, icon, problem_of, show},
    model::RequiredView,
    routes,
};

#[component]
pub(super) fn RequiredStep() -> AnyView {
    let sign_out = ServerAction::<SignOut>::new();
    let problem = problem_of(sign_out);
    show(required_page, problem, move |view: RequiredView| {
        let asked = if view.companies.is_empty() {
            "Asked for because of your role".to_owned()
        } else {
            format!("Asked for by {}", list(&view.companies))
        };
        let above = view! { <p class="badge"><Icon d=icon::LOCK/> " " {asked}</p> }.erase();
        let payments = view.payments_role.then(|| {
            view! { <p>"Your role handles payments, so this step is always needed."</p> }
        });
        view! {
            <Gate title="Two-Factor Authentication Required" problem above aside=view! { <HelpAside/> }.erase()>
                <p>
                    "From now on you sign in with two things: your " <b>"password"</b> ", and a " <b>"6-digit code"</b>
                    " that only your phone can show."
                </p>
                <p>
                    "Passwords get guessed and stolen. With the code, nobody else can see your pay, your files or your "
                    "bank details."
                </p>
                {payments}
                <Takes/>
                <div class="stack stack--sm">
                    <form method="get" action=routes::METHOD>
                        <button class="btn btn--primary btn--block" type="submit">"Set Up Now"</button>
                    </form>
                    <Form action=sign_out>
                        <SubmitButton
                            pending=sign_out.pending()
                            label="Sign out and do this later"
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
            <h2 id="takes">"What it takes"</h2>
            <ul class="facts" role="list">
                <li><Icon d=icon::CLOCK/> <span><b>"About 2 minutes."</b> " You can stop and come back."</span></li>
                <li><Icon d=icon::APP/> <span><b>"Your phone."</b> " Have it ready in your hand."</span></li>
                <li><Icon d=icon::KEY/> <span><b>"A safe place"</b> " for one backup code, such as your wallet."</span></li>
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
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
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
