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
    let options = Language::ALL.map(|of| {
        view! {
            <option value=of.code() lang=of.code() selected=of == language>
                {of.name()}
            </option>
        }
    });
    view! {
        <footer class="foot no-print">
            <form class="lang" method="post" action={<SetLanguage as ServerFn>::PATH}>
                <label for="language"><Icon d=icon::GLOBE/> {t::picker::LANGUAGE}</label>
                <select class="input input--sm" id="language" name="language" autocomplete="off">
                    {options.to_vec()}
                </select>
                <button class="btn btn--sm" type="submit">{t::picker::CHANGE}</button>
            </form>
        </footer>
    }
    .erase()
}
