//! How long a pause lasts, and where its person goes on.

use app::{AppError, backend::Visit, model::PauseView, routes};
use jiff::tz::TimeZone;

use super::{Service, failure::Failure, outcome::Outcome, text};
use crate::{clock::Timestamp, storage::company};

/// No pause takes longer, seconds: the moment comes by an address, where anybody may write one.
const LONGEST: i64 = 24 * 60 * 60;

impl Service {
    /// How long a pause lasts that ends at a moment, seconds since 1970.
    pub async fn pause_page(&self, visit: &Visit, until: i64) -> Outcome<PauseView> {
        self.settle(self.try_pause_page(visit, until).await)
    }

    async fn try_pause_page(&self, visit: &Visit, until: i64) -> Result<Outcome<PauseView>, Failure> {
        let (zone, back) = self.place_in_pause(visit).await?;
        if until <= 0 {
            // No moment: somebody has picked another language here, or typed the address.
            return Ok(Outcome::refused(AppError::Expired, back));
        }
        let now = self.now();
        let seconds = until.saturating_sub(now.0).clamp(0, LONGEST);
        // People's clocks show minutes: the first one in which the pause is over.
        let end = Timestamp((now.plus(seconds).0 + 59).div_euclid(60) * 60);
        Ok(Outcome::value(PauseView {
            seconds: u32::try_from(seconds).unwrap_or_default(),
            time: text::time(end, &zone, visit.language),
            moment: text::instant(end, &zone),
            back: back.to_owned(),
        }))
    }

    /// The time zone of whoever is known so far, and the page where they go on.
    async fn place_in_pause(&self, visit: &Visit) -> Result<(TimeZone, &'static str), Failure> {
        if let Some(session) = self.find_session(visit.session.as_ref()).await? {
            let memberships = company::list_memberships(&mut *self.store.read().await?, session.person).await?;
            return Ok((text::zone_of(&memberships), routes::SECURITY));
        }
        if let Some((_, memberships, standing)) = self.standing_of(visit).await? {
            return Ok((text::zone_of(&memberships), standing.first_page()));
        }
        Ok(match self.enrolling(visit).await? {
            Some((_, _, memberships)) => (text::zone_of(&memberships), routes::REQUIRED),
            None => (TimeZone::UTC, routes::SIGN_IN),
        })
    }
}
