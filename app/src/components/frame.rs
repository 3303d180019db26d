//! The two frames: the gate before a sign-in is complete, the wide page after it.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{Body, Erase, ErrorSummary, Heading, Mark, Step, Steps};
use crate::{AppError, routes, t};

/// One task on one sheet.
#[component]
pub fn Gate(
    /// Heading and document title.
    #[prop(into)]
    title: String,
    /// The error of the page's form.
    #[prop(optional)]
    problem: Signal<Option<AppError>>,
    /// The `id` of the field that errors are about.
    #[prop(optional)]
    field: Option<&'static str>,
    /// The step of the enrolment.
    #[prop(optional_no_strip, into)]
    step: Option<Step>,
    /// What stands over the heading.
    #[prop(optional_no_strip, into)]
    above: Option<AnyView>,
    /// What stands beside the sheet; without it the warning stands below.
    #[prop(optional_no_strip, into)]
    aside: Option<AnyView>,
    /// The sheet, below the heading.
    children: Body,
) -> AnyView {
    let class = if aside.is_some() { "gate gate--aside" } else { "gate" };
    view! {
        <PageTitle title=title.clone() problem/>
        <Skip/>
        <header class="top"><Brand/></header>
        <div class=class>
            <main class="sheet stack stack--lg" id="main" tabindex="-1">
                <ErrorSummary problem field/>
                {step.map(|at| view! { <Steps at/> })}
                {above}
                <Heading text=title/>
                {(children.0)()}
            </main>
            {aside.unwrap_or_else(|| view! { <aside class="help" aria-label=t::frame::SAFETY><p>{t::frame::WARNING}</p></aside> }.erase())}
        </div>
        <svg class="rally" viewBox="0 0 1280 800" preserveAspectRatio="xMidYMid slice" aria-hidden="true" focusable="false">
            <path d="M-60 60l340 340-340 340M1340 60L1000 400l340 340M470-150l170 170 170-170M470 950l170-170 170 170"></path>
        </svg>
    }
    .erase()
}

/// A signed-in page, or a list: a plain page.
#[cfg(feature = "ssr")]
#[component]
pub fn Wide(
    /// Heading and document title.
    #[prop(into)]
    title: String,
    /// The error of the page's form.
    #[prop(optional)]
    problem: Signal<Option<AppError>>,
    /// What stands at the end of the header.
    #[prop(optional)]
    header: Option<AnyView>,
    /// The page, below the heading.
    children: Body,
) -> AnyView {
    view! {
        <PageTitle title=title.clone() problem/>
        <Skip/>
        <header class="app-top"><div class="top"><Brand/> {header}</div></header>
        <main class="wrap page stack stack--lg" id="main" tabindex="-1">
            <ErrorSummary problem field=None/>
            <Heading text=title/>
            {(children.0)()}
        </main>
    }
    .erase()
}

/// The title of a plain page: there is no `leptos_meta` round it that would carry it to the head.
#[cfg(feature = "ssr")]
#[derive(Clone, Debug)]
pub struct PlainTitle(StoredValue<String>);

#[cfg(feature = "ssr")]
impl PlainTitle {
    /// Puts a place for the title into the context.
    pub fn provide() -> Self {
        let title = Self(StoredValue::new(String::new()));
        provide_context(title.clone());
        title
    }

    /// What the page calls itself, once it is made.
    pub fn text(&self) -> String {
        self.0.get_value()
    }
}

#[component]
fn PageTitle(title: String, problem: Signal<Option<AppError>>) -> AnyView {
    let text = move || {
        let title = match problem.get() {
            Some(_) => t::frame::ERROR_TITLE.fill([("title", &title)]),
            None => title.clone(),
        };
        title + " – Muster"
    };
    #[cfg(feature = "ssr")]
    if let Some(place) = use_context::<PlainTitle>() {
        place.0.set_value(text());
        return ().into_any();
    }
    view! { <Title text/> }.erase()
}

/// Left to the browser (`external`): the router would scroll and leave the focus behind.
#[component]
fn Skip() -> AnyView {
    view! { <a class="skip" href="#main" rel="external">{t::frame::SKIP}</a> }.erase()
}

#[component]
fn Brand() -> AnyView {
    view! { <a class="brand" href=routes::HOME rel="external"><Mark/> " Muster"</a> }.erase()
}
