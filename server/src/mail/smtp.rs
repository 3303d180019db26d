//! Mail by SMTP (RFC 5321) through lettre, with TLS by rustls.
//!
//! Each message has a connection of its own: whatever goes wrong on the way, nothing half-said is left for the next
//! one. The transaction is spelled out, since it matters which command was refused: wrong credentials or a sender
//! that the server does not like are the settings' fault and the message waits, while a refused recipient or content
//! is final.

use std::{error::Error, fmt, net::IpAddr, time::Duration};

use app::model::Secret;
use async_trait::async_trait;
use lettre::{
    Address,
    message::Mailbox,
    transport::smtp::{
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        commands::{Data, Mail as MailFrom, Quit, Rcpt},
        extension::ClientId,
    },
};
use tokio::time::timeout;
use url::Host;

use super::{Mail, MailError, Mailer, compose};
use crate::reason;

/// Time for the goodbye, once the server has the message.
const GOODBYE: Duration = Duration::from_secs(1);

/// How the way to the server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (RFC 8314 §3.3).
    Tls,
    /// Plain, then TLS after STARTTLS, which the server must offer (RFC 3207).
    StartTls,
    /// Plain all the way; for a server on this machine only.
    Plain,
}

impl Security {
    /// As it is written in the settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::StartTls => "starttls",
            Self::Plain => "plain",
        }
    }

    /// Reads it.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Tls, Self::StartTls, Self::Plain].into_iter().find(|security| security.as_str() == text)
    }

    /// The usual port.
    pub fn port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::StartTls => 587,
            Self::Plain => 25,
        }
    }
}

impl fmt::Display for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How to reach the mail server.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// Name or address of the server; its certificate must be for it.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the way is protected.
    pub security: Security,
    /// User name and password, if the server wants them.
    pub credentials: Option<(String, Secret)>,
    /// The sender.
    pub from: Mailbox,
    /// A certificate authority (PEM) to trust beside those of the web.
    pub authority: Option<Vec<u8>>,
    /// Time for one message, from the connection until the server has taken it.
    pub timeout: Duration,
}

/// Why mail cannot be sent with these settings.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// Plain text over a network.
    #[error("`smtp.security` is plain, which only a server on this machine may use: {0} is not")]
    Plain(String),
    /// The certificate authority's file or the server's name.
    #[error("TLS to the mail server cannot be set up: {0}")]
    Tls(#[source] lettre::transport::smtp::Error),
}

/// A mail server.
pub struct Smtp {
    settings: SmtpSettings,
    hello: ClientId,
    tls: Option<TlsParameters>,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Smtp {
    /// A mailer for a server, to which Muster names itself `hello` (RFC 5321 §4.1.1.1). Nothing is connected yet.
    ///
    /// # Errors
    /// [`SmtpError`].
    pub fn new(settings: SmtpSettings, hello: &str) -> Result<Self, SmtpError> {
        let tls = match settings.security {
            Security::Plain if is_this_machine(&settings.host) => None,
            Security::Plain => return Err(SmtpError::Plain(settings.host)),
            Security::Tls | Security::StartTls => Some(tls(&settings).map_err(SmtpError::Tls)?),
        };
        Ok(Self { settings, hello: ClientId::Domain(hello.to_owned()), tls })
    }

    /// Opens a connection, protected and signed in. Nothing of this is the message's fault.
    async fn connect(&self) -> Result<AsyncSmtpConnection, lettre::transport::smtp::Error> {
        let at_once = self.tls.clone().filter(|_| self.settings.security == Security::Tls);
        let server = (self.settings.host.as_str(), self.settings.port);
        let timeout = Some(self.settings.timeout);
        let mut connection = AsyncSmtpConnection::connect_tokio1(server, timeout, &self.hello, at_once, None).await?;
        if self.settings.security == Security::StartTls
            && let Some(tls) = &self.tls
        {
            connection.starttls(tls.clone(), &self.hello).await?;
        }
        if let Some((user, password)) = &self.settings.credentials {
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await?;
        }
        Ok(connection)
    }

    /// Hands a message over. With the server's last word on it the message is the server's (RFC 5321 §6.1); what is left is
    /// the goodbye.
    async fn transact(&self, mail: &Mail) -> Result<AsyncSmtpConnection, MailError> {
        let message = compose(mail, &self.settings.from)?;
        let to: Address = mail.to.as_str().parse().map_err(|error| MailError::Permanent(format!("{error}")))?;
        let mut connection = self.connect().await.map_err(passing)?;
        let sender = MailFrom::new(Some(self.settings.from.email.clone()), Vec::new());
        connection.command(sender).await.map_err(passing)?;
        connection.command(Rcpt::new(to, Vec::new())).await.map_err(final_if_about_recipient)?;
        connection.command(Data).await.map_err(final_if_refused)?;
        connection.message(&message.formatted()).await.map_err(final_if_refused)?;
        Ok(connection)
    }
}

#[async_trait]
impl Mailer for Smtp {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let mut connection = timeout(self.settings.timeout, self.transact(mail)).await.unwrap_or_else(|_| {
            let seconds = self.settings.timeout.as_secs();
            Err(MailError::Passing(format!("the mail server took longer than {seconds} seconds")))
        })?;
        // Whatever becomes of the goodbye, the message is not sent again.
        let _ = timeout(GOODBYE, connection.command(Quit)).await;
        Ok(())
    }
}

fn tls(settings: &SmtpSettings) -> Result<TlsParameters, lettre::transport::smtp::Error> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(authority) = &settings.authority {
        builder = builder.add_root_certificate(Certificate::from_pem(authority)?);
    }
    builder.build()
}

/// True for a host that no network lies in front of.
pub fn is_this_machine(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Domain(name)) => name == "localhost",
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.is_loopback(),
        Err(_) => host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
    }
}

fn passing(error: lettre::transport::smtp::Error) -> MailError {
    MailError::Passing(reason::of(&error))
}

fn final_if_refused(error: lettre::transport::smtp::Error) -> MailError {
    if error.is_permanent() { MailError::Permanent(reason::of(&error)) } else { MailError::Passing(reason::of(&error)) }
}

/// A refusal at the recipient is final, unless it is about us: servers that look at sender and network only then (Postfix's
/// `smtpd_delay_reject`) say here that they do not relay for us (554), want a sign-in first (530, 535: RFC 4954 §6), or do not
/// take our sender (5.7.x: RFC 3463 §3.8).
fn final_if_about_recipient(error: lettre::transport::smtp::Error) -> MailError {
    let by_code = error.status().is_some_and(|code| matches!(u16::from(code), 530 | 535 | 554));
    let by_enhanced_code = error.source().is_some_and(|said| said.to_string().starts_with("5.7."));
    if by_code || by_enhanced_code { passing(error) } else { final_if_refused(error) }
}
