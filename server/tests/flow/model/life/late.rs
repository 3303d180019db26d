//! An answer that never arrives, and one that is read after all.

use app::model::RecoveryCodeView;

use super::{Change, Guess, LOST, LOST_CHANGE, Life, READ_LATE, Step, expect};

impl Life {
    /// A recovery code whose answer never arrives: the browser stays what it was.
    pub(super) async fn lose_answer(&mut self, browser: usize) -> Result<Option<&'static str>, String> {
        let (before, card) = (self.browsers[browser].clone(), self.card(Guess::Right));
        let answer = self.browsers[browser].recover(&card).await;
        expect(&answer, &self.model.take(Step::LoseAnswer(browser)))?;
        if !answer.is_ok() {
            return Ok(None);
        }
        self.late = Some(std::mem::replace(&mut self.browsers[browser], before));
        Ok(Some(LOST))
    }

    /// A change whose answer never arrives.
    pub(super) async fn lose_change(&mut self, browser: usize, change: Change) -> Result<Option<&'static str>, String> {
        let before = self.browsers[browser].clone();
        let answer = self.change(browser, change, Guess::Right, Guess::Right).await;
        expect(&answer, &self.model.take(Step::LoseChange(browser, change)))?;
        if !answer.is_ok() {
            return Ok(None);
        }
        self.browsers[browser] = before;
        Ok(Some(LOST_CHANGE))
    }

    /// The page that the lost answer led to.
    pub(super) async fn read_late(&mut self) -> Result<Option<&'static str>, String> {
        let view = match &mut self.late {
            Some(late) => late.view::<RecoveryCodeView>("recovery-code").await.ok(),
            None => None,
        };
        let read = view.and_then(|view| view.groups).map(|groups| groups.join("-"));
        match (self.model.read_late(), read) {
            (Some(number), Some(card)) => {
                self.cards.insert(number, card);
                Ok(Some(READ_LATE))
            }
            (None, None) => Ok(None),
            (expected, read) => Err(format!("card {expected:?} waits, and was read: {}", read.is_some())),
        }
    }
}
