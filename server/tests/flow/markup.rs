//! Names that are markup and script (WEB-07, WEB-08): a page shows them as the text that they are.

use app::{
    model::{Email, Secret},
    routes,
};
use server::{domain::Role, service::NewPerson};

use crate::support::{PASSWORD, World, both};

both!(web_07_names_with_markup_and_script_stay_text);

/// Ends what a name may stand in (text, attribute, script, page data) and starts a script; no colon, since an issuer
/// has none.
const MARKUP: &str = "</script></title>\"'><script>alert(1)</script><img src=x onerror=alert(2)>";

async fn web_07_names_with_markup_and_script_stay_text(world: World) {
    let world = world.restart(|plan| MARKUP.clone_into(&mut plan.issuer)).await;
    world.strict_company(MARKUP).await;
    let person = NewPerson {
        email: Email::parse("eve@strict.example").unwrap(),
        name: MARKUP.to_owned(),
        company: MARKUP.to_owned(),
        role: Role::Member,
        password: Some(Secret::new(PASSWORD)),
    };
    world.service.add_person(&person).await.unwrap();

    let mut browser = world.browser();
    browser.get(routes::SIGN_IN).await;
    browser.enter("eve@strict.example").await.leads_to(routes::REQUIRED);
    browser.get(routes::REQUIRED).await;
    browser.call("set-up/method", &[("method", "authenticator")]).await.leads_to(routes::AUTHENTICATOR);
    browser.get(routes::AUTHENTICATOR).await;
    let key = browser.setup_key().await;
    browser.confirm(&world.code(&key, 0)).await.leads_to(routes::RECOVERY_CODE);
    browser.get(routes::RECOVERY_CODE).await;
    browser.save_recovery_code().await;
    for page in routes::PLAIN.into_iter().chain([routes::SIGN_IN]) {
        browser.get(page).await;
    }

    let pages = browser.heard().iter().filter(|(_, text)| text.contains("text/html"));
    let mut shown = 0;
    for (path, text) in pages {
        let scripts = text.to_ascii_lowercase();
        for live in ["<script>alert", "<img src=x", "</title>\"'>", "<script>alert(1)"] {
            assert!(!scripts.contains(live), "{path} has it as markup: {text}");
        }
        shown += usize::from(text.contains("&lt;script&gt;alert(1)"));
    }
    assert!(shown >= 4, "only {shown} pages show a name at all");

    for mail in world.post().await {
        assert!(!format!("{mail:?}").contains("<script>alert"), "{mail:?}");
    }
}
