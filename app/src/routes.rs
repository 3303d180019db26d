//! Every address of a page, in one place.
//!
//! There are two kinds. A hydrated page ([`PAGES`]) is in the browser's program too. A plain page ([`PLAIN`])
//! exists on the server alone, so a link to it must say `rel="external"`.

/// Email: the first page of the sign-in.
pub const SIGN_IN: &str = "/sign-in";
/// Password.
pub const PASSWORD: &str = "/sign-in/password";
/// `Enter Your 6-digit Verification Code`.
pub const VERIFY: &str = "/sign-in/code";
/// `Enter Your 6-digit Verification Code`, for one that came as a text message.
pub const PHONE_CODE: &str = "/sign-in/phone";
/// `How Do You Want to Verify Your Identity`.
pub const CHOOSE: &str = "/sign-in/choose";
/// `Enter Your Recovery Code`.
pub const RECOVERY: &str = "/sign-in/recovery";
/// `Two-Factor Authentication Required`.
pub const REQUIRED: &str = "/set-up";
/// Password again, before a signed-in person enrols early or replaces a lost app. Plain.
pub const CONFIRM: &str = "/set-up/password";
/// `Select an Authentication Method`.
pub const METHOD: &str = "/set-up/method";
/// The same with the sentence for a page that a newer one has replaced.
pub const METHOD_AGAIN: &str = "/set-up/method?notice=again";
/// `Secure your Account`.
pub const AUTHENTICATOR: &str = "/set-up/authenticator";
/// `Set Up SMS Verification`: the number.
pub const PHONE: &str = "/set-up/phone";
/// The same with the sentence for a page where no code is due any more.
pub const PHONE_AGAIN: &str = "/set-up/phone?notice=again";
/// The same with the sentence for a number that is linked to too many accounts.
pub const PHONE_SHARED: &str = "/set-up/phone?notice=shared";
/// `Set Up SMS Verification`: the code.
pub const PHONE_CONFIRM: &str = "/set-up/phone/code";
/// `Save Your Recovery Code`.
pub const RECOVERY_CODE: &str = "/set-up/recovery-code";
/// `Forgot your password?`: asks for a link. Plain.
pub const RESET: &str = "/password";
/// The same answer for everybody who asked. Plain.
pub const RESET_SENT: &str = "/password/sent";
/// The address in the mail; takes the token and goes on to [`RESET_NEW`]. No page.
pub const RESET_LINK: &str = "/password/link";
/// Takes the new password. Plain.
pub const RESET_NEW: &str = "/password/new";
/// The new password is set. Plain.
pub const RESET_DONE: &str = "/password/done";
/// Signed in. Plain.
pub const HOME: &str = "/";
/// `My Profile Settings`, `Password & Security`. Plain, as all below it.
pub const SECURITY: &str = "/profile/security";
/// `Add Authenticator App`, `Change Authenticator App`.
pub const CHANGE_AUTHENTICATOR: &str = "/profile/security/authenticator";
/// Takes the authenticator app away.
pub const REMOVE_AUTHENTICATOR: &str = "/profile/security/authenticator/remove";
/// `Add Phone Number`, `Change Phone Number`.
pub const CHANGE_PHONE: &str = "/profile/security/phone";
/// Takes the phone number away.
pub const REMOVE_PHONE: &str = "/profile/security/phone/remove";
/// `Request a New Recovery Code`.
pub const NEW_RECOVERY_CODE: &str = "/profile/security/recovery-code";
/// The same with the sentence for a card that was replaced before its person said that it is saved.
pub const NEW_RECOVERY_CODE_REPLACED: &str = "/profile/security/recovery-code?notice=replaced";
/// `Change Password`.
pub const NEW_PASSWORD: &str = "/profile/security/password";
/// How long a pause lasts, with the moment of its end in its query (`until`, seconds since 1970). Plain.
pub const PAUSE: &str = "/pause";
/// Mail and SMS of the demo; absent elsewhere. Plain.
pub const OUTBOX: &str = "/demo/outbox";

/// The sign-in page with the sentence for an expired step.
pub const SIGN_IN_EXPIRED: &str = "/sign-in?notice=expired";
/// The sign-in page with the sentence for a used-up challenge.
pub const SIGN_IN_ATTEMPTS: &str = "/sign-in?notice=attempts";
/// The sign-in page with the sentence for a step that is done, and whose answer was lost.
pub const SIGN_IN_ANSWERED: &str = "/sign-in?notice=answered";
/// The same for a recovery code, whose new code nobody has seen.
pub const SIGN_IN_UNSEEN: &str = "/sign-in?notice=unseen";
/// The sign-in page after a sign-out.
pub const SIGN_IN_SIGNED_OUT: &str = "/sign-in?notice=signed-out";
/// The same where only the browser could be told, and the session is left to end by itself.
pub const SIGN_IN_LEFT: &str = "/sign-in?notice=left";

