//! The picker of the language, on every page. A plain form: the whole page comes anew in the other language.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    Language,
    api::SetLanguage,
    components::{Erase, Icon, icon},
    t,
};

#[component]
pub(super) fn LanguagePicker(
    /// The language of the page.
    language: Language,
) -> AnyView {
    view! {
        <footer class="foot no-print">
            <form class="lang" method="post" action={<SetLanguage as ServerFn>::PATH}>
                <label for="language"><Icon d=icon::GLOBE/> {t::picker::LANGUAGE}</label>
                <select class="input input--sm" id="language" name="language" autocomplete="off">
                    {options(language)}
                </select>
                <button class="btn btn--sm" type="submit">{t::picker::CHANGE}</button>
            </form>
        </footer>
    }
    .erase()
}

/// The languages, each by its own name.
pub(super) fn options(chosen: Language) -> AnyView {
    let option = |of: Language| {
        view! { <option value=of.code() lang=of.code() selected=of == chosen>{of.name()}</option> }
    };
    Language::ALL.map(option).to_vec().into_any()
}
