//! A broker of our own, gone when this program is.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A running broker.
pub(crate) struct Cluster {
    pub(crate) bootstrap: String,
    directory: PathBuf,
    port: u16,
    controller_port: u16,
}

/// The broker that most tests share.
pub(crate) fn shared() -> &'static Cluster {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(Cluster::start)
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn script(name: &str) -> Command {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/kafka");
    Command::new(scripts.join(name))
}

impl Cluster {
    /// Starts a broker with its data in memory, if the machine offers that.
    pub(crate) fn start() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = parent.join(format!("leadshare-kafka-{}-{number}", std::process::id()));
        let mut cluster =
            Self { bootstrap: String::new(), directory, port: free_port(), controller_port: free_port() };
        cluster.up();
        cluster
    }

    /// Starts the broker again where it stopped.
    pub(crate) fn up(&mut self) {
        let output = script("kafka-up")
            .arg("--dir")
            .arg(&self.directory)
            .args(["--port", &self.port.to_string()])
            .args(["--controller-port", &self.controller_port.to_string()])
            .args(["--owner", &std::process::id().to_string()])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let bootstrap = text.lines().find_map(|line| line.strip_prefix("bootstrap="));
        self.bootstrap = bootstrap.unwrap().to_owned();
    }

    /// Ends the broker at once, as a machine that loses power does.
    pub(crate) fn kill(&self) {
        self.signal("KILL");
    }

    /// Sends a signal to the broker.
    pub(crate) fn signal(&self, name: &str) {
        let pid = std::fs::read_to_string(self.directory.join("node1/pid")).unwrap();
        let status = Command::new("kill").args(["-s", name, pid.trim()]).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The shared one is never dropped; its owner's end is noticed by the script.
        let _ = script("kafka-down").arg("--dir").arg(&self.directory).arg("--wipe").status();
    }
}
