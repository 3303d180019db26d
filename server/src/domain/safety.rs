//! "Am I safe if I lose this phone today?", answered from what the account really has.

use super::{Methods, Requirement, SmsReach};

/// The authenticator app of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum App {
    /// None.
    None,
    /// Its codes are taken.
    On,
    /// Switched off after too many wrong codes in a row.
    Off,
}

/// The recovery code of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Card {
    /// None.
    None,
    /// Shown, and nobody said that it is saved.
    Unsaved,
    /// Saved.
    Saved,
}

/// What an account stands on.
#[derive(Clone, Copy, Debug)]
pub struct Footing<'a> {
    /// The app.
    pub app: App,
    /// Whether there is a phone number.
    pub phone: bool,
    /// The recovery code.
    pub card: Card,
    /// What is asked of the person.
    pub asked: &'a Requirement,
    /// The methods open to the person.
    pub methods: Methods,
}

/// The answer; each one has its one next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// The company signs the person in. Next: its IT department.
    AtIdentityProvider,
    /// The password is the only lock. Next: add a method.
    NotSetUp,
    /// There is a phone number, which this role may not use. Next: add an app.
    PhoneDoesNotCount,
    /// The app is switched off, and the code is there. Next: sign in with the code and link the app again.
    AppOff,
    /// The app is switched off, and nothing else opens the account. Next: an administrator.
    Stuck,
    /// The app or the phone is the only way. Next: ask for a recovery code.
    NoCard,
    /// There is a code that nobody has saved. Next: save it.
    CardNotSaved,
    /// The recovery code opens the account. Next: look where it is, or ask for a new one.
    Yes,
}

/// Answers for an account. App and number are taken to be on the phone that is lost.
pub fn safety(footing: &Footing<'_>) -> Safety {
    let phone_counts = footing.phone && footing.methods.sms != SmsReach::Nowhere;
    match (footing.app, phone_counts, footing.card) {
        (App::None, false, _) if *footing.asked == Requirement::AtIdentityProvider => Safety::AtIdentityProvider,
        (App::None, false, _) if footing.phone => Safety::PhoneDoesNotCount,
        (App::None, false, _) => Safety::NotSetUp,
        (App::Off, false, Card::Saved) => Safety::AppOff,
        (App::Off, false, Card::None | Card::Unsaved) => Safety::Stuck,
        (App::On, _, Card::None) | (App::None | App::Off, true, Card::None) => Safety::NoCard,
        (App::On, _, Card::Unsaved) | (App::None | App::Off, true, Card::Unsaved) => Safety::CardNotSaved,
        (App::On, _, Card::Saved) | (App::None | App::Off, true, Card::Saved) => Safety::Yes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: Methods = Methods { authenticator: true, sms: SmsReach::AllowedCountries };
    const PAYOR: Methods = Methods { authenticator: true, sms: SmsReach::Nowhere };

    #[track_caller]
    fn is(expected: Safety, app: App, phone: bool, card: Card, methods: Methods) {
        let asked = Requirement::Optional;
        assert_eq!(safety(&Footing { app, phone, card, asked: &asked, methods }), expected, "{app:?} {phone} {card:?}");
    }

    #[test]
    fn every_state_has_its_answer() {
        for (app, phone, card, expected) in [
            (App::None, false, Card::None, Safety::NotSetUp),
            (App::None, false, Card::Unsaved, Safety::NotSetUp),
            (App::None, false, Card::Saved, Safety::NotSetUp),
            (App::None, true, Card::None, Safety::NoCard),
            (App::None, true, Card::Unsaved, Safety::CardNotSaved),
            (App::None, true, Card::Saved, Safety::Yes),
            (App::On, false, Card::None, Safety::NoCard),
            (App::On, false, Card::Unsaved, Safety::CardNotSaved),
            (App::On, false, Card::Saved, Safety::Yes),
            (App::On, true, Card::None, Safety::NoCard),
            (App::On, true, Card::Unsaved, Safety::CardNotSaved),
            (App::On, true, Card::Saved, Safety::Yes),
            (App::Off, false, Card::None, Safety::Stuck),
            (App::Off, false, Card::Unsaved, Safety::Stuck),
            (App::Off, false, Card::Saved, Safety::AppOff),
            (App::Off, true, Card::None, Safety::NoCard),
            (App::Off, true, Card::Unsaved, Safety::CardNotSaved),
            (App::Off, true, Card::Saved, Safety::Yes),
        ] {
            is(expected, app, phone, card, OPEN);
        }
    }

    #[test]
    fn phone_of_a_payor_counts_for_nothing() {
        is(Safety::PhoneDoesNotCount, App::None, true, Card::Saved, PAYOR);
        is(Safety::AppOff, App::Off, true, Card::Saved, PAYOR);
        is(Safety::Stuck, App::Off, true, Card::None, PAYOR);
        is(Safety::Yes, App::On, true, Card::Saved, PAYOR);
    }

    #[test]
    fn person_of_an_identity_provider_is_sent_there() {
        let asked = Requirement::AtIdentityProvider;
        let methods = Methods { authenticator: false, sms: SmsReach::Nowhere };
        let footing = Footing { app: App::None, phone: false, card: Card::None, asked: &asked, methods };
        assert_eq!(safety(&footing), Safety::AtIdentityProvider);
        assert_eq!(safety(&Footing { app: App::On, card: Card::Saved, ..footing }), Safety::Yes);
    }
}
