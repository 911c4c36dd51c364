//! A worker in a process of its own, which can be killed and stopped like any other.

use std::process::{Child, Command, Stdio};

use crate::world::World;

const BOOTSTRAP: &str = "LEADSHARE_TEST_BOOTSTRAP";
const NAME: &str = "LEADSHARE_TEST_NAME";

/// This test program, running one worker.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(world: &World) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["process::serve", "--exact", "--ignored"])
            .env(BOOTSTRAP, &world.config.bootstrap_servers)
            .env(NAME, &world.config.prefix)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "is started by other tests, as a process"]
fn serve() {
    let (Ok(bootstrap), Ok(name)) = (std::env::var(BOOTSTRAP), std::env::var(NAME)) else { return };
    let world = World::reach(&bootstrap, &name, 1);
    let worker = world.spawn(world.worker());
    // Nothing ever comes; this returns when the parent is gone.
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
    worker.stop().unwrap();
}
