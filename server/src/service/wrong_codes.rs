//! Telling the owner of wrong codes behind a right password (product.md, section 8).
//!
//! They are counted over a day, apart from the counters that pause: those count a quarter of an hour, so whoever types four
//! codes in each would never be told of, and the owner's own sign-ins make some of them forget. No success makes these forget.

use app::backend::Visit;
use sqlx::AnyConnection;

use super::{
    Service,
    failure::Failure,
    notice::{Event, Origin},
};
use crate::{
    clock::Timestamp,
    crypto::MacPurpose,
    storage::{
        PersonId,
        throttle::{self, Allowance},
    },
};

/// Over how long they are counted, and after how long they are told again, seconds.
const DAY: i64 = 24 * 60 * 60;
/// Of browsers that the account does not know.
const BY_STRANGERS: i64 = 5;
/// Of all browsers: a known one may have been stolen together with the password.
const BY_ANYBODY: i64 = 20;

impl Service {
    /// Counts a wrong code, on whichever page it was typed, and tells every address of the one that is too many; of each kind
    /// at most once a day.
    pub(super) async fn tell_of_wrong_code(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        known: bool,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let strangers: (&[u8], _, _) = (b"strangers", BY_STRANGERS, Event::StrangerGuesses);
        let all: (&[u8], _, _) = (b"anybody", BY_ANYBODY, Event::ManyWrongCodes);
        for (whose, most, event) in (!known).then_some(strangers).into_iter().chain([all]) {
            let key = self.keys.mac(MacPurpose::Throttle, &[b"wrong codes", person.bytes(), whose]);
            // The one that is told starts a pause of a day, in which nothing is counted.
            let allowance = Allowance { failures: most, window: DAY, pause: DAY };
            if throttle::count(db, &key, allowance, now).await?.is_some_and(|counted| counted.pauses) {
                let address = visit.address.to_string();
                self.tell(db, person, event, &Origin::visit(visit, &address, now)).await?;
            }
        }
        Ok(())
    }
}
