//! Whose phone, and whether it counts.

use app::{AppError, model::Offer};
use sqlx::AnyConnection;

use super::{Purpose, Service};
use crate::{
    clock::Timestamp,
    crypto::{CryptoError, MacPurpose, Place},
    domain::{Membership, PhoneNumber, PhoneRefusal, SmsReach, offer, requirement},
    service::failure::Failure,
    storage::{
        FactorId, PersonId, StoreError, company, factor,
        phone::{self, Phone},
        sign_in::SignIn,
        throttle,
    },
};

/// What a person has as a second factor.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts that stand beside each other, each asked for alone")]
pub(in crate::service) struct Standing {
    /// True when there is an authenticator, switched off or not.
    pub(in crate::service) authenticator: bool,
    /// True when codes of the authenticator are taken.
    pub(in crate::service) authenticator_active: bool,
    /// True when there is a phone, whether it counts or not.
    pub(in crate::service) has_phone: bool,
    /// True when no codes go to the number of that phone any more, whoever has it.
    pub(in crate::service) unusable: bool,
    /// The phone that counts: a number that is open to this person, switched off or not.
    pub(in crate::service) phone: Option<(Phone, PhoneNumber)>,
}

impl Standing {
    /// True when something counts: then the next sign-in asks for it.
    pub(in crate::service) fn enrolled(&self) -> bool {
        self.authenticator || self.phone.is_some()
    }

    /// The phone that codes are sent to.
    pub(in crate::service) fn active_phone(&self) -> Option<&PhoneNumber> {
        self.phone.as_ref().filter(|(phone, _)| phone.active).map(|(_, number)| number)
    }

    /// The page of a challenge where this person begins. Without a method that works it says what is left.
    pub(in crate::service) fn first_page(&self) -> &'static str {
        match (self.authenticator_active, self.active_phone().is_some()) {
            (true, true) | (false, false) => app::routes::CHOOSE,
            (false, true) => app::routes::PHONE_CODE,
            (true, false) => app::routes::VERIFY,
        }
    }
}

impl Service {
    /// What a person has as a second factor at this moment. A phone counts as far as the roles of the person allow: a
    /// payor's does not. Nor does one whose number was good once, and would not be taken today.
    pub(in crate::service) async fn standing(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        memberships: &[Membership],
        now: Timestamp,
    ) -> Result<Standing, Failure> {
        let authenticator = factor::find_bound(db, person).await?;
        let phone = phone::find_bound(db, person).await?;
        let has_phone = phone.is_some();
        let phone = match phone {
            Some(phone) => self.open_number(&person, &phone)?.ok().map(|number| (phone, number)),
            None => None,
        };
        let unusable = has_phone && phone.is_none();
        let reach = requirement(memberships, now).1.sms;
        let phone = phone.filter(|(_, number)| reach.admit(number).is_ok());
        Ok(Standing {
            authenticator: authenticator.is_some(),
            authenticator_active: authenticator.is_some_and(|authenticator| authenticator.active),
            has_phone,
            unusable,
            phone,
        })
    }

    /// How far text messages reach for a person now.
    pub(super) async fn reach(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        now: Timestamp,
    ) -> Result<SmsReach, Failure> {
        Ok(requirement(&company::list_memberships(db, person).await?, now).1.sms)
    }

