//! Whether the service on this machine is alive, or ready: for health checks of containers, which have no
//! other client.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::json;

use crate::console::Console;
use crate::fault::Fault;
use crate::site::Site;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// More than any answer has.
const ANSWER: u64 = 4096;

/// Asks `/healthz`, or `/readyz`, at `http.listen`.
pub(crate) fn run(site: &Site, ready: bool, console: &mut Console) -> Result<(), Fault> {
    let at = reachable(site.config.http.listen);
    let path = if ready { "/readyz" } else { "/healthz" };
    let (status, body) = get(at, path)
        .map_err(|error| Fault::failed(format!("http://{at}{path}: {error}; is the service running?")))?;
    if status != 200 {
        return Err(Fault::failed(format!("http://{at}{path}: {status}: {}", body.trim())));
    }
    if console.is_json() {
        return console.json(&json!({ "at": at.to_string(), "path": path, "status": status }));
    }
    console.line(body.trim())
}

/// An address that means every interface is reached by the one of the machine itself.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

fn get(at: SocketAddr, path: &str) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect_timeout(&at, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {at}\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(ANSWER).read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    status
        .map(|status| (status, body.to_owned()))
        .ok_or_else(|| std::io::Error::other("it does not speak HTTP"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn every_interface_is_reached_by_the_machines_own() {
        let check = |listen: &str, at: &str| assert_eq!(reachable(listen.parse().unwrap()).to_string(), at);
        check("0.0.0.0:1", "127.0.0.1:1");
        check("[::]:1", "[::1]:1");
        check("10.0.0.7:1", "10.0.0.7:1");
    }
}
