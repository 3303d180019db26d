//! What chance chooses.

use app::model::Method;
use proptest::{prelude::*, sample::select};

use super::{
    reference::BROWSERS,
    step::{Change, Guess, Stage, Step},
};

/// The same, and changes whose answers are lost.
pub(super) fn step_or_loss() -> impl Strategy<Value = Step> {
    let loss = (0..BROWSERS, select(&Change::ALL[..])).prop_map(|(browser, change)| Step::LoseChange(browser, change));
    prop_oneof![40 => step(), 1 => loss]
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let (browser, guess) = (0..BROWSERS, prop_oneof![4 => Just(Guess::Right), 1 => Just(Guess::Wrong)]);
    let (both, stage) = ((browser.clone(), guess.clone()), prop_oneof![Just(Stage::Challenge), Just(Stage::Enrolment)]);
    prop_oneof![
        40 => both.clone().prop_map(|(browser, guess)| Step::Next(browser, guess)),
        2 => both.clone().prop_map(|(browser, guess)| Step::Enter(browser, guess)),
        1 => (browser.clone(), select(&[Method::Authenticator, Method::Sms][..])).prop_map(|(browser, method)| Step::Choose(browser, method)),
        1 => both.clone().prop_map(|(browser, guess)| Step::Confirm(browser, guess)),
        1 => both.clone().prop_map(|(browser, guess)| Step::Verify(browser, guess)),
        3 => both.clone().prop_map(|(browser, guess)| Step::Recover(browser, guess)),
        4 => browser.clone().prop_map(Step::LoseAnswer),
        2 => Just(Step::ReadLate),
        1 => browser.clone().prop_map(Step::Save),
        1 => (browser.clone(), 0..2_usize).prop_map(|(browser, number)| Step::Send(browser, number)),
        1 => both.clone().prop_map(|(browser, guess)| Step::ConfirmPhone(browser, guess)),
        1 => browser.clone().prop_map(Step::UsePhone),
        4 => (browser.clone(), stage).prop_map(|(browser, stage)| Step::Resend(browser, stage)),
        2 => both.clone().prop_map(|(browser, guess)| Step::VerifyPhone(browser, guess)),
        1 => both.prop_map(|(browser, guess)| Step::StartSetUp(browser, guess)),
        6 => (browser.clone(), select(&Change::ALL[..]), guess.clone(), guess.clone())
            .prop_map(|(browser, change, password, code)| Step::Change(browser, change, password, code)),
        2 => browser.clone().prop_map(Step::SendConfirm),
        2 => Just(Step::AskReset),
        2 => guess.prop_map(Step::UseLink),
        1 => browser.prop_map(Step::SignOut),
        1 => Just(Step::SetPassword),
        6 => prop_oneof![8 => Just(31), 4 => Just(61), 1 => Just(601), 1 => Just(3601), 1 => Just(86_401)].prop_map(Step::Wait),
    ]
}
