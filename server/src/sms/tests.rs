//! Who is asked, in which order, and when nobody is asked again.

use std::sync::Mutex;

use super::*;
use crate::{clock::SystemRng, domain::PhoneNumber};

const NOW: Timestamp = Timestamp(1_893_456_000);

/// A gateway that gives prepared answers and counts what it was asked.
#[derive(Debug)]
struct Scripted {
    name: &'static str,
    answers: Mutex<Vec<Result<(), SendError>>>,
    asked: Mutex<usize>,
}

#[async_trait]
impl SmsGateway for Scripted {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn send(&self, _message: &Message) -> Result<(), SendError> {
        *self.asked.lock().unwrap() += 1;
        self.answers.lock().unwrap().pop().unwrap_or(Ok(()))
    }
}

fn scripted(name: &'static str, answer: Option<SendError>) -> Arc<Scripted> {
    // The same answer every time, or success.
    let answers = answer.map(|error| vec![Err(error); 100]).unwrap_or_default();
    Arc::new(Scripted { name, answers: Mutex::new(answers), asked: Mutex::new(0) })
}

fn message() -> Message {
    Message {
        id: SmsMessageId::generate(&SystemRng).unwrap(),
        person: PersonId::generate(&SystemRng).unwrap(),
        to: PhoneNumber::from_e164("+12015550123").unwrap(),
        text: "123456".to_owned().into(),
    }
}

fn asked(gateways: &[&Arc<Scripted>]) -> Vec<usize> {
    gateways.iter().map(|gateway| *gateway.asked.lock().unwrap()).collect()
}

fn both(first: &Arc<Scripted>, second: &Arc<Scripted>) -> Gateways {
    Gateways::new([first.clone() as Arc<dyn SmsGateway>, second.clone()])
}

#[tokio::test]
async fn sms_14_only_a_message_that_was_certainly_refused_goes_to_the_second() {
    for (error, wanted) in [
        (SendError::Refused("401".into()), vec![1, 1]),
        (SendError::Declined("400".into()), vec![1, 1]),
        (SendError::Unknown("time-out".into()), vec![1, 0]),
        (SendError::Undeliverable("no such number".into()), vec![1, 0]),
    ] {
        let (first, second) = (scripted("a", Some(error.clone())), scripted("b", None));
        let dispatch = both(&first, &second).send(&message(), None, NOW).await;
        assert_eq!(asked(&[&first, &second]), wanted, "{error}");
        assert_eq!(dispatch.result.is_ok(), wanted[1] == 1);
    }
}

#[tokio::test]
async fn gateway_whose_message_did_not_arrive_is_asked_last() {
    let (first, second) = (scripted("a", None), scripted("b", None));
    let gateways = both(&first, &second);
    assert_eq!(gateways.send(&message(), Some("a"), NOW).await.gateway, Some("b"));
    assert_eq!(gateways.send(&message(), None, NOW).await.gateway, Some("a"));
    assert_eq!(asked(&[&first, &second]), [1, 1]);
}

#[tokio::test]
async fn sms_14_dead_gateway_is_left_alone_and_tried_once_after_the_pause() {
    let (first, second) = (scripted("a", Some(SendError::Refused("gone".into()))), scripted("b", None));
    let gateways = both(&first, &second);
    for _ in 0..20 {
        assert!(gateways.send(&message(), None, NOW).await.result.is_ok());
    }
    assert_eq!(asked(&[&first, &second]), [5, 20]);
    let later = NOW.plus(30);
    for _ in 0..20 {
        assert!(gateways.send(&message(), None, later).await.result.is_ok());
    }
    assert_eq!(asked(&[&first, &second]), [6, 40]);
    // It answers again: from then on it is asked first.
    first.answers.lock().unwrap().clear();
    for _ in 0..3 {
        gateways.send(&message(), None, later.plus(30)).await.result.unwrap();
    }
    assert_eq!(asked(&[&first, &second]), [9, 40]);
}

/// Five people who ask for texts that the provider does not take must not end them for everybody.
#[tokio::test]
async fn sms_14_gateway_that_declines_messages_is_not_dead() {
    for error in [SendError::Declined("21408".into()), SendError::Undeliverable("21211".into())] {
        let gateway = scripted("a", Some(error));
        let gateways = Gateways::new([gateway.clone() as Arc<dyn SmsGateway>]);
        for _ in 0..20 {
            assert!(gateways.send(&message(), None, NOW).await.result.is_err());
        }
        assert_eq!(asked(&[&gateway]), [20]);
    }
}

#[tokio::test]
async fn sms_14_hanging_gateway_is_given_up_as_unknown() {
    #[derive(Debug)]
    struct Hangs;
    #[async_trait]
    impl SmsGateway for Hangs {
        fn name(&self) -> &'static str {
            "hangs"
        }
        async fn send(&self, _message: &Message) -> Result<(), SendError> {
            std::future::pending().await
        }
    }
    let second = scripted("b", None);
    let gateways = Gateways::new([Arc::new(Hangs) as Arc<dyn SmsGateway>, second.clone()]);
    let gateways = Gateways { patience: Duration::from_millis(1), ..gateways };
    let dispatch = gateways.send(&message(), None, NOW).await;
    assert!(matches!(dispatch.result, Err(SendError::Unknown(_))));
    assert_eq!(asked(&[&second]), [0]);
}

#[tokio::test]
async fn no_gateway_refuses() {
    assert!(!Gateways::default().any());
    let dispatch = Gateways::default().send(&message(), None, NOW).await;
    assert!(matches!(dispatch.result, Err(SendError::Refused(_))));
}
