//! The second step: is it safe, what is there, and what can be changed.

use leptos::prelude::*;

use super::badge::{Badge, badge};
use crate::{
    components::{Erase, Icon, icon, masked},
    model::{AlwaysView, AppView, CardView, Day, Offer, PhoneRowView, PhoneState, Safety},
    routes, t,
    text::Text,
};

/// How good an answer is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grade {
    Go,
    Soon,
    Stop,
}

/// An answer: how good, in short, why, and the one next step with the page for it, if there is one.
type Answer = (Grade, Text, Text, Text, Option<&'static str>);

fn answer(safety: Safety) -> Answer {
    let (new_code, add) = (Some(routes::NEW_RECOVERY_CODE), Some(routes::CHANGE_AUTHENTICATOR));
    match safety {
        Safety::Yes => (Grade::Go, t::security::YES, t::security::YES_WHY, t::security::YES_NEXT, new_code),
        Safety::NotSetUp => {
            let next = t::security::NOT_SET_UP_NEXT;
            (Grade::Soon, t::security::NOT_SET_UP, t::security::NOT_SET_UP_WHY, next, add)
        }
        Safety::PhoneDoesNotCount => {
            (Grade::Stop, t::security::PHONE_NOT, t::security::PHONE_NOT_WHY, t::security::PHONE_NOT_NEXT, add)
        }
        Safety::NoCard => {
            (Grade::Stop, t::security::NOT_YET, t::security::NO_CARD_WHY, t::security::NO_CARD_NEXT, new_code)
        }
        Safety::CardNotSaved => {
            let (why, next) = (t::security::NOT_SAVED_WHY, t::security::NOT_SAVED_NEXT);
            (Grade::Stop, t::security::NOT_YET, why, next, new_code)
        }
        Safety::CardOff => {
            (Grade::Stop, t::security::NOT_YET, t::security::CARD_OFF_WHY, t::security::CARD_OFF_NEXT, new_code)
        }
        Safety::SwitchedOff => {
            let next = t::security::SWITCHED_OFF_NEXT;
            (Grade::Soon, t::security::SWITCHED_OFF, t::security::SWITCHED_OFF_WHY, next, None)
        }
        Safety::Stuck => (Grade::Stop, t::security::STUCK, t::security::STUCK_WHY, t::security::STUCK_NEXT, None),
        Safety::AtIdentityProvider => (Grade::Go, t::security::SSO, t::security::SSO_WHY, t::security::SSO_NEXT, None),
    }
}

/// "Am I safe if I lose this phone today?", with its one next step.
#[component]
pub(super) fn Safe(safety: Safety) -> AnyView {
    let (grade, short, why, next, page) = answer(safety);
    let (class, d) = match grade {
        Grade::Go => ("panel safe stack stack--sm", icon::OK),
        Grade::Soon => ("panel safe safe--soon stack stack--sm", icon::WARN),
        Grade::Stop => ("panel safe safe--stop stack stack--sm", icon::ALERT),
    };
    let next = next.marked(&|words| match page {
        Some(page) => view! { <a href=page>{words}</a> }.erase(),
        None => words.erase(),
    });
    view! {
        <section class=class aria-labelledby="safe">
            <h3 class="muted" id="safe">{t::security::SAFE}</h3>
            <p class="safe__answer"><Icon d/> " " {short}</p>
            <p>{why}</p>
            <p class="small">{next}</p>
        </section>
    }
    .erase()
}

/// What is there, each with what can be done about it.
#[component]
pub(super) fn Factors(app: AppView, phone: PhoneRowView, card: CardView) -> AnyView {
    let bound = matches!(app, AppView::On { .. }) || matches!(phone, PhoneRowView::There { state: PhoneState::On, .. });
    view! {
        <div class="panel">
            <ul class="rows" role="list">
                <li class="row"><Icon d=icon::APP/> <AppRow app/></li>
                {phone_row(phone).map(|row| view! { <li class="row"><Icon d=icon::SMS/> {row}</li> })}
                <li class="row"><Icon d=icon::KEY/> <CardRow card bound/></li>
            </ul>
        </div>
    }
    .erase()
}

/// A row: its name with a badge, a line of text, and what can be done.
fn row(name: Text, state: Badge, word: Text, text: AnyView, actions: AnyView) -> AnyView {
    view! {
        <div class="row__main">
            <div>
                <b>{name} " " {badge(state, word)}</b>
                <p>{text}</p>
            </div>
            {actions}
        </div>
    }
    .erase()
}

/// When it was last used, if that is known.
fn used(day: Option<Day>) -> Option<AnyView> {
    let day = day?;
    let time = |text| view! { <time datetime=day.iso.clone()>{text}</time> }.erase();
    let words = t::security::FACTOR_USED.marked([("day", &day.text)], &time);
    Some(view! { " " <span class="whole">{words}</span> }.into_any())
}

/// The way to take something away.
fn remove(page: &'static str, what: Text) -> AnyView {
    view! { <a class="tap small" href=page>{t::security::REMOVE}<span class="vh">": " {what}</span></a> }.erase()
}

#[component]
fn AppRow(app: AppView) -> AnyView {
    let (state, word, text, actions) = match app {
        AppView::Closed => (Badge::Plain, t::security::CLOSED, t::security::CLOSED_WHY.show().erase(), ().into_any()),
        AppView::None => {
            let add = view! {
                <a class="btn btn--primary btn--sm" href=routes::CHANGE_AUTHENTICATOR>
                    {t::security::ADD_APP}
                </a>
            };
            (Badge::Plain, t::security::NOT_ADDED, t::security::APP_NONE.show().erase(), add.erase())
        }
        AppView::On { since, used: last, removable } => {
            let day = |day| view! { <time datetime=since.iso.clone()>{day}</time> }.erase();
            let linked = t::security::LINKED.marked([("day", &since.text)], &day);
            let linked = view! { {linked} {used(last)} }.into_any();
            let actions = view! {
                <a class="btn btn--sm" href=routes::CHANGE_AUTHENTICATOR>{t::security::CHANGE_APP}</a>
                {removable.then(|| remove(routes::REMOVE_AUTHENTICATOR, t::security::APP))}
            };
            (Badge::Go, t::security::ON, linked, actions.into_any())
        }
        AppView::Off { changeable } => {
            let change = changeable.then(|| {
                view! { <a class="btn btn--sm" href=routes::CHANGE_AUTHENTICATOR>{t::security::CHANGE_APP}</a> }
            });
            (Badge::Stop, t::security::OFF, t::security::OFF_WHY.show().erase(), change.into_any())
        }
    };
    row(t::security::APP, state, word, text, actions)
}

/// Why a number is no second step.
fn closed(offer: Offer) -> Text {
    match offer {
        Offer::NotForPayors => t::security::PHONE_PAYORS,
        Offer::NotWithSso => t::set_up::SMS_SSO,
        Offer::NotInCompany => t::set_up::SMS_COMPANY,
        Offer::Open | Offer::NotAvailable => t::message::PHONE_US_ONLY,
    }
}

/// `None` where this installation sends no text messages.
fn phone_row(phone: PhoneRowView) -> Option<AnyView> {
    let (state, word, text, actions) = match phone {
        PhoneRowView::Closed(Offer::NotAvailable) => return None,
        PhoneRowView::Closed(offer) => {
            (Badge::Plain, t::security::PHONE_ADDED, closed(offer).show().erase(), ().into_any())
        }
        PhoneRowView::None => {
            let add = view! { <a class="btn btn--sm" href=routes::CHANGE_PHONE>{t::security::ADD_PHONE}</a> };
            (Badge::Plain, t::security::PHONE_ADDED, t::security::PHONE_NONE.show().erase(), add.erase())
        }
        PhoneRowView::There { masked: number, ending, used: last, state, changeable, removable } => {
            let bold = |_| view! { <b>{masked(&number, &ending)}</b> }.erase();
            let (badge, word, text) = match state {
                PhoneState::On => {
                    let on = view! { {t::security::PHONE_ON.marked(&bold)} {used(last)} }.into_any();
                    (Badge::Go, t::security::PHONE_IS_ON, on)
                }
                PhoneState::Off => (Badge::Stop, t::security::PHONE_IS_OFF, t::security::OFF_WHY.show().erase()),
                PhoneState::Uncounted(offer) => {
                    (Badge::Stop, t::security::PHONE_UNCOUNTED, closed(offer).show().erase())
                }
                PhoneState::Unusable => {
                    (Badge::Stop, t::security::PHONE_UNCOUNTED, t::security::PHONE_UNUSABLE.show().erase())
                }
            };
            let change = changeable
                .then(|| view! { <a class="btn btn--sm" href=routes::CHANGE_PHONE>{t::security::CHANGE_PHONE}</a> });
            let actions = view! { {change} {removable.then(|| remove(routes::REMOVE_PHONE, t::security::PHONE))} };
            (badge, word, text, actions.into_any())
        }
    };
    Some(row(t::security::PHONE, state, word, text, actions))
}

#[component]
fn CardRow(card: CardView, bound: bool) -> AnyView {
    let (state, word, text) = match card {
        CardView::None => (Badge::Plain, t::security::NONE_YET, t::security::CARD_NONE.show().erase()),
        CardView::Saved { number, made } => {
            let day = |day| view! { <time datetime=made.iso.clone()>{day}</time> }.erase();
            let text = t::security::CARD_MADE.marked([("number", &number.to_string()), ("day", &made.text)], &day);
            (Badge::Go, t::security::SAVED, text)
        }
        CardView::Unsaved { number } => {
            let text = t::security::CARD_UNSAVED.fill([("number", &number.to_string())]);
            (Badge::Stop, t::security::NOT_SAVED, text.erase())
        }
        CardView::Off { number } => {
            let text = t::security::CARD_OFF.fill([("number", &number.to_string())]);
            (Badge::Stop, t::security::CODE_IS_OFF, text.erase())
        }
    };
    let ask =
        bound.then(|| view! { <a class="btn btn--sm" href=routes::NEW_RECOVERY_CODE>{t::security::NEW_CODE}</a> });
    row(t::security::CARD, state, word, text, ask.into_any())
}

/// The switch that nobody can turn: it says how it stands, and why.
#[component]
pub(super) fn Always(always: AlwaysView) -> AnyView {
    let (on, why) = match always {
        AlwaysView::NotEnrolled => (false, t::security::ALWAYS_NOT.into()),
        AlwaysView::AtIdentityProvider => (false, t::security::ALWAYS_SSO.into()),
        AlwaysView::Enrolled => (true, t::security::ALWAYS_ENROLLED.into()),
        AlwaysView::Companies(companies) => {
            (true, t::security::ALWAYS_COMPANIES.fill([("companies", &companies.join(", "))]))
        }
        AlwaysView::Role => (true, t::security::ALWAYS_ROLE.into()),
    };
    view! {
        <section class="block" aria-labelledby="account">
            <div class="block__intro"><h2 id="account">{t::security::ACCOUNT}</h2></div>
            <div class="panel">
                <div class="switch-row">
                    <div>
                        <label class="label" for="always">{t::security::ALWAYS}</label>
                        <p class="small muted tap" id="always-hint">
                            {on.then(|| view! { <Icon d=icon::LOCK/> " " })} <span>{why}</span>
                        </p>
                    </div>
                    <input
                        class="switch"
                        id="always"
                        type="checkbox"
                        role="switch"
                        checked=on
                        disabled
                        aria-describedby="always-hint"
                    />
                </div>
            </div>
        </section>
    }
    .erase()
}
