//! "Am I safe if I lose this phone today?", answered from what the account really has.

use app::model::Safety;

use super::Requirement;

/// An authenticator app or a phone number of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// None.
    None,
    /// Its codes are taken.
    On,
    /// Switched off after too many wrong codes in a row.
    Off,
    /// Not a second factor for this person: the roles ask for more.
    Uncounted,
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
    /// Switched off after too many wrong ones in a row.
    Off,
}

/// What an account stands on.
#[derive(Clone, Copy, Debug)]
pub struct Footing<'a> {
    /// The app.
    pub app: Way,
    /// The phone number.
    pub phone: Way,
    /// The recovery code.
    pub card: Card,
    /// What is asked of the person.
    pub asked: &'a Requirement,
}

/// Answers for an account. App and number are taken to be on the phone that is lost.
pub fn safety(footing: &Footing<'_>) -> Safety {
    let ways = [footing.app, footing.phone];
    match footing.card {
        Card::Saved if ways.contains(&Way::On) => Safety::Yes,
        Card::Unsaved if ways.contains(&Way::On) => Safety::CardNotSaved,
        Card::None if ways.contains(&Way::On) => Safety::NoCard,
        Card::Off if ways.contains(&Way::On) => Safety::CardOff,
        Card::Saved if ways.contains(&Way::Off) => Safety::SwitchedOff,
        Card::None | Card::Unsaved | Card::Off if ways.contains(&Way::Off) => Safety::Stuck,
        _ if *footing.asked == Requirement::AtIdentityProvider => Safety::AtIdentityProvider,
        _ if ways.contains(&Way::Uncounted) => Safety::PhoneDoesNotCount,
        Card::None | Card::Unsaved | Card::Saved | Card::Off => Safety::NotSetUp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARDS: [Card; 4] = [Card::None, Card::Unsaved, Card::Saved, Card::Off];

    fn answers(app: Way, phone: Way, asked: &Requirement) -> [Safety; 4] {
        CARDS.map(|card| safety(&Footing { app, phone, card, asked }))
    }

    #[test]
    fn every_state_has_its_answer() {
        let works = [Safety::NoCard, Safety::CardNotSaved, Safety::Yes, Safety::CardOff];
        let off = [Safety::Stuck, Safety::Stuck, Safety::SwitchedOff, Safety::Stuck];
        for (app, phone, expected) in [
            (Way::None, Way::None, [Safety::NotSetUp; 4]),
            (Way::None, Way::On, works),
            (Way::None, Way::Off, off),
            (Way::None, Way::Uncounted, [Safety::PhoneDoesNotCount; 4]),
            (Way::On, Way::None, works),
            (Way::On, Way::On, works),
            (Way::On, Way::Off, works),
            (Way::On, Way::Uncounted, works),
            (Way::Off, Way::None, off),
            (Way::Off, Way::On, works),
            (Way::Off, Way::Off, off),
            (Way::Off, Way::Uncounted, off),
        ] {
            assert_eq!(answers(app, phone, &Requirement::Optional), expected, "{app:?} {phone:?}");
        }
    }

    #[test]
    fn person_of_an_identity_provider_is_sent_there() {
        let asked = Requirement::AtIdentityProvider;
        for phone in [Way::None, Way::Uncounted] {
            assert_eq!(answers(Way::None, phone, &asked), [Safety::AtIdentityProvider; 4]);
        }
        assert_eq!(answers(Way::On, Way::None, &asked)[2], Safety::Yes);
    }
}
