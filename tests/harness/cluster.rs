//! Three nodes of a real cluster: three processes, three folders, six ports.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::{Api, Process, eventually, free_ports};

/// A debug build on a busy machine with two cores; a release build alone needs a tenth.
const READY_WITHIN: Duration = Duration::from_secs(40);

/// Where one node listens and keeps its data.
#[derive(Clone, Debug)]
pub struct NodeSpec {
    /// Which node.
    pub id: u64,
    /// HTTP and sockets.
    pub client: u16,
    /// Nodes among themselves.
    pub peer: u16,
    /// Its data.
    pub data: PathBuf,
}

/// Three nodes, each a process; they end when this value does.
pub struct Cluster {
    nodes: Vec<NodeSpec>,
    processes: Vec<Option<Process>>,
    env: Vec<(String, String)>,
    api: Api,
    folder: TempDir,
}

impl Cluster {
    /// Three new nodes with their data in a temporary folder, ready to serve.
    pub async fn start() -> Self {
        let mut cluster = Self::prepare(|folder, id| folder.join(format!("data{id}")), &[]);
        for id in 1..=3 {
            cluster.spawn(id);
        }
        cluster.ready().await;
        cluster
    }

    /// Three nodes with their data where `data` says, configured and not started.
    pub fn prepare(data: impl Fn(&Path, u64) -> PathBuf, env: &[(&str, &str)]) -> Self {
        let folder =
            tempfile::Builder::new().prefix("courtd-test-").tempdir().expect("there is room for a temporary folder");
        let ports = free_ports(6);
        let spec =
            |id: u64, at: usize| NodeSpec { id, client: ports[at], peer: ports[at + 3], data: data(folder.path(), id) };
        let nodes = vec![spec(1, 0), spec(2, 1), spec(3, 2)];
        for node in &nodes {
            fs::write(folder.path().join(config_name(node.id)), config(node, "northside", &nodes))
                .expect("the folder is ours");
        }
        let urls = nodes.iter().map(|node| format!("http://127.0.0.1:{}", node.client)).collect();
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { processes: vec![None, None, None], nodes, env, api: Api::new(urls), folder }
    }

    /// Starts one node and does not wait for it.
    pub fn spawn(&mut self, id: u64) {
        let config = self.folder.path().join(config_name(id)).into_os_string();
        let env: Vec<(&str, &str)> = self.env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let args = ["serve".into(), "--config".into(), config];
        self.processes[at(id)] = Some(Process::courtd(&format!("node{id}"), self.folder.path(), &args, &env));
    }

    /// Waits until every node that was started can serve.
    pub async fn ready(&mut self) {
        for id in 1..=3 {
            if self.processes[at(id)].is_some() {
                self.node_ready(id).await;
            }
        }
    }

    /// Waits until one node can serve.
    pub async fn node_ready(&mut self, id: u64) {
        let api = self.api.clone();
        let process = self.processes[at(id)].as_mut().expect("it was started");
        eventually(READY_WITHIN, &format!("node {id} is ready"), async || {
            process.must_run();
            api.ready(id).await
        })
        .await;
    }

    /// Ends one node with -9.
    pub fn kill(&mut self, id: u64) {
        self.processes[at(id)].take().expect("it runs").kill();
    }

    /// Starts a node that was ended, and waits until it serves again.
    pub async fn restart(&mut self, id: u64) {
        self.spawn(id);
        self.node_ready(id).await;
    }

    /// The process of a node that runs.
    pub fn process(&mut self, id: u64) -> &mut Process {
        self.processes[at(id)].as_mut().expect("it runs")
    }

    /// Fails if a node that was started has ended by itself.
    pub fn must_run(&mut self) {
        self.processes.iter_mut().flatten().for_each(Process::must_run);
    }

    /// Takes the process of a node that has ended, or is about to.
    pub fn take(&mut self, id: u64) -> Process {
        self.processes[at(id)].take().expect("it runs")
    }

    /// Writes another configuration for a node, as an operator might by mistake.
    pub fn reconfigure(&self, id: u64, cluster: &str, data: &Path) {
        let node = NodeSpec { data: data.to_owned(), ..self.nodes[at(id)].clone() };
        let text = config(&node, cluster, &self.nodes);
        fs::write(self.folder.path().join(config_name(id)), text).expect("the folder is ours");
    }

    /// A client of all three.
    pub fn api(&self) -> Api {
        self.api.clone()
    }

    /// Where a node listens and keeps its data.
    pub fn node(&self, id: u64) -> &NodeSpec {
        &self.nodes[at(id)]
    }

    /// The temporary folder with configurations, logs and data.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// The configuration of one node of `nodes`, as `api.md` 7 has it.
fn config(node: &NodeSpec, cluster: &str, nodes: &[NodeSpec]) -> String {
    let initial: String = nodes
        .iter()
        .map(|NodeSpec { id, client, peer, .. }| {
            format!(
                "  {{ id = {id}, region = \"r{id}\", peer = \"127.0.0.1:{peer}\", client = \"127.0.0.1:{client}\" }},\n"
            )
        })
        .collect();
    let NodeSpec { id, client, peer, data } = node;
    format!(
        "node_id = {id}\nregion = \"r{id}\"\ndata_dir = \"{}\"\nopen = true\n\n\
         [listen]\nclient = \"127.0.0.1:{client}\"\npeer = \"127.0.0.1:{peer}\"\n\n\
         [cluster]\nid = \"{cluster}\"\ninitial = [\n{initial}]\n",
        data.display()
    )
}

fn config_name(id: u64) -> String {
    format!("node{id}.toml")
}

fn at(id: u64) -> usize {
    usize::try_from(id - 1).expect("three nodes")
}
