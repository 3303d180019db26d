//! Answers that do not come from a page: refusals at the door, and the last resort when something broke.

use app::{AppError, Language, pages::Assets, routes, t, text::Text};
use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{cookie::Cookies, header::ERROR_PAGE_POLICY, language};

/// The page, self-contained but for the stylesheet.
const PAGE: &str = include_str!("failure.html");

/// Seconds after which trying again makes sense when the server cannot say better.
pub(super) const RETRY_AFTER: u32 = 5;

/// Who reads the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// A person with a browser: a page.
    Person {
        /// The language of the page.
        language: Language,
        /// Whether asking for the same address again is trying again: it was a page, and no form.
        same_again: bool,
    },
    /// A program, ours in the browser included: JSON or a line of text.
    Program,
}

impl Audience {
    /// Tells by the `Accept` header, in the same way as Leptos does.
    pub(super) fn of(cookies: Cookies, request: &Request) -> Self {
        let headers = request.headers();
        let accept = headers.get(header::ACCEPT).map(|value| String::from_utf8_lossy(value.as_bytes()));
        if accept.is_some_and(|accept| accept.contains("text/html")) {
            Self::Person {
                language: language::asked_for(cookies, headers),
                same_again: request.method() == Method::GET,
            }
        } else {
            Self::Program
        }
    }
}

/// Why there is no better answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The request makes no sense.
    BadRequest,
    /// The request does not come from one of our pages.
    CrossSite,
    /// There is nothing here.
    NotFound,
    /// The method is not one of these.
    MethodNotAllowed(&'static str),
    /// The body did not arrive in time.
    BodyTooSlow,
    /// The body is too long.
    TooLarge,
    /// The body is of a kind that is not read here.
    MediaType,
    /// The request is for another host.
    Misdirected,
    /// Something broke; the log has it under this number.
    Broken {
        /// The number to read out to the operator.
        reference: u32,
    },
    /// The answer did not come in time.
    TooSlow,
}

impl Failure {
    /// The status.
    fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::Broken { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TooSlow => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Heading and text for a person.
    fn words(self) -> (Text, Text) {
        match self {
            Self::NotFound => (t::failure::NOT_FOUND, t::failure::NOT_FOUND_TEXT),
            Self::BodyTooSlow => (t::failure::SLOW_CONNECTION, t::failure::SLOW_CONNECTION_TEXT),
            Self::TooSlow => (t::failure::TOO_SLOW, t::failure::OUR_SIDE_TEXT),
            Self::Broken { .. } => (t::failure::BROKEN, t::failure::OUR_SIDE_TEXT),
            Self::CrossSite => (t::failure::CROSS_SITE, t::failure::START_AGAIN_TEXT),
            Self::Misdirected => (t::failure::MISDIRECTED, t::failure::MISDIRECTED_TEXT),
            Self::BadRequest | Self::MethodNotAllowed(_) | Self::TooLarge | Self::MediaType => {
                (t::failure::UNREADABLE, t::failure::START_AGAIN_TEXT)
            }
        }
    }

    /// The same for our own program in the browser.
    fn error(self) -> AppError {
        match self {
            Self::CrossSite => AppError::Forbidden,
            Self::Broken { reference } => AppError::Internal { reference },
            Self::TooSlow => AppError::Unavailable,
            Self::BadRequest
            | Self::NotFound
            | Self::MethodNotAllowed(_)
            | Self::BodyTooSlow
            | Self::TooLarge
            | Self::MediaType
            | Self::Misdirected => AppError::BadRequest,
        }
    }

    /// The answer.
    pub(super) fn answer(self, audience: Audience, assets: &Assets) -> Response {
        let mut response = match audience {
            Audience::Person { language, same_again } => self.page(assets, language, same_again),
            Audience::Program => json(self.status(), &self.error()),
        };
        let headers = response.headers_mut();
        match self {
            Self::MethodNotAllowed(allow) => {
                headers.insert(header::ALLOW, HeaderValue::from_static(allow));
            }
            // What is left of the body is not worth waiting for.
            Self::BodyTooSlow | Self::TooLarge => {
                headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Self::TooSlow => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER));
            }
            Self::BadRequest
            | Self::CrossSite
            | Self::NotFound
            | Self::MediaType
            | Self::Misdirected
            | Self::Broken { .. } => {}
        }
        response
    }

    /// One line of English, for addresses that are no pages.
    pub(super) fn line(self) -> Response {
        (self.status(), [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], self.words().0.get(Language::En))
            .into_response()
    }

    /// Where the page leads on to, and the words for it: to itself without its query, or to the start.
    fn way_on(self, same_again: bool) -> (&'static str, Text) {
        match self {
            Self::BodyTooSlow | Self::Broken { .. } | Self::TooSlow if same_again => ("?", t::failure::TRY_AGAIN),
            Self::BodyTooSlow
            | Self::Broken { .. }
            | Self::TooSlow
            | Self::BadRequest
            | Self::CrossSite
            | Self::NotFound
            | Self::MethodNotAllowed(_)
            | Self::TooLarge
            | Self::MediaType
            | Self::Misdirected => (routes::HOME, t::failure::START),
        }
    }

    fn page(self, assets: &Assets, language: Language, same_again: bool) -> Response {
        let (way, words) = self.way_on(same_again);
        let (title, text) = self.words();
        let note = match self {
            Self::Broken { reference } => {
                let number = format!("<b class=\"num\">{reference}</b>");
                let sentence = t::failure::REFERENCE.fill_in(language, [("reference", &number)]);
                format!("<p class=\"note\">{sentence}</p>")
            }
            _ => String::new(),
        };
        let page = PAGE
            .replace("{language}", language.code())
            .replace("{css}", &assets.css)
            .replace("{skip}", t::frame::SKIP.get(language))
            .replace("{title}", title.get(language))
            .replace("{text}", text.get(language))
            .replace("{way}", way)
            .replace("{words}", words.get(language))
            .replace("{note}", &note)
            .replace("{home}", routes::HOME);
        let headers =
            [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, ERROR_PAGE_POLICY)];
        (self.status(), headers, page).into_response()
    }
}

/// A value for a program.
pub(super) fn json<T: serde::Serialize>(status: StatusCode, value: &T) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => (status, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// An error for a program: the status that belongs to it, and when to try again.
pub(super) fn error(error: AppError) -> Response {
    let mut response = json(status_of(error), &error);
    set_retry_after(error, response.headers_mut());
    response
}

/// The status that belongs to an error.
pub(super) fn status_of(error: AppError) -> StatusCode {
    StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Says when to try again, where that makes sense (RFC 9110 §10.2.3).
pub(super) fn set_retry_after(error: AppError, headers: &mut HeaderMap) {
    let seconds = match error {
        AppError::Busy { retry_after } => retry_after,
        AppError::Paused { seconds, .. }
        | AppError::SmsWait { seconds }
        | AppError::SmsLimit { seconds }
        | AppError::TooOften { seconds } => seconds,
        AppError::Unavailable => RETRY_AFTER,
        _ => return,
    };
    headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
}
