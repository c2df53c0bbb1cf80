//! The service manager on the system bus: org.freedesktop.systemd1(5).

use std::time::Duration;

use zbus::zvariant::Type as Signature;
use zbus::{Connection, Message};

/// systemd's name on the bus.
pub const MANAGER: &str = "org.freedesktop.systemd1";

pub const MANAGER_PATH: &str = "/org/freedesktop/systemd1";

/// What that can do.
pub const MANAGER_INTERFACE: &str = "org.freedesktop.systemd1.Manager";

/// Reading properties.
pub const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// How long one answer may take; also how long a daemon waits to be told of for its unit.
pub const DEADLINE: Duration = Duration::from_secs(2);

/// A connection to which systemd sends its signals.
///
/// # Errors
/// There is no bus, or no systemd on it.
pub async fn connect() -> zbus::Result<Connection> {
    let connecting = zbus::connection::Builder::system().method_timeout(DEADLINE).build();
    let late = |_| zbus::Error::Failure("the system bus does not answer".to_owned());
    let bus = tokio::time::timeout(DEADLINE, connecting).await.map_err(late)??;
    // Without a subscriber systemd sends no signals.
    bus.call_method(Some(MANAGER), MANAGER_PATH, Some(MANAGER_INTERFACE), "Subscribe", &()).await?;
    Ok(bus)
}

/// Calls one method and understands its answer.
///
/// # Errors
/// It cannot be called, or its answer is of another type.
pub async fn call<B, T>(bus: &Connection, path: &str, interface: &str, method: &str, body: &B) -> zbus::Result<T>
where
    B: serde::Serialize + zbus::zvariant::DynamicType,
    T: for<'d> serde::Deserialize<'d> + Signature,
{
    let answer = bus.call_method(Some(MANAGER), path, Some(interface), method, body).await?;
    answer.body().deserialize()
}

/// Whether a signal is systemd's own. The bus lets anybody send any signal to one connection, and a match on a name that is not unique is the
/// bus's matter, which it does not look at then.
pub async fn is_from_manager(bus: &Connection, signal: &Message) -> bool {
    let (name, path) = ("org.freedesktop.DBus", "/org/freedesktop/DBus");
    let Ok(answer) = bus.call_method(Some(name), path, Some(name), "GetNameOwner", &MANAGER).await else {
        return false;
    };
    let body = answer.body();
    let header = signal.header();
    let owner: Option<&str> = body.deserialize().ok();
    owner.is_some() && owner == header.sender().map(|sender| sender.as_str())
}
