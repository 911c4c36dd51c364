//! A real Kafka for tests: one for each test program, started when the first test asks for it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

/// Where the repository is.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is inside the repository").to_owned()
}

/// A broker on loopback that goes away with this program, or with its value.
pub struct Broker {
    /// Its address.
    pub bootstrap: String,
    dir: Option<TempDir>,
}

impl Broker {
    /// Starts one of its own, with nothing in it.
    pub fn start() -> Self {
        // Memory, where there is any: the disk is not what is tested.
        let memory = Path::new("/dev/shm");
        let dir = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.unwrap();
        let ports = [free_port(), free_port()].map(|p| p.to_string());
        let up = Command::new("bash")
            .arg(root().join("tests/kafka/kafka-up"))
            .args(["--port", &ports[0], "--controller-port", &ports[1], "--heap", "400m"])
            .args(["--owner", &std::process::id().to_string()])
            .arg("--dir")
            .arg(dir.path().join("kafka"))
            .output()
            .expect("bash starts");
        let said = String::from_utf8_lossy(&up.stdout).into_owned();
        let bootstrap = said.lines().find_map(|l| l.strip_prefix("bootstrap=")).map(str::to_owned);
        let bootstrap = bootstrap.unwrap_or_else(|| panic!("{said}{}", String::from_utf8_lossy(&up.stderr)));
        Self { bootstrap, dir: Some(dir) }
    }

    /// The one that all tests of this program share: `LEADSHARE_TEST_BROKER`, or one that is started now.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Broker> = OnceLock::new();
        SHARED.get_or_init(|| match std::env::var("LEADSHARE_TEST_BROKER") {
            Ok(bootstrap) => Self { bootstrap, dir: None },
            Err(_) => Self::start(),
        })
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(dir) = &self.dir {
            let down = root().join("tests/kafka/kafka-down");
            let _ = Command::new("bash").arg(down).arg("--dir").arg(dir.path().join("kafka")).output();
        }
    }
}

/// A port that nobody listens on now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("loopback has a free port").port()
}
