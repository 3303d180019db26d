//! What a mail server says, and what it does not: when a mail is its own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use server::{mail::SmtpSettings, service::Delivery};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::{
    mail::{named, one_mail, settings},
    support::{World, both},
};

both!(note_01_mail_is_sent_once_by_a_server_that_never_says_goodbye);

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
