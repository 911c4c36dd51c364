//! Runs the real binary.
#![allow(dead_code, reason = "each test uses a part")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// What a command said, and its exit code.
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The binary with these words, in an environment without settings.
pub(crate) fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadshare"));
    command.args(words).env("NO_COLOR", "1");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("LEADSHARE_")) {
        command.env_remove(name);
    }
    command
}

/// Runs it to its end.
pub(crate) fn leadshare(words: &[&str]) -> Output {
    let output = command(words).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Output {
        code: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// Runs it and holds that it went well; what it said.
pub(crate) fn succeeds(words: &[&str]) -> String {
    let ran = leadshare(words);
    assert_eq!(ran.code, 0, "{words:?}: {}{}", ran.stdout, ran.stderr);
    ran.stdout
}

/// Runs it and holds that it went well; its JSON, line by line.
pub(crate) fn json(words: &[&str]) -> Vec<serde_json::Value> {
    let said = leadshare(&[&["--output", "json"], words].concat());
    assert_eq!(said.code, 0, "{words:?}: {}{}", said.stdout, said.stderr);
    said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A fresh site from the built-in configuration.
pub(crate) fn site() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let said = leadshare(&["init", dir.path().to_str().unwrap()]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    dir
}

/// `run`, in the background.
pub(crate) struct Running {
    child: Child,
    /// Where it serves metrics and health.
    pub(crate) listen: String,
    log: BufReader<ChildStderr>,
}

impl Running {
    /// Starts it, and waits until it says that it runs.
    pub(crate) fn start(site: &Path, service: &str) -> Self {
        let site = site.to_str().unwrap();
        let words = ["-C", site, "--set", "http.listen=127.0.0.1:0", "--log-format", "json", "run", service];
        let mut child = command(&words).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        // From here on, dropping it ends the process.
        let mut running = Self { child, listen: String::new(), log };
        while running.listen.is_empty() {
            let mut line = String::new();
            assert!(running.log.read_line(&mut line).unwrap() > 0, "it ended before it ran");
            let event: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
            if event["fields"]["message"] == "running" {
                running.listen = event["fields"]["listen"].as_str().unwrap().to_owned();
            }
        }
        running
    }

    /// GET; the status and the body.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.listen).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// Waits until it is ready.
    pub(crate) fn ready(&self) {
        let began = Instant::now();
        while self.get("/readyz").0 != 200 {
            assert!(began.elapsed() < Duration::from_secs(60), "{}", self.get("/readyz").1);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Sends a signal; the exit code, the time that it took, and the rest of its log.
    pub(crate) fn stop(mut self, signal: rustix::process::Signal) -> (i32, Duration, String) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        let began = Instant::now();
        rustix::process::kill_process(pid, signal).unwrap();
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).unwrap();
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        (code, began.elapsed(), rest)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
