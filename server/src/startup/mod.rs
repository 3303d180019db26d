//! From settings to a running server.

mod error;
pub mod key_file;
mod memory;
mod signal;
mod task;

use std::{
    future::{Future, pending},
    io,
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use tokio::{net::TcpListener, task::JoinSet};
use url::Url;

use self::task::Tasks;
pub use self::{error::StartError, memory::leave_no_core_file, signal::stop_signal};
use crate::{
    clock::{Clock, Rng, SystemClock, SystemRng},
    config::{Config, SmsProvider},
    crypto::Passwords,
    domain::STRICT_CODE,
    http::{self, HttpSettings},
    mail::{Mailer, Smtp},
    service::{Service, Settings},
    sms::{Gateways, Outbox, SmsGateway, Twilio, Webhook},
    storage::{Store, StoreError},
};

/// The longest body of a request, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// Runs a command to its end on a runtime with as many threads as cores.
///
/// # Errors
/// The system's, when it refuses threads.
pub fn block_on<T>(work: impl Future<Output = T>) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("muster").build()?;
    let result = runtime.block_on(work);
    // A hash that nobody waits for any more must not hold up the end.
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(result)
}

/// Opens a database whose schema is of this version.
///
/// # Errors
/// [`StoreError`]; for another schema it says `muster migrate`.
pub async fn open_store(config: &Config) -> Result<Store, StoreError> {
    let store = Store::connect(&config.database.settings()).await?;
    match store.check_schema().await {
        Ok(()) => Ok(store),
        Err(error) => {
            store.close().await;
            Err(error)
        }
    }
}

/// Builds the flow on a database, with the keys that it was written with. `public_url` decides about the cookies.
///
/// # Errors
/// [`StartError`].
pub async fn service(
    config: &Config,
    store: Store,
    public_url: Option<&Url>,
    demo: bool,
) -> Result<Service, StartError> {
    let rng: Arc<dyn Rng> = Arc::new(SystemRng);
    let keys = key_file::read(config.key_file.as_deref().ok_or(StartError::NoKey)?)?;
    let password = &config.password;
    let passwords = || Passwords::new(password.cost, password.permits, password.queue, rng.as_ref());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    // The demo keeps text messages for its outbox page, unless it is told of a provider.
    let sms = if demo && config.sms_providers.is_empty() {
        let outbox = Outbox::new(store.clone(), clock.clone(), rng.clone());
        Gateways::new([Arc::new(outbox) as Arc<dyn SmsGateway>])
    } else {
        gateways(config, public_url, &clock)?
    };
    let mut service = Service {
        store,
        keys: Arc::new(keys),
        passwords: Arc::new(passwords()?),
        clock,
        rng: rng.clone(),
        sms,
        settings: Arc::new(Settings {
            issuer: config.site_name.clone(),
            limits: config.limits,
            public_url: public_url.map(|url| url.as_str().trim_end_matches('/').to_owned()).unwrap_or_default(),
            sms: config.sms,
            host: public_url.and_then(Url::domain).map(str::to_owned),
            secure_cookies: public_url.is_none_or(|url| url.scheme() == "https"),
            demo,
        }),
        gathering: Arc::default(),
    };
    service.check_keys().await?;
    if let Some(cost) = service.prevailing_cost().await? {
        service.passwords = Arc::new(passwords()?.with_dummy_of(cost));
    }
    Ok(service)
}

/// The providers of text messages; none where no pages are served.
fn gateways(config: &Config, public_url: Option<&Url>, clock: &Arc<dyn Clock>) -> Result<Gateways, StartError> {
    let Some(public_url) = public_url else { return Ok(Gateways::default()) };
    let gateways = config.sms_providers.iter().map(|provider| -> Result<Arc<dyn SmsGateway>, StartError> {
        Ok(match provider {
            SmsProvider::Twilio(settings) => Arc::new(Twilio::new(settings.clone(), public_url)?),
            SmsProvider::Http(settings) => Arc::new(Webhook::new(settings.clone(), clock.clone())?),
        })
    });
    Ok(Gateways::new(gateways.collect::<Result<Vec<_>, _>>()?))
}

/// The public address that `muster serve` needs.
///
/// # Errors
/// [`StartError::NoPublicUrl`], [`StartError::PlainHttp`].
pub fn public_url(config: &Config) -> Result<&Url, StartError> {
    let url = config.server.public_url.as_ref().ok_or(StartError::NoPublicUrl)?;
    if url.scheme() == "https" { Ok(url) } else { Err(StartError::PlainHttp) }
}

