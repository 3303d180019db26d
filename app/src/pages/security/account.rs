//! The rest of the page: where one is signed in, what happened, the password, and the look of the pages.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    super::picker::options,
    Posts,
    badge::{Badge, badge},
};
use crate::{
    Language,
    api::SetLanguage,
    components::{Erase, Form, Icon, Post, SubmitButton, icon},
    model::{EventView, Happening, PlaceView, SessionView, Theme},
    routes, t,
    text::Text,
};

fn place(place: PlaceView) -> String {
    match place {
        PlaceView::Nowhere => t::security::AT_NOWHERE.into(),
        PlaceView::ThisMachine => t::security::AT_THIS_MACHINE.into(),
        PlaceView::Local => t::security::AT_LOCAL.into(),
        PlaceView::Address(address) => t::security::AT_INTERNET.fill([("address", &address)]),
    }
}

/// The sessions, each with its way to end it.
#[component]
pub(super) fn Sessions(sessions: Vec<SessionView>, posts: Posts) -> AnyView {
    let others = sessions.len() > 1;
    let rows: Vec<_> = sessions.into_iter().map(|session| view! { <SessionRow session post=posts.end/> }).collect();
    let end_others = others.then(|| {
        view! {
            <Form post=posts.end_others>
                <SubmitButton post=posts.end_others label=t::security::END_OTHERS class="btn btn--sm"/>
            </Form>
        }
    });
    view! {
        <section class="block" aria-labelledby="sessions">
            <div class="block__intro stack stack--sm">
                <h2 id="sessions">{t::security::SESSIONS}</h2>
                <p>{t::security::SESSIONS_WHAT}</p>
            </div>
            <div class="panel stack stack--lg">
                <ul class="rows" role="list">{rows}</ul>
                {end_others}
            </div>
        </section>
    }
    .erase()
}

#[component]
fn SessionRow(session: SessionView, post: Post) -> AnyView {
    let name = session.device.unwrap_or_else(|| t::security::UNKNOWN_DEVICE.into());
    let button = (!session.current).then(|| {
        let label = name.clone();
        view! {
            <Form post>
                <input type="hidden" name="session" value=session.id/>
                <button class="btn btn--sm" type="submit">{t::security::END}<span class="vh">" " {label}</span></button>
            </Form>
        }
    });
    let seen = if session.current {
        t::security::ACTIVE_NOW.into()
    } else {
        t::security::LAST_USED.fill([("moment", &session.last_seen)])
    };
    view! {
        <li class="row">
            <Icon d=if session.handheld { icon::APP } else { icon::SCREEN }/>
            <div class="row__main">
                <div>
                    <b>{name} {session.current.then(|| view! { " " <span class="badge badge--go">{t::security::THIS_DEVICE}</span> })}</b>
                    <p>{place(session.place)} ". " {seen} "."</p>
                </div>
                {button}
            </div>
        </li>
    }
    .erase()
}

/// The badge and the words of an event.
fn happening(what: Happening) -> (Badge, Text) {
    match what {
        Happening::SignedInPassword => (Badge::Go, t::security::BY_PASSWORD),
        Happening::SignedInApp => (Badge::Go, t::security::BY_APP),
        Happening::SignedInPhone => (Badge::Go, t::security::BY_PHONE),
        Happening::SignedInRecovery => (Badge::Soon, t::security::BY_RECOVERY),
        Happening::SignedInAfterFailures => (Badge::Soon, t::security::AFTER_FAILURES),
        Happening::SignedInFromNewPlace => (Badge::Soon, t::security::NEW_PLACE),
        Happening::SignedOut => (Badge::Plain, t::security::SIGNED_OUT),
        Happening::SessionEnded => (Badge::Plain, t::security::SESSION_ENDED),
        Happening::WrongPassword => (Badge::Soon, t::security::WRONG_PASSWORD),
        Happening::WrongCode => (Badge::Soon, t::security::WRONG_CODE),
        Happening::AppLinked => (Badge::Go, t::security::APP_LINKED),
        Happening::AppRemoved => (Badge::Soon, t::security::APP_REMOVED),
        Happening::AppOff => (Badge::Stop, t::security::APP_OFF),
        Happening::PhoneLinked => (Badge::Go, t::security::PHONE_LINKED),
        Happening::PhoneRemoved => (Badge::Soon, t::security::PHONE_REMOVED),
        Happening::PhoneOff => (Badge::Stop, t::security::PHONE_OFF),
        Happening::NewRecoveryCode => (Badge::Plain, t::security::CODE_MADE),
        Happening::RecoveryCodeSaved => (Badge::Plain, t::security::CODE_SAVED),
        Happening::RecoveryCodeOff => (Badge::Stop, t::security::CODE_OFF),
        Happening::NewPassword => (Badge::Plain, t::security::PASSWORD_CHANGED),
        Happening::EmailChanged => (Badge::Soon, t::security::EMAIL_CHANGED),
        Happening::AddressAdded => (Badge::Soon, t::security::ADDRESS_ADDED),
        Happening::AddressRemoved => (Badge::Soon, t::security::ADDRESS_REMOVED),
        Happening::ResetAsked => (Badge::Soon, t::security::RESET_ASKED),
        Happening::PasswordPaused => (Badge::Stop, t::security::PASSWORD_PAUSED),
        Happening::AnsweredAgain => (Badge::Soon, t::security::ANSWERED_AGAIN),
    }
}

