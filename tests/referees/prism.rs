//! Prism with one description, on a free port.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::net::TcpStream;

use crate::PRISM;
use crate::harness::{eventually, free_ports};

/// A start of Node on a busy machine, and a description to read.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// A referee; it ends with this value.
pub struct Prism {
    /// Where it is.
    pub url: String,
    child: Child,
}

impl Prism {
    /// Goes by the description of that name in `tests/data/openapi`, and refuses what does not fit.
    pub async fn start(description: &str) -> Self {
        let port = free_ports(1)[0];
        let file = format!("{}/tests/data/openapi/{description}", env!("CARGO_MANIFEST_DIR"));
        let child = Command::new(std::env::var_os(PRISM).expect("it was asked for"))
            .args(["mock", "--errors", "--host", "127.0.0.1", "--port", &port.to_string(), &file])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Prism can be started");
        let prism = Self { url: format!("http://127.0.0.1:{port}"), child };
        eventually(READY_WITHIN, "Prism listens", async || TcpStream::connect(("127.0.0.1", port)).await.map(drop))
            .await;
        prism
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
