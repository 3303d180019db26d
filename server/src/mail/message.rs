//! A message as it travels (RFC 5322, MIME). Names and addresses are typed and every header is encoded by
//! lettre, so no text can start a header of its own (FUZZ-15).

use std::time::{Duration, UNIX_EPOCH};

use data_encoding::HEXLOWER;
use lettre::{
    Address, Message,
    message::{Mailbox, MultiPart, SinglePart, header},
};

use super::{Mail, MailError};

/// Tells mail programs and other servers that nobody wrote this by hand, so that none answers with a holiday
/// note (RFC 3834 §5).
#[derive(Clone, Debug)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Makes the message. The same mail gives the same bytes each time.
///
/// # Errors
/// [`MailError::Permanent`] when no message can be made of it, which is a fault of ours.
pub fn compose(mail: &Mail, from: &Mailbox) -> Result<Message, MailError> {
    let to: Address = mail.to.as_str().parse().map_err(refused)?;
    let id = HEXLOWER.encode(&mail.id);
    let at = UNIX_EPOCH + Duration::from_secs(u64::try_from(mail.at.0).unwrap_or_default());
    let builder = Message::builder()
        .from(Mailbox::new(from.name.as_deref().map(one_line), from.email.clone()))
        .to(Mailbox::new(None, to))
        .subject(one_line(&mail.subject))
        .date(at)
        .message_id(Some(format!("<{id}@{}>", from.email.domain())))
        .header(AutoSubmitted);
    let text = SinglePart::plain(mail.text.expose().to_owned());
    let message = if mail.html.expose().is_empty() {
        builder.singlepart(text)
    } else {
        let html = SinglePart::html(mail.html.expose().to_owned());
        // The boundary is longer than any line that the texts could hold by chance, and the same each time.
        let parts = MultiPart::alternative().boundary(format!("muster-{id}"));
        builder.multipart(parts.singlepart(text).singlepart(html))
    };
    message.map_err(refused)
}

/// A subject or name without line ends and other control characters, for which lettre knows no spelling.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn refused(error: impl std::fmt::Display) -> MailError {
    MailError::Permanent(format!("no message can be made of it: {error}"))
}

#[cfg(test)]
mod tests {
    use app::model::{Email, Secret};
    use proptest::prelude::*;

    use super::*;
    use crate::clock::Timestamp;

    fn mail(subject: &str, text: &str, html: &str) -> Mail {
        Mail {
            id: [0xab; 16],
            to: Email::parse("ana@harbor.example").unwrap(),
            subject: subject.to_owned(),
            text: Secret::new(text),
            html: Secret::new(html),
            at: Timestamp(1_893_456_000),
        }
    }

    fn sent(mail: &Mail, from: &str) -> String {
        let from = Mailbox::new(Some(from.to_owned()), "muster@harbor.example".parse().unwrap());
        String::from_utf8(compose(mail, &from).unwrap().formatted()).unwrap()
    }

    /// The names of the headers, and what they hold with folded lines joined (RFC 5322 §2.2.3).
    fn headers(message: &str) -> Vec<(String, String)> {
        let (head, _) = message.split_once("\r\n\r\n").unwrap();
        head.replace("\r\n ", " ")
            .split("\r\n")
            .map(|line| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap())
            .collect()
    }

    #[test]
    fn same_mail_is_the_same_message_each_time() {
        let mail = mail("Subject", "Text", "<p>Text</p>");
        let message = sent(&mail, "Muster");
        assert_eq!(message, sent(&mail, "Muster"));
        assert!(message.contains("Message-ID: <abababababababababababababababab@harbor.example>\r\n"), "{message}");
        assert!(message.contains("Date: Tue, 01 Jan 2030 00:00:00 +0000\r\n"), "{message}");
        assert!(message.contains("Auto-Submitted: auto-generated\r\n"));
    }

    #[test]
    fn text_comes_before_html_and_other_letters_travel_as_ascii() {
        let message = sent(&mail("Código", "Grüße €\n", "<p>Grüße</p>"), "Müller & Söhne");
        let (text, html) = (message.find("text/plain").unwrap(), message.find("text/html").unwrap());
        assert!(text < html && message.contains("multipart/alternative") && message.is_ascii(), "{message}");
    }

    proptest! {
        /// PWD-04, FUZZ-15: whatever a name, a subject or a text holds, the headers stay the ones that we write.
        #[test]
        fn fuzz_15_no_text_starts_a_header(name in "(?s).{0,80}", subject in "(?s).{0,400}", text in "(?s).{0,400}") {
            let message = sent(&mail(&subject, &text, &format!("<p>{text}")), &name);
            let headers = headers(&message);
            let names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
            let expected = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"];
            prop_assert_eq!(names, expected);
            prop_assert_eq!(&headers[1].1, "ana@harbor.example");
            prop_assert!(message.is_ascii());
        }

        #[test]
        fn pwd_04_line_ends_in_a_name_or_subject_are_no_line_ends(
            end in prop::sample::select(vec!["\r\n", "\n", "\r", "\r\n\r\n", "\u{0}\r\n", "\u{85}", "\u{2028}"])
        ) {
            let injected = format!("Ana{end}Bcc: eve@evil.example{end}{end}<b>x</b>");
            let message = sent(&mail(&injected, "Text", ""), &injected);
            prop_assert!(headers(&message).iter().all(|(name, _)| name != "Bcc"), "{}", message);
            prop_assert!(message.ends_with("\r\n\r\nText\r\n"), "{}", message);
        }
    }
}
