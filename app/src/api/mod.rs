//! Server functions: convert, call the port, hand the answer on. No rule of Muster lives here.

#[cfg(feature = "ssr")]
mod form;
#[expect(missing_docs, reason = "the server macro makes a public field of every argument")]
mod language;
mod page;
#[expect(missing_docs, reason = "the server macro makes a public field of every argument")]
mod phone;
#[cfg(feature = "ssr")]
#[expect(missing_docs, reason = "the server macro makes a public field of every argument")]
mod profile;
#[expect(missing_docs, reason = "the server macro makes a public field of every argument")]
mod reset;
#[expect(missing_docs, reason = "the server macro makes a public field of every argument")]
mod set_up;
#[expect(missing_docs, reason = "the server macro makes a public field of every argument")]
mod sign_in;

#[cfg(feature = "ssr")]
pub use form::{Form, forms};
pub use language::{SetLanguage, set_language};
pub use page::{
    AuthenticatorPage, EmailPage, MethodPage, PasswordPage, PhoneCodePage, PhoneConfirmPage, PhonePage,
    RecoveryCodePage, RecoveryPage, RequiredPage, VerifyPage, authenticator_page, email_page, method_page,
    password_page, phone_code_page, phone_confirm_page, phone_page, recovery_code_page, recovery_page, required_page,
    verify_page,
};
pub use phone::{
    ConfirmPhone, ResendSetUpCode, ResendSignInCode, SendSetUpCode, SendSignInCode, VerifyPhoneCode, confirm_phone,
    resend_set_up_code, resend_sign_in_code, send_set_up_code, send_sign_in_code, verify_phone_code,
};
#[cfg(feature = "ssr")]
pub use profile::{
    ChangeAuthenticator, ChangePassword, ChangePhone, EndOtherSessions, EndSession, NewRecoveryCode,
    RemoveAuthenticator, RemovePhone, SendConfirmCode, SetTheme, StartSetUp, change_authenticator, change_password,
    change_phone, end_other_sessions, end_session, new_recovery_code, remove_authenticator, remove_phone,
    send_confirm_code, set_theme, start_set_up,
};
pub use reset::{AskReset, ResetPassword, ask_reset, reset_password};
pub use set_up::{
    AcknowledgeRecoveryCode, ChooseMethod, ConfirmAuthenticator, RenewRecoveryCode, acknowledge_recovery_code,
    choose_method, confirm_authenticator, renew_recovery_code,
};
pub use sign_in::{
    SignOut, SubmitEmail, SubmitPassword, VerifyCode, VerifyRecoveryCode, sign_out, submit_email, submit_password,
    verify_code, verify_recovery_code,
};

#[cfg(feature = "ssr")]
mod port {
    use http::{HeaderName, HeaderValue, header};
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;

    use crate::{
        AppError,
        backend::{Port, Reply, Visit},
    };

    /// The port and the visit of this request.
    pub(crate) fn port() -> Result<(Port, Visit), AppError> {
        use_context::<Port>().zip(use_context::<Visit>()).ok_or(AppError::Unavailable)
    }

    /// Writes the answer's cookies and its next page to the response.
    pub(crate) fn answer<T>(reply: Reply<T>) -> Result<T, AppError> {
        let response = use_context::<ResponseOptions>().unwrap_or_default();
        for value in reply.cookies.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok()) {
            response.append_header(header::SET_COOKIE, value);
        }
        if reply.clear_site_data {
            response.insert_header(
                HeaderName::from_static("clear-site-data"),
                HeaderValue::from_static("\"cache\", \"storage\""),
            );
        }
        if let Some(pause) = reply.pause {
            leptos_axum::redirect(&pause.address());
        } else if let Some(location) = reply.location {
            leptos_axum::redirect(location);
        }
        reply.result
    }
}
#[cfg(feature = "ssr")]
pub(crate) use port::{answer, port};
