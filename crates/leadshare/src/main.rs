//! leadshare: the one binary. Services, and the commands around them.

mod access;
mod cli;
mod commands;
mod config;
mod console;
mod decode;
mod definitions;
mod expectation;
mod fault;
mod http;
mod logging;
mod metrics;
mod partner_samples;
mod samples;
mod scaffold;
mod secret_file;
mod service;
mod services;
mod site;
mod telemetry;
mod topics;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use cli::{Cli, Command};
use console::Console;
use fault::{Exit, Fault};
use site::Site;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            // Nothing can be done when the terminal is gone.
            let _ = error.print();
            return if asked { ExitCode::SUCCESS } else { Exit::Usage.into() };
        }
    };
    match dispatch(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) if fault.is_broken_pipe() => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("leadshare: {fault}");
            fault.exit.into()
        }
    }
}

fn dispatch(cli: Cli) -> Result<(), Fault> {
    // A service says what it does; a command says what it found.
    let level = if matches!(cli.command, Command::Run { .. }) {
        "info,librdkafka=warn"
    } else {
        "warn,librdkafka=off"
    };
    logging::start(cli.log.as_deref().unwrap_or(level), cli.log_format)?;
    let mut console = Console::new(cli.output);
    let site = || Site::open(&cli.dir, &cli.set);
    match &cli.command {
        Command::Init(init) => commands::init::run(init, &mut console),
        Command::Demo(demo) => commands::demo::run(demo, &cli.set, &mut console),
        Command::Check { write_samples } => commands::check::run(&site()?, *write_samples, &mut console),
        Command::Run { service } => service::run(&site()?, service),
        Command::Health { ready } => commands::health::run(&site()?, *ready, &mut console),
        Command::Topics(topics) => commands::topics::run(&site()?, topics, &mut console),
        Command::Source(source) => commands::source::run(&site()?, source, &mut console),
        Command::Partner(partner) => commands::partner::run(&site()?, partner, &mut console),
        Command::Policy(policy) => commands::policy::run(&site()?, policy, &mut console),
        Command::Explain(asked) => commands::explain::run(&site()?, asked, &mut console),
        Command::Held => commands::held::list(&site()?, &mut console),
        Command::Approve(release) => commands::held::say(&site()?, release, true, &mut console),
        Command::Refuse(release) => commands::held::say(&site()?, release, false, &mut console),
        Command::Recall(recall) => commands::recall::run(&site()?, recall, &mut console),
        Command::LegalHold(hold) => commands::legal_hold::run(&site()?, hold, &mut console),
        Command::Ledger(ledger) => commands::ledger::run(&site()?, ledger, &mut console),
        Command::Officer(officer) => commands::officer::run(&site()?, officer, &mut console),
        Command::Submit(submit) => commands::submit::run(&site()?, submit, &mut console),
        Command::Tail(tail) => commands::tail::run(&site()?, tail, &mut console),
        Command::Trace { lead } => commands::trace::run(&site()?, lead, &mut console),
        Command::Match(matching) => commands::matches::run(&site()?, matching, &mut console),
        Command::DeadLetters(dead) => commands::dead_letters::run(&site()?, dead, &mut console),
        Command::Status { wait } => commands::status::run(&site()?, *wait, &mut console),
    }
}