    /// The phone that is there already: the pending one of this enrolment, or the one that counts.
    pub(super) async fn phone_of(
        &self,
        db: &mut AnyConnection,
        sign_in: &SignIn,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<Result<(FactorId, PhoneNumber), AppError>, Failure> {
        let phone = match purpose {
            Purpose::SignIn | Purpose::Confirm => {
                phone::find_bound(db, sign_in.person).await?.filter(|phone| phone.active)
            }
            Purpose::Enrolment => phone::find_pending(db, sign_in.person, sign_in.id).await?,
        };
        let Some(phone) = phone else { return Ok(Err(AppError::MethodNotAllowed)) };
        let reach = self.reach(db, sign_in.person, now).await?;
        let number = self.open_number(&sign_in.person, &phone)?;
        let admitted = number.and_then(|number| reach.admit(&number).map(|()| (phone.id, number)));
        Ok(admitted.map_err(refusal))
    }

    /// A number that somebody enrols, with the id of its factor to be. The one that is there already is no change
    /// (ENR-08), unless it is lost and comes back with a new card.
    pub(super) async fn new_phone(
        &self,
        db: &mut AnyConnection,
        sign_in: &SignIn,
        number: &PhoneNumber,
        now: Timestamp,
    ) -> Result<Result<(FactorId, PhoneNumber), AppError>, Failure> {
        if let Err(error) = self.reach(db, sign_in.person, now).await?.admit(number).map_err(refusal) {
            return Ok(Err(error));
        }
        let bound = phone::find_bound(db, sign_in.person).await?.filter(|phone| phone.active && !sign_in.lost);
        if let Some(bound) = bound
            && self.open_number(&sign_in.person, &bound)?.as_ref() == Ok(number)
        {
            return Ok(Err(AppError::PhoneSame));
        }
        if self.is_shared_by_all(db, sign_in.person, number).await? {
            return Ok(Err(AppError::PhoneShared));
        }
        Ok(Ok((FactorId::generate(&*self.rng)?, number.clone())))
    }

    /// How many other accounts have this number, linked under whichever key.
    pub(super) async fn count_others(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        number: &PhoneNumber,
    ) -> Result<i64, StoreError> {
        phone::count_others(db, &self.keys.macs(MacPurpose::Phone, &[number.e164().as_bytes()]), person).await
    }

    /// True when as many others have this number as may. It is looked at before a code is sent, and again when it is typed in.
    pub(super) async fn is_shared_by_all(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        number: &PhoneNumber,
    ) -> Result<bool, Failure> {
        Ok(self.count_others(db, person, number).await? >= self.settings.sms.accounts_per_number)
    }

    /// The same where the number is about to be linked. From here to the end of the transaction nobody else links it: of two who
    /// type their codes at the same moment, the second counts the first. Held after sign-in, counter and person, so that no two
    /// changes wait for each other.
    pub(super) async fn is_shared_by_all_now(
        &self,
        db: &mut AnyConnection,
        person: PersonId,
        number: &PhoneNumber,
        now: Timestamp,
    ) -> Result<bool, Failure> {
        let key = self.keys.mac(MacPurpose::Throttle, &[b"linking", number.e164().as_bytes()]);
        throttle::hold_one(db, &key, now).await?;
        self.is_shared_by_all(db, person, number).await
    }

    pub(super) fn seal_number(
        &self,
        person: &PersonId,
        factor: &FactorId,
        number: &PhoneNumber,
    ) -> Result<Vec<u8>, CryptoError> {
        self.keys.seal(&*self.rng, number_place(person, factor), number.e164().as_bytes())
    }

    /// The number of a phone, or why it would not be taken today: the data of the number library and the list of
    /// countries may have changed since it was linked. That is no fault of ours or of the person's.
    pub(super) fn open_number(
        &self,
        person: &PersonId,
        phone: &Phone,
    ) -> Result<Result<PhoneNumber, PhoneRefusal>, CryptoError> {
        let opened = self.keys.open(number_place(person, &phone.id), &phone.number)?;
        let text = std::str::from_utf8(&opened).map_err(|_| CryptoError::Open)?;
        Ok(PhoneNumber::from_e164(text))
    }

    /// Tells two accounts with one number without telling the number.
    pub(super) fn number_mac(&self, number: &PhoneNumber) -> Vec<u8> {
        self.keys.mac(MacPurpose::Phone, &[number.e164().as_bytes()])
    }

    /// Whether `SMS Verification` is open to somebody, and if not, why.
    pub(in crate::service) fn sms_offer(&self, memberships: &[Membership], now: Timestamp) -> Offer {
        offer(memberships, self.sms.any(), now)
    }
}

/// What a person is told about a number that is refused.
pub(super) fn refusal(refusal: PhoneRefusal) -> AppError {
    match refusal {
        PhoneRefusal::Malformed => AppError::PhoneInvalid,
        PhoneRefusal::Country => AppError::PhoneCountry,
        PhoneRefusal::Premium => AppError::PhonePremium,
        PhoneRefusal::TollFree => AppError::PhoneTollFree,
        PhoneRefusal::NotMobile => AppError::PhoneNotMobile,
        PhoneRefusal::UnitedStatesOnly => AppError::PhoneUsOnly,
        PhoneRefusal::NotOpen => AppError::MethodNotAllowed,
    }
}

/// Where a number lives. Not where a setup key lives, so that neither opens as the other.
fn number_place<'a>(person: &'a PersonId, factor: &'a FactorId) -> Place<'a> {
    Place { table: "factor", column: "number", person: person.bytes(), row: factor.bytes() }
}