/// `Password & Security` with the sentence for a change whose time was over.
pub const SECURITY_EXPIRED: &str = "/profile/security?notice=expired";
/// The same for a change that ended with too many wrong codes.
pub const SECURITY_ATTEMPTS: &str = "/profile/security?notice=attempts";
/// The same for a change that asks for a code while none is taken.
pub const SECURITY_BLOCKED: &str = "/profile/security?notice=blocked";

/// The page that asks again who it is, if a form was sent from one.
pub fn asking(from: Option<&'static str>) -> &'static str {
    from.filter(|page| ASKING.contains(page)).unwrap_or(SECURITY)
}

/// The page whose form posts to a server function: where an error goes when JavaScript is off. `from` is the page that
/// says it sent the form; it is heeded where several pages have that form.
pub fn page_of(endpoint: &str, from: Option<&'static str>) -> &'static str {
    match endpoint {
        "/api/profile/text" => asking(from),
        "/api/sign-in/password" => PASSWORD,
        "/api/sign-in/code" => VERIFY,
        "/api/sign-in/phone" | "/api/sign-in/phone/resend" | "/api/sign-in/phone/code" => PHONE_CODE,
        "/api/sign-in/recovery" => RECOVERY,
        "/api/set-up/start" => CONFIRM,
        "/api/set-up/method" => METHOD,
        "/api/set-up/authenticator" => AUTHENTICATOR,
        "/api/set-up/phone" => PHONE,
        "/api/set-up/phone/resend" | "/api/set-up/phone/code" => PHONE_CONFIRM,
        "/api/set-up/saved" | "/api/set-up/new-code" => RECOVERY_CODE,
        "/api/password/ask" => RESET,
        "/api/password/new" => RESET_NEW,
        "/api/sign-out" => HOME,
        "/api/profile/authenticator" => CHANGE_AUTHENTICATOR,
        "/api/profile/authenticator/remove" => REMOVE_AUTHENTICATOR,
        "/api/profile/phone" => CHANGE_PHONE,
        "/api/profile/phone/remove" => REMOVE_PHONE,
        "/api/profile/recovery-code" => NEW_RECOVERY_CODE,
        "/api/profile/password" => NEW_PASSWORD,
        "/api/profile/session/end" | "/api/profile/session/end-others" | "/api/profile/theme" => SECURITY,
        _ => SIGN_IN,
    }
}

/// The pages that ask again who it is, and may have a code sent for that. Plain.
const ASKING: [&str; 7] =
    [CONFIRM, CHANGE_AUTHENTICATOR, REMOVE_AUTHENTICATOR, CHANGE_PHONE, REMOVE_PHONE, NEW_RECOVERY_CODE, NEW_PASSWORD];

/// Every hydrated page.
pub const PAGES: [&str; 12] = [
    SIGN_IN,
    PASSWORD,
    VERIFY,
    PHONE_CODE,
    CHOOSE,
    RECOVERY,
    REQUIRED,
    METHOD,
    AUTHENTICATOR,
    PHONE,
    PHONE_CONFIRM,
    RECOVERY_CODE,
];

/// Every plain page.
pub const PLAIN: [&str; 15] = [
    HOME,
    CONFIRM,
    SECURITY,
    CHANGE_AUTHENTICATOR,
    REMOVE_AUTHENTICATOR,
    CHANGE_PHONE,
    REMOVE_PHONE,
    NEW_RECOVERY_CODE,
    NEW_PASSWORD,
    RESET,
    RESET_SENT,
    RESET_NEW,
    RESET_DONE,
    PAUSE,
    OUTBOX,
];

/// Whether the browser's program has the page of this address, which may carry a query.
pub fn is_hydrated(address: &str) -> bool {
    PAGES.contains(&path_of(address))
}

/// Whether a page may be asked for again without a loss. One is not: it shows its code once, so no picker of the language
/// stands on it, and it comes in a document of its own, also where the program could draw it.
pub fn shows_again(address: &str) -> bool {
    path_of(address) != RECOVERY_CODE
}

fn path_of(address: &str) -> &str {
    address.split_once('?').map_or(address, |(path, _)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_of_one_kind() {
        assert!(PLAIN.into_iter().all(|page| !is_hydrated(page)));
        for page in PAGES {
            assert!(is_hydrated(page) && is_hydrated(&format!("{page}?notice=expired")), "{page}");
        }
    }
}
