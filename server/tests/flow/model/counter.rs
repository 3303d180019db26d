//! How wrong guesses pause an account, in as few words as possible (product.md, section 8).

use app::{AppError, Guess};

use super::reference::Account;

/// Whose guesses at what: a browser that has signed in has counters of its own, those without a second factor share that of
/// codes.
pub(super) type Key = (Guessed, Option<u32>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Guessed {
    Password,
    /// In a browser that has not signed in, at its network address.
    PasswordAt(usize),
    Code,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Counter {
    /// When there was a failure, the oldest first.
    times: Vec<i64>,
    paused: i64,
}

/// The counter of a password in a browser.
pub(super) fn password_key(browser: usize, device: Option<u32>) -> Key {
    (device.map_or(Guessed::PasswordAt(browser), |_| Guessed::Password), device)
}

impl Account {
    /// The counter of codes in a browser.
    pub(super) fn code_key(&self, browser: usize) -> Key {
        let browser = self.browsers[browser];
        (Guessed::Code, browser.device.filter(|_| browser.known))
    }

    /// Counts a guess in advance; how many there were, or how long nobody may guess.
    pub(super) fn guess(&mut self, key: Key) -> Result<i64, AppError> {
        let (now, limits) = (self.now, self.limits);
        self.paused(key).map_or(Ok(()), Err)?;
        let counter = self.counters.entry(key).or_default();
        if counter.paused > 0 {
            *counter = Counter::default();
        }
        counter.times.retain(|time| *time > now - limits.window);
        counter.times.push(now);
        let failures = i64::try_from(counter.times.len()).unwrap();
        counter.paused = if failures >= limits.failures { now + limits.pause } else { 0 };
        Ok(failures)
    }

    /// The answer while guesses are paused.
    pub(super) fn paused(&self, key: Key) -> Option<AppError> {
        let until = self.counters.get(&key).map_or(0, |counter| counter.paused);
        let guess = match key.0 {
            Guessed::Password | Guessed::PasswordAt(_) => Guess::Password,
            Guessed::Code => Guess::Code,
        };
        (until > self.now).then(|| pause(guess, until - self.now))
    }

    /// What a wrong code is answered: the guess that starts a pause is told of it.
    pub(super) fn pause_or(&self, failures: i64, error: AppError) -> AppError {
        if failures >= self.limits.failures { pause(Guess::Code, self.limits.pause) } else { error }
    }

    /// Takes a guess back that was none.
    pub(super) fn release(&mut self, key: Key) {
        if let Some(counter) = self.counters.get_mut(&key)
            && counter.times.pop().is_some()
        {
            counter.paused = 0;
        }
    }

    /// Forgets the guesses after a right one.
    pub(super) fn forgive(&mut self, key: Key) {
        self.counters.remove(&key);
    }
}

fn pause(guess: Guess, seconds: i64) -> AppError {
    AppError::Paused { seconds: seconds.try_into().unwrap(), guess }
}
