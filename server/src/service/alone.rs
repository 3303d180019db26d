//! Codes that are checked one at a time: those of text messages and of recovery cards.

use app::{
    AppError,
    backend::Visit,
    model::{OneTimeCode, RecoveryCode},
};

use super::{Service, challenge::Checked, failure::Failure, outcome::Outcome, session::sign_in_token};

/// A code of a second-factor step.
#[derive(Clone)]
pub(super) enum Code {
    /// Of a text message.
    Text(OneTimeCode),
    /// Of a recovery card.
    Recovery(RecoveryCode),
}

impl Service {
    /// The whole step in one transaction: count, compare, spend, open. What does not look like a code costs no check.
    pub(super) async fn check_alone(
        &self,
        visit: &Visit,
        code: Result<Code, AppError>,
    ) -> Result<Outcome<()>, Failure> {
        let Some(token) = sign_in_token(visit) else { return self.start_over(visit).await };
        let (service, seen, code) = (self.clone(), visit.clone(), code?);
        let checked = self
            .store
            .write(move |db| {
                Box::pin(async move {
                    let now = service.now();
                    let check = match service.reserve_check(db, &token, &seen, now).await? {
                        Ok(check) => check,
                        Err(checked) => return Ok(checked),
                    };
                    Ok::<Checked, _>(match code {
                        Code::Text(code) => service.compare_text(db, &check, &code, &seen, now).await?,
                        Code::Recovery(code) => service.compare_recovery(db, &check, &code, &seen, now).await?,
                    })
                })
            })
            .await?;
        self.answer_check(visit, checked).await
    }
}
