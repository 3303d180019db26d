//! Sign-ins that their owner should hear of although they succeeded (ASVS 5.0 6.3.5): after several wrong tries, or from a
//! place that the account does not know.
//!
//! A place is new where both the browser and the network are: a browser that has not completed a sign-in to this account, in
//! a network that no sign-in of the last [`NETWORKS_KEPT`] came from. So nobody gets a mail for each train that their own
//! phone rides in, nor for each morning that they clear their cookies at the same desk. Nothing is looked up about an address:
//! a network is the first part of it, and is kept as a keyed hash.

use std::net::IpAddr;

use app::backend::Visit;
use sqlx::AnyConnection;

use super::{Service, failure::Failure, limit::PasswordBudget, notice::Event};
use crate::{
    clock::Timestamp,
    crypto::MacPurpose,
    domain::neighbourhood,
    storage::{PersonId, challenge::Reserved, person::Person, seen_network},
};

/// For how long a network is remembered after the last sign-in from it, seconds: as long as the history that the owner sees.
pub(super) const NETWORKS_KEPT: i64 = 90 * 24 * 60 * 60;
/// A network is noted as used at most this often, seconds.
const NOTED: i64 = 24 * 60 * 60;
/// Wrong tries before a right one that the owner is told of: as many as one challenge takes (product.md, section 8). Whoever
/// mistypes once or twice, or sees a code run out, gets no mail.
const SEVERAL: i64 = 5;
/// Wrong codes after a right password in a browser that is not known: fewer, since a stolen password is the danger there, and
/// more than the two that a slow typist loses to a code that runs out.
const SEVERAL_BY_STRANGER: i64 = 3;

/// Somebody who has just come in.
pub(super) struct Arrival<'a> {
    person: PersonId,
    /// The address that they sign in with.
    email: &'a str,
    visit: &'a Visit,
    /// Wrong tries before, those that count together with this browser's.
    failures: i64,
    /// How many of them are told.
    several: i64,
    /// The network that is noted already.
    noted: Option<&'a [u8]>,
    /// True where this came with an enrolment, of which every address is told anyway.
    enrolled: bool,
}

impl<'a> Arrival<'a> {
    /// By a second factor or a recovery code.
    pub(super) fn by_code(check: &'a Reserved, visit: &'a Visit) -> Self {
        Self {
            person: check.person,
            email: &check.email,
            visit,
            failures: check.counter.failures,
            several: if check.known { SEVERAL } else { SEVERAL_BY_STRANGER },
            noted: check.seen_network.as_deref(),
            enrolled: false,
        }
    }

    /// With a factor that was enrolled or changed in this very step.
    pub(super) fn by_enrolment(person: PersonId, email: &'a str, visit: &'a Visit) -> Self {
        Self { person, email, visit, failures: 0, several: SEVERAL, noted: None, enrolled: true }
    }
}

impl Service {
    /// The network of a visit as it is remembered for one person.
    fn seen_network(&self, person: PersonId, address: IpAddr) -> Vec<u8> {
        self.keys.mac(MacPurpose::Network, &[person.bytes(), &neighbourhood(address)])
    }

    /// The network of a visit, if there is nothing to note about it.
    pub(super) async fn noted_network(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let network = self.seen_network(person, visit.address);
        Ok(seen_network::is_noted(db, person, &network, now.plus(-NOTED)).await?.then_some(network))
    }

    /// Remembers where people came in from, each of them at most once in a list, and tells those whose sign-in was unusual, in
    /// the transaction of the sign-in. Nothing is asked of the database for a usual one.
    pub(super) async fn note_arrivals(
        &self,
        db: &mut AnyConnection,
        arrivals: &[Arrival<'_>],
        now: Timestamp,
    ) -> Result<(), Failure> {
        let networks = arrivals.iter().map(|one| (one.person, self.seen_network(one.person, one.visit.address)));
        let unnoted = networks.zip(arrivals).filter(|((_, network), one)| one.noted != Some(network));
        let unnoted: Vec<_> = unnoted.map(|(network, _)| network).collect();
        let new = if unnoted.is_empty() { Vec::new() } else { seen_network::note(db, &unnoted, now).await? };
        for arrival in arrivals {
            if arrival.failures >= arrival.several {
                let told = ("sign_in.after_failures", Event::SignedInAfterFailures { failures: arrival.failures });
                self.note_and_tell(db, arrival.person, told, arrival.visit, now).await?;
            }
            if new.contains(&arrival.person) && !arrival.enrolled && !self.is_familiar(arrival.email, arrival.visit) {
                let told = ("sign_in.new_place", Event::SignedInFromNewPlace);
                self.note_and_tell(db, arrival.person, told, arrival.visit, now).await?;
            }
        }
        Ok(())
    }

    /// The same for somebody whom the password alone has let in; `budget` still counts the wrong ones before it.
    pub(super) async fn note_arrival_by_password(
        &self,
        db: &mut AnyConnection,
        person: &Person,
        budget: &PasswordBudget,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let noted = self.noted_network(db, person.id, visit, now).await?;
        let arrival = Arrival {
            person: person.id,
            email: &person.email,
            visit,
            failures: budget.failures(db, now).await?,
            several: SEVERAL,
            noted: noted.as_deref(),
            enrolled: false,
        };
        self.note_arrivals(db, &[arrival], now).await
    }
}
