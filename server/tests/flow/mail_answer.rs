//! What a mail server says, and what it does not: whose fault a refusal is, and when a mail is its own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use server::{mail::SmtpSettings, service::Delivery};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::{
    mail::{named, one_mail, settings, smtp},
    support::{MailServer, World, both},
};

both!(
    note_01_mail_is_sent_once_by_a_server_that_never_says_goodbye,
    refusal_of_the_settings_at_the_recipient_is_tried_again,
    refusal_of_the_recipient_is_final,
);

const HOUR: i64 = 60 * 60;

/// Takes mails, counts them, and says nothing to `QUIT`.
async fn serve_without_goodbye(stream: TcpStream, taken: Arc<AtomicUsize>) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 mute.example\r\n").await?;
    let mut in_mail = false;
    while let Some(line) = lines.next_line().await? {
        let answer: &[u8] = match (in_mail, line.as_str()) {
            (true, ".") => {
                in_mail = false;
                taken.fetch_add(1, Ordering::SeqCst);
                b"250 taken\r\n"
            }
            (true, _) | (false, "QUIT") => continue,
            (false, "DATA") => {
                in_mail = true;
                b"354 go on\r\n"
            }
            (false, _) => b"250 mute.example\r\n",
        };
        writer.write_all(answer).await?;
    }
    Ok(())
}

async fn note_01_mail_is_sent_once_by_a_server_that_never_says_goodbye(world: World) {
    one_mail(&world).await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = taken.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve_without_goodbye(stream, counter.clone()));
        }
    });
    let mailer = named(SmtpSettings { timeout: Duration::from_secs(5), ..settings(port) });

    assert_eq!(world.service.deliver_one(&mailer).await.unwrap(), Delivery::Sent);
    for _ in 0..5 {
        world.clock.advance(HOUR);
        assert_eq!(world.service.deliver_one(&mailer).await.unwrap(), Delivery::Idle);
    }
    assert_eq!(taken.load(Ordering::SeqCst), 1);
}

/// Postfix says all that it has against a sender or a network at the recipient (`smtpd_delay_reject`).
async fn refusal_of_the_settings_at_the_recipient_is_tried_again(world: World) {
    one_mail(&world).await;
    let mut server = MailServer::plain().await;
    let mailer = smtp(server.port);
    for (code, text) in [
        (554, "5.7.1 <ana@strict.example>: Relay access denied"),
        (553, "5.7.1 <muster@strict.example>: Sender address rejected: not owned by user muster"),
        (550, "5.7.1 Unable to relay"),
        (550, "5.7.60 SMTP; Client does not have permissions to send as this sender"),
        (554, "relay access denied"),
        (530, "authentication required"),
        (535, "authentication failed"),
    ] {
        server.answer(json!({ "answer": "refuse", "at": "rcpt", "code": code, "text": text })).await;
        assert_eq!(world.service.deliver_one(&mailer).await.unwrap(), Delivery::PutOff, "{code} {text}");
        world.clock.advance(6 * HOUR);
    }
    assert_eq!(server.all("mail").await.len(), 0);
    assert_eq!(world.service.deliver_one(&mailer).await.unwrap(), Delivery::Sent, "the settings are mended");
    assert_eq!(server.all("mail").await.len(), 1);
}

async fn refusal_of_the_recipient_is_final(world: World) {
    let mut server = MailServer::plain().await;
    let mailer = smtp(server.port);
    for (code, text) in [
        (550, "5.1.1 <ana@strict.example>: Recipient address rejected: User unknown"),
        (550, "no such user"),
        (551, "5.1.6 moved"),
        (552, "5.2.2 mailbox full"),
        (553, "5.1.3 no such name"),
        (556, "5.1.10 takes no mail, and 5.7.1 is no code here"),
    ] {
        one_mail(&world).await;
        server.answer(json!({ "answer": "refuse", "at": "rcpt", "code": code, "text": text })).await;
        assert_eq!(world.service.deliver_one(&mailer).await.unwrap(), Delivery::Failed, "{code} {text}");
    }
    world.clock.advance(6 * HOUR);
    assert_eq!(world.service.deliver_one(&mailer).await.unwrap(), Delivery::Idle);
    assert_eq!(server.all("mail").await.len(), 0);
}
