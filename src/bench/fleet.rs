//! Three `courtd serve` processes of this very executable, for the figures through HTTP.
//!
//! Separate processes, as in production: what the load generator costs is not hidden inside them.
//! They are ended with the fleet, gently first.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use super::wire::Wire;

const NODES: usize = 3;

/// For all nodes to say that they are ready.
const READY_DEADLINE: Duration = Duration::from_secs(60);

/// Between two looks at a node that is not ready.
const READY_PAUSE: Duration = Duration::from_millis(100);

/// A node stops within 20 s of being asked to.
const STOP_DEADLINE: Duration = Duration::from_secs(25);

/// Three running nodes.
pub(super) struct Fleet {
    nodes: Vec<Child>,
    pub(super) urls: Vec<String>,
}

impl Fleet {
    /// Starts the nodes with their stores below `folder`, and waits until all are ready.
    pub(super) async fn start(folder: &Path) -> Result<Self> {
        Self::start_with(folder, "").await
    }

    /// The same with more settings, which begin with a section.
    pub(super) async fn start_with(folder: &Path, more: &str) -> Result<Self> {
        let (clients, peers) = (ports()?, ports()?);
        let program = std::env::current_exe().context("failed to find this executable")?;
        let mut fleet =
            Self { nodes: Vec::new(), urls: clients.iter().map(|port| format!("http://127.0.0.1:{port}")).collect() };
        for at in 0..NODES {
            let config = folder.join(format!("node-{}.toml", at + 1));
            std::fs::write(&config, configuration(at, folder, &clients, &peers) + more)?;
            let log = std::fs::File::create(folder.join(format!("node-{}.log", at + 1)))?;
            let mut command = Command::new(&program);
            command.arg("serve").arg("--config").arg(&config).env("COURTD_LOG", "warn").kill_on_drop(true);
            command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
            fleet.nodes.push(command.spawn().with_context(|| format!("failed to start {}", program.display()))?);
        }
        let deadline = Instant::now() + READY_DEADLINE;
        for at in 0..NODES {
            fleet.wait_until_ready(at, deadline).await.with_context(|| {
                let log = std::fs::read_to_string(folder.join(format!("node-{}.log", at + 1))).unwrap_or_default();
                format!("node {} did not become ready; it said: {}", at + 1, log.trim())
            })?;
        }
        Ok(fleet)
    }

    async fn wait_until_ready(&mut self, at: usize, deadline: Instant) -> Result<()> {
        let mut wire = Wire::new(self.urls[at].trim_start_matches("http://"));
        loop {
            if let Some(status) = self.nodes[at].try_wait()? {
                bail!("it ended with {status}");
            }
            match wire.get("/readyz").await {
                Ok(answer) if answer.status == 200 => return Ok(()),
                Ok(answer) if Instant::now() > deadline => bail!("{}", String::from_utf8_lossy(&answer.body)),
                Err(error) if Instant::now() > deadline => return Err(error),
                _ => sleep(READY_PAUSE).await,
            }
        }
    }

    /// Process ids of the nodes.
    pub(super) fn processes(&self) -> Vec<u32> {
        self.nodes.iter().filter_map(Child::id).collect()
    }

    /// Ends the nodes; the processes are gone afterwards in any case.
    pub(super) async fn stop(mut self) -> Result<()> {
        for node in &self.nodes {
            if let Some(pid) = node.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)) {
                kill_process(pid, Signal::TERM)?;
            }
        }
        for (at, node) in self.nodes.iter_mut().enumerate() {
            match timeout(STOP_DEADLINE, node.wait()).await {
                Ok(status) if status.as_ref().is_ok_and(std::process::ExitStatus::success) => {}
                Ok(status) => bail!("node {} ended with {}", at + 1, status?),
                Err(_) => bail!("node {} did not end in time", at + 1),
            }
        }
        Ok(())
    }
}

/// Ports that are free now. Nothing keeps them so until a node binds them, so a run on a machine
/// that hands out ports quickly may fail to start; it says so, and can be repeated.
fn ports() -> Result<Vec<u16>> {
    let bound: Vec<TcpListener> = (0..NODES).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<_, _>>()?;
    bound.iter().map(|listener| Ok(listener.local_addr()?.port())).collect()
}

/// `courtd.toml` of a node.
fn configuration(at: usize, folder: &Path, clients: &[u16], peers: &[u16]) -> String {
    let data = toml::Value::from(folder.join(format!("http-{}", at + 1)).display().to_string());
    let nodes: Vec<String> = (0..NODES)
        .map(|at| {
            let (id, peer, client) = (at + 1, peers[at], clients[at]);
            format!(r#"  {{ id = {id}, region = "bench", peer = "127.0.0.1:{peer}", client = "127.0.0.1:{client}" }},"#)
        })
        .collect();
    format!(
        "node_id = {}\nregion = \"bench\"\ndata_dir = {data}\nopen = true\n\
         public_url = \"https://bench.example\"\n\n\
         [listen]\nclient = \"127.0.0.1:{}\"\npeer = \"127.0.0.1:{}\"\n\n\
         [cluster]\nid = \"bench\"\ninitial = [\n{}\n]\n",
        at + 1,
        clients[at],
        peers[at],
        nodes.join("\n"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_toml_and_names_all_nodes() {
        let text = configuration(1, Path::new("/a \"quoted\" folder"), &[1, 2, 3], &[4, 5, 6]);
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["node_id"].as_integer(), Some(2));
        assert_eq!(table["data_dir"].as_str(), Some("/a \"quoted\" folder/http-2"));
        assert_eq!(table["listen"]["peer"].as_str(), Some("127.0.0.1:5"));
        assert_eq!(table["cluster"]["initial"].as_array().map(Vec::len), Some(3));
    }
}
