//! `muster serve` and `muster migrate`

use super::{Failure, SettingsFile, output};
use crate::{
    startup::{self, StartError},
    storage::Store,
    telemetry,
};

pub(super) const HELP: &str = "Examples:
  muster serve
  muster serve --config /etc/muster/muster.toml

Needs a key file (`muster key new FILE`), an https address (`server.public_url`) and a database that \
`muster migrate` has prepared. Ends after SIGTERM or Ctrl-C, once open requests are answered.";

pub(super) const MIGRATE_HELP: &str = "Examples:
  muster migrate
  muster migrate --config /etc/muster/muster.toml

Run it before the first `muster serve` and after every update. It can be run again without harm. \
Make a backup first.";

/// `muster serve`
pub(super) fn serve(settings: &SettingsFile) -> Result<(), Failure> {
    let config = settings.load()?.into_config()?;
    telemetry::start(&config.log)?;
    startup::leave_no_core_file()?;
    startup::block_on(async {
        let stop = startup::stop_signal()?;
        let url = startup::public_url(&config)?;
        // Before the database: a missing key is told at once, whatever else is wrong.
        let key = config.key_file.as_deref().ok_or(StartError::NoKey)?;
        startup::key_file::read(key)?;
        let store = startup::open_store(&config).await?;
        let service = startup::service(&config, store, Some(url), false).await?;
        let http = startup::http_settings(&config, url.clone(), false);
        let mailer = startup::mailer(&config)?;
        for warning in startup::warnings(&config) {
            tracing::warn!("{warning}");
        }
        let _watch = match config.metrics {
            None => None,
            Some(address) => {
                let (watch, address) = startup::watch(&service, address, &http).await?;
                output::print(&format!("Metrics on http://{address}/metrics"))?;
                Some(watch)
            }
        };
        let (listener, address) = startup::listen(config.server.listen).await?;
        tracing::info!(%address, public_url = %url, "listening");
        output::print(&format!("Listening on http://{address}"))?;
        Ok(startup::run(service, mailer, listener, &http, stop).await?)
    })?
}

/// `muster migrate`
pub(super) fn migrate(settings: &SettingsFile) -> Result<(), Failure> {
    let config = settings.for_command()?;
    startup::block_on(async {
        let store = Store::connect(&config.database.settings()).await?;
        let migrated = store.migrate().await;
        store.close().await;
        Ok::<_, Failure>(migrated?)
    })??;
    output::print("The database is up to date.")
}
