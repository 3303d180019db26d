//! `muster demo`: Muster on this machine, with people in every role.

mod folder;
mod people;
mod seed;
mod welcome;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use clap::Args;
use url::Url;

use super::{Failure, SettingsFile, output, quiet};
use crate::{
    config::{self, Config, Inputs},
    mail::Outbox,
    startup,
    storage::Store,
};
use folder::Folder;

pub(super) const HELP: &str = "Examples:
  muster demo
  muster demo --data ./demo --listen 127.0.0.1:8080
  muster demo --data ./demo --database postgres://muster@127.0.0.1/muster

Without --data everything is thrown away at the end. The people and their passwords are printed at \
the start; they are the same everywhere, so the demo listens on this machine only. Mail and text messages \
are not sent: an outbox page shows them. With MUSTER_SMTP__HOST and MUSTER_SMTP__FROM, mail is sent as well. \
The demo reads MUSTER_* variables and no settings file. It makes its own key file.";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folder to keep between starts [default: a throw-away one]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address and port; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// Database in place of the file in the folder, such as `postgres://USER@HOST/NAME`
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

/// `muster demo`
pub(super) fn run(arguments: &Arguments, settings: &SettingsFile) -> Result<(), Failure> {
    if settings.0.is_some() {
        return Err(Failure::unusable(
            "the demo reads no settings file, so that it never meets the database of an installation",
            "leave out `--config` and MUSTER_CONFIG; MUSTER_* variables for single settings work",
        ));
    }
    if !arguments.listen.ip().is_loopback() {
        return Err(Failure::unusable(
            "the demo listens on this machine only: everybody knows its passwords",
            "use 127.0.0.1 or [::1]; `muster serve` is for others",
        ));
    }
    // Held to the end of the function: dropping it removes a throw-away folder.
    let folder = Folder::open(arguments.data.as_deref())?;
    let config = config_for(arguments, &folder)?;
    startup::block_on(serve(arguments.listen, &config, &folder))?
}

/// The environment's settings with the folder's key and, unless another one is named, the folder's database.
fn config_for(arguments: &Arguments, folder: &Folder) -> Result<Config, Failure> {
    let mut inputs = Inputs::environment();
    inputs.flags.push(("keys.file", "--data", folder.key_file().display().to_string()));
    if let Some(url) = arguments.database.clone() {
        inputs.environment.retain(|(name, _)| !config::sets_database(name));
        inputs.flags.push(("database.url", "--database", url));
    } else if !inputs.environment.iter().any(|(name, _)| config::sets_database(name)) {
        inputs.flags.push(("database.url", "--data", folder.database_url()));
    }
    Ok(quiet(config::load(&inputs))?)
}

async fn serve(listen: SocketAddr, config: &Config, folder: &Folder) -> Result<(), Failure> {
    let stop = startup::stop_signal()?;
    // Before anything is written: a taken port is the usual trouble.
    let (listener, address) = startup::listen(listen).await?;
    let url = address_to_open(address)?;
    folder.make_key()?;
    let store = Store::connect(&config.database.settings()).await?;
    // Before the migration: what is not the demo's is left as it is.
    if let Err(failure) = seed::check(&store, folder.is_kept()).await {
        store.close().await;
        return Err(failure);
    }
    store.migrate().await?;
    let service = startup::service(config, store, Some(&url), true).await?;
    let seeded = seed::seed(&service).await;
    let seeded = match seeded {
        Ok(seeded) => seeded,
        Err(failure) => {
            service.store.close().await;
            return Err(failure);
        }
    };
    let mailer = startup::mailer(config)?.unwrap_or_else(|| Arc::new(Outbox));
    let mut http = startup::http_settings(config, url.clone(), true);
    http.extra_hosts.push(format!("localhost:{}", address.port()));
    output::print(&welcome::text(&seeded, &url, folder))?;
    output::print(&format!("Listening on http://{address}"))?;
    startup::run(service, Some(mailer), listener, &http, stop).await?;
    Ok(())
}

fn address_to_open(address: SocketAddr) -> Result<Url, Failure> {
    Url::parse(&format!("http://{address}"))
        .map_err(|error| Failure::failed(format!("no address can be made of {address}: {error}"), "try 127.0.0.1:3000"))
}