/// What is said of settings that `muster serve` takes and that are weaker than they could be. Whoever listens on loopback
/// serves nobody but a proxy.
pub fn warnings(config: &Config) -> impl Iterator<Item = &'static str> {
    let server = &config.server;
    let warnings = [
        (
            config.smtp.is_none(),
            "no mail is sent: `smtp.host` is not set, so nobody is told of changes to their account (docs/mail.md)",
        ),
        (
            server.listen.ip().is_loopback() && server.trusted_proxies.is_empty(),
            "`server.trusted_proxies` is empty, so everybody who comes through a proxy on this machine counts as one \
             network address: the wrong passwords of one stranger stop all of them (docs/proxy.md)",
        ),
        (
            !config.sms_providers.is_empty() && config.sms.code_ttl > STRICT_CODE,
            "codes of text messages live longer than NIST SP 800-63B and ASVS ask for: sms.code_ttl = 600 (docs/sms.md)",
        ),
    ];
    warnings.into_iter().filter_map(|(holds, warning)| holds.then_some(warning))
}

/// Takes the address. From here on the system holds connections until they are served.
///
/// # Errors
/// [`StartError::Listen`].
pub async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |reason| StartError::Listen { address, reason };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// What the HTTP layer needs.
pub fn http_settings(config: &Config, public_url: Url, demo: bool) -> HttpSettings {
    let server = &config.server;
    HttpSettings {
        public_url,
        extra_hosts: server.extra_hosts.clone(),
        trusted_proxies: server.trusted_proxies.clone(),
        demo,
        header_deadline: server.header_deadline,
        request_deadline: server.request_deadline,
        max_body: MAX_BODY,
        max_connections: server.max_connections,
        grace: server.grace,
    }
}

/// The mail server of the settings; `None` when there is none.
///
/// # Errors
/// [`StartError::Mail`].
pub fn mailer(config: &Config) -> Result<Option<Arc<dyn Mailer>>, StartError> {
    let Some(smtp) = &config.smtp else { return Ok(None) };
    let host = config.server.public_url.as_ref().and_then(Url::host_str);
    Ok(Some(Arc::new(Smtp::new(smtp.clone(), host.unwrap_or("localhost"))?)))
}

/// Serves until `stop`, then lets open requests and mails under way end and closes the database. Without a
/// mailer no mail is sent.
///
/// # Errors
/// [`StartError::System`] when connections can no longer be accepted.
pub async fn run(
    service: Service,
    mailer: Option<Arc<dyn Mailer>>,
    listener: TcpListener,
    settings: &HttpSettings,
    stop: impl Future<Output = ()>,
) -> Result<(), StartError> {
    let service = Arc::new(service);
    let router = http::router(settings, service.clone(), service.clone());
    let tasks = Tasks::start(&service, mailer.as_ref());
    let served = http::serve(listener, router, settings, stop).await;
    tasks.stop(settings.grace).await;
    service.store.close().await;
    Ok(served?)
}

/// Answers the monitoring system until the set is dropped, on an address of its own: nobody from outside can ask there.
///
/// # Errors
/// [`StartError::Listen`].
pub async fn watch(
    service: &Service,
    address: SocketAddr,
    settings: &HttpSettings,
) -> Result<(JoinSet<io::Result<()>>, SocketAddr), StartError> {
    let (listener, address) = listen(address).await?;
    let (router, settings) = (http::metrics_router(Arc::new(service.clone())), settings.clone());
    let mut watch = JoinSet::new();
    watch.spawn(async move { http::serve(listener, router, &settings, pending()).await });
    Ok((watch, address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Inputs, load};

    fn config(public_url: Option<&str>) -> Config {
        let environment =
            public_url.map(|url| ("MUSTER_SERVER__PUBLIC_URL".to_owned(), Some(url.to_owned()))).into_iter().collect();
        load(&Inputs { environment, ..Inputs::default() }).into_config().unwrap()
    }

    #[test]
    fn public_url_must_be_https() {
        assert!(matches!(public_url(&config(None)), Err(StartError::NoPublicUrl)));
        assert!(matches!(public_url(&config(Some("http://127.0.0.1:3000"))), Err(StartError::PlainHttp)));
        assert_eq!(public_url(&config(Some("https://muster.example"))).unwrap().as_str(), "https://muster.example/");
    }

    #[test]
    fn settings_reach_the_http_layer() {
        let environment = [("SERVER__GRACE", "3"), ("SERVER__MAX_CONNECTIONS", "7"), ("SERVER__REQUEST_DEADLINE", "9")]
            .map(|(name, value)| (format!("MUSTER_{name}"), Some(value.to_owned())))
            .to_vec();
        let config = load(&Inputs { environment, ..Inputs::default() }).into_config().unwrap();
        let settings = http_settings(&config, Url::parse("https://muster.example").unwrap(), true);
        assert_eq!(settings.grace, Duration::from_secs(3));
        assert_eq!(settings.max_connections, 7);
        assert_eq!(settings.request_deadline, Duration::from_secs(9));
        assert_eq!(settings.max_body, 65_536);
        assert!(settings.demo);
    }

    #[test]
    fn taken_address_is_refused_with_a_hint() {
        let error = block_on(async {
            let (_first, address) = listen(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
            listen(address).await.unwrap_err()
        })
        .unwrap();
        assert!(error.to_string().starts_with("cannot listen on 127.0.0.1:"), "{error}");
        assert!(error.hint().is_some() && !error.is_setting());
    }
}