/// What happened in the last 90 days.
#[component]
pub(super) fn Events(events: Vec<EventView>, zone: String) -> AnyView {
    let rows: Vec<_> = events
        .into_iter()
        .map(|event| {
            let (state, words) = happening(event.what);
            view! {
                <tr role="row">
                    <th role="rowheader" scope="row"><time datetime=event.iso>{event.at}</time></th>
                    <td role="cell">{badge(state, words)}</td>
                    <td role="cell">{place(event.place)}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <section class="block" aria-labelledby="history">
            <div class="block__intro stack stack--sm">
                <h2 id="history">{t::security::HISTORY}</h2>
                <p>{t::security::HISTORY_WHAT.fill([("zone", &zone)])}</p>
            </div>
            <div class="panel">
                <table class="table" role="table" aria-labelledby="history">
                    <thead role="rowgroup">
                        <tr role="row">
                            <th role="columnheader" scope="col">{t::security::WHEN}</th>
                            <th role="columnheader" scope="col">{t::security::WHAT}</th>
                            <th role="columnheader" scope="col">{t::security::WHERE}</th>
                        </tr>
                    </thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .erase()
}

/// The way to a new password.
#[component]
pub(super) fn Password() -> AnyView {
    view! {
        <section class="block" aria-labelledby="password">
            <div class="block__intro stack stack--sm">
                <h2 id="password">{t::security::PASSWORD}</h2>
                <p>{t::security::PASSWORD_WHAT}</p>
            </div>
            <div class="panel"><a class="btn btn--sm" href=routes::NEW_PASSWORD>{t::security::CHANGE_PASSWORD}</a></div>
        </section>
    }
    .erase()
}

/// The language of pages and messages. The same as the picker below each page.
#[component]
pub(super) fn LanguageChoice() -> AnyView {
    view! {
        <section class="block" aria-labelledby="my-language">
            <div class="block__intro stack stack--sm">
                <h2 id="my-language">{t::security::LANGUAGE}</h2>
                <p>{t::security::LANGUAGE_WHAT}</p>
            </div>
            <form class="panel stack" method="post" action={<SetLanguage as ServerFn>::PATH}>
                <select class="input" name="language" autocomplete="off" aria-labelledby="my-language">
                    {options(Language::current())}
                </select>
                <button class="btn btn--sm" type="submit">{t::security::SAVE_LANGUAGE}</button>
            </form>
        </section>
    }
    .erase()
}

/// Light, dark, or as the device has it.
#[component]
pub(super) fn Appearance(theme: Option<Theme>, post: Post) -> AnyView {
    let options = [
        ("device", t::security::LOOK_DEVICE, None),
        ("light", t::security::LOOK_LIGHT, Some(Theme::Light)),
        ("dark", t::security::LOOK_DARK, Some(Theme::Dark)),
    ];
    let options = options.map(|(value, label, choice)| {
        view! {
            <label class="check">
                <input type="radio" name="theme" value=value checked=choice == theme/>
                " "
                {label}
            </label>
        }
    });
    view! {
        <section class="block" aria-labelledby="look">
            <div class="block__intro"><h2 id="look">{t::security::LOOK}</h2></div>
            <Form post class="panel stack">
                <fieldset class="stack stack--sm">
                    <legend class="vh">{t::security::LOOK}</legend>
                    {options.to_vec()}
                </fieldset>
                <SubmitButton post label=t::security::SAVE_LOOK class="btn btn--sm"/>
            </Form>
        </section>
    }
    .erase()
}
