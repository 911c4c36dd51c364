//! Proofs of policies, by the companion `leadshare-prove`: what services run on knows no solver.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use crate::console::Console;
use crate::fault::{Exit, Fault};
use crate::site::Site;

const COMPANION: &str = "leadshare-prove";

const HOW_TO_GET_IT: &str = "`leadshare-prove` is neither beside this program nor on the path; build it with \
     `cargo build --release --package prover` and put it there; it needs Debian's package cvc5";

/// Runs the companion on the site's policies, and ends as it does.
pub(super) fn run(site: &Site, claims: &[String], guards: bool, console: &Console) -> Result<(), Fault> {
    let here = std::env::current_exe().ok();
    let beside = here.as_deref().and_then(Path::parent).map(|dir| dir.join(COMPANION));
    let program = beside.filter(|path| path.is_file()).unwrap_or_else(|| COMPANION.into());
    let mut command = Command::new(program);
    command.arg("--policies").arg(&site.config.files.policies);
    if guards {
        command.arg("--guards");
    }
    if console.is_json() {
        command.arg("--json");
    }
    let status = command.arg("--").args(claims).status().map_err(|error| match error.kind() {
        ErrorKind::NotFound => Fault::failed(HOW_TO_GET_IT),
        _ => Fault::failed(format!("`{COMPANION}` does not start: {error}")),
    })?;
    match status.code() {
        Some(0) => Ok(()),
        Some(code) if code == Exit::Usage as i32 => Err(Fault::usage("nothing was proved")),
        _ if guards => Err(Fault::failed("not every hard stop has a claim")),
        _ => Err(Fault::failed("not every claim is proved")),
    }
}
