//! What the account is, as the page shows it.

use app::{
    Language,
    model::{AlwaysView, CardView, Day, EventView, Happening, Offer, PhoneRowView, PhoneState, PlaceView, SessionView},
};
use data_encoding::HEXLOWER;
use jiff::tz::TimeZone;

use crate::{
    clock::Timestamp,
    domain::{Card, Network, Requirement, Way, device_name, is_handheld, may_remove, network_of, start_of},
    service::{sms::Standing, text},
    storage::{SessionId, audit::Event, factor::Use, recovery_code::Current, session::Listed},
};

/// How the app stands.
pub(super) fn app(standing: &Standing) -> Way {
    match (standing.authenticator, standing.authenticator_active) {
        (false, _) => Way::None,
        (true, true) => Way::On,
        (true, false) => Way::Off,
    }
}

/// How the phone number stands.
pub(super) fn phone(standing: &Standing) -> Way {
    match &standing.phone {
        Some((phone, _)) if phone.active => Way::On,
        Some(_) => Way::Off,
        None if standing.has_phone => Way::Uncounted,
        None => Way::None,
    }
}

/// How the recovery code stands.
pub(super) fn card(current: Option<&Current>) -> Card {
    match current {
        None => Card::None,
        Some(code) if !code.active => Card::Off,
        Some(code) if code.acknowledged => Card::Saved,
        Some(_) => Card::Unsaved,
    }
}

/// The row of the recovery code.
pub(super) fn card_row(code: &Current, zone: &TimeZone, language: Language) -> CardView {
    if !code.active {
        return CardView::Off { number: code.number };
    }
    if !code.acknowledged {
        return CardView::Unsaved { number: code.number };
    }
    CardView::Saved { number: code.number, made: day(code.created, zone, language) }
}

/// Why the switch stands where it does. Who has a second step is asked for it at each sign-in, whoever wants it.
pub(super) fn always(enrolled: bool, asked: Requirement) -> AlwaysView {
    match (enrolled, asked) {
        (_, Requirement::Required { by_role: true, .. }) => AlwaysView::Role,
        (_, Requirement::Required { companies, by_role: false }) => AlwaysView::Companies(companies),
        (false, Requirement::AtIdentityProvider) => AlwaysView::AtIdentityProvider,
        (false, Requirement::Upcoming { .. } | Requirement::Optional) => AlwaysView::NotEnrolled,
        (true, Requirement::AtIdentityProvider | Requirement::Upcoming { .. } | Requirement::Optional) => {
            AlwaysView::Enrolled
        }
    }
}

pub(super) fn day(at: Timestamp, zone: &TimeZone, language: Language) -> Day {
    let (text, iso) = text::day(at, zone, language);
    Day { text, iso }
}

/// When a factor was last used. The code of an app may be one of the step to come.
pub(super) fn last_used(of: Use, now: Timestamp) -> Option<Timestamp> {
    (of.last_step > 0).then(|| start_of(of.last_step).min(now))
}

pub(super) fn session_view(listed: &Listed, current: SessionId, zone: &TimeZone, language: Language) -> SessionView {
    SessionView {
        id: HEXLOWER.encode(listed.id.bytes()),
        device: device_name(&listed.agent),
        handheld: is_handheld(&listed.agent),
        place: place(&listed.address),
        last_seen: text::moment(listed.last_seen, zone, language),
        current: listed.id == current,
    }
}

/// The row of the phone number.
pub(super) fn phone_row(
    standing: &Standing,
    used: Option<Day>,
    offer: Offer,
    asked: &Requirement,
    blocked: bool,
) -> PhoneRowView {
    let changeable = offer == Offer::Open && !blocked;
    match (&standing.phone, offer) {
        (Some((phone, number)), _) => PhoneRowView::There {
            masked: number.masked(),
            ending: number.ending().to_owned(),
            used,
            state: if phone.active { PhoneState::On } else { PhoneState::Off },
            changeable,
            removable: may_remove(asked, standing.authenticator_active),
        },
        (None, _) if standing.has_phone => PhoneRowView::There {
            masked: String::new(),
            ending: String::new(),
            used,
            state: if standing.unusable { PhoneState::Unusable } else { PhoneState::Uncounted(offer) },
            changeable,
            removable: true,
        },
        (None, Offer::Open) => PhoneRowView::None,
        (None, offer @ (Offer::NotForPayors | Offer::NotWithSso | Offer::NotInCompany | Offer::NotAvailable)) => {
            PhoneRowView::Closed(offer)
        }
    }
}

fn place(address: &str) -> PlaceView {
    match network_of(address) {
        None => PlaceView::Nowhere,
        Some(Network::ThisMachine) => PlaceView::ThisMachine,
        Some(Network::Local) => PlaceView::Local,
        Some(Network::Internet(address)) => PlaceView::Address(address.to_string()),
    }
}

/// Whether an event is about the phone, not about the app.
fn is_of_phone(event: &Event) -> bool {
    let detail: serde_json::Value = serde_json::from_str(&event.detail).unwrap_or_default();
    detail.get("method").and_then(serde_json::Value::as_str) == Some("phone")
}

/// An event as its person reads it; steps on the way to something are left out.
pub(super) fn event_view(event: &Event, zone: &TimeZone, language: Language) -> Option<EventView> {
    let what = match event.kind.as_str() {
        "session.password" => Happening::SignedInPassword,
        "session.authenticator" => Happening::SignedInApp,
        "session.phone" => Happening::SignedInPhone,
        "session.recovery" => Happening::SignedInRecovery,
        "sign_in.after_failures" => Happening::SignedInAfterFailures,
        "sign_in.new_place" => Happening::SignedInFromNewPlace,
        "session.end" => Happening::SignedOut,
        "session.ended" => Happening::SessionEnded,
        "password.wrong" => Happening::WrongPassword,
        "code.wrong" | "code.used" | "confirm.wrong" => Happening::WrongCode,
        "factor.bound" if is_of_phone(event) => Happening::PhoneLinked,
        "factor.bound" => Happening::AppLinked,
        "phone.removed" => Happening::PhoneRemoved,
        "factor.removed" => Happening::AppRemoved,
        "phone.disabled" => Happening::PhoneOff,
        "factor.disabled" => Happening::AppOff,
        "recovery_code.requested" | "recovery_code.renewed" => Happening::NewRecoveryCode,
        "recovery_code.saved" => Happening::RecoveryCodeSaved,
        "recovery_code.disabled" => Happening::RecoveryCodeOff,
        "person.password" | "password.changed" | "password.reset" => Happening::NewPassword,
        "person.email" => Happening::EmailChanged,
        "address.added" => Happening::AddressAdded,
        "address.removed" => Happening::AddressRemoved,
        "password.reset_asked" => Happening::ResetAsked,
        "password.paused" => Happening::PasswordPaused,
        "session.answered_again" => Happening::AnsweredAgain,
        _ => return None,
    };
    let (_, iso) = text::day(event.at, zone, language);
    Some(EventView { at: text::moment(event.at, zone, language), iso, what, place: place(&event.address) })
}
