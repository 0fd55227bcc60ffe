//! One courtd process: started, signalled and ended by its own id, and by nothing wider.

use std::fs::{File, read_to_string};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use super::eventually;

/// How much of its log a failed test shows.
const LOG_LINES_SHOWN: usize = 40;

/// A process that ends when this value does.
pub struct Process {
    name: String,
    child: Child,
    /// What it says on stdout.
    pub stdout: PathBuf,
    /// What it says on stderr.
    pub stderr: PathBuf,
}

impl Process {
    /// Starts `courtd` with these arguments; what it says is added to `<folder>/<name>.out` and `.log`.
    pub fn courtd<S: AsRef<std::ffi::OsStr>>(name: &str, folder: &Path, args: &[S], env: &[(&str, &str)]) -> Self {
        let append =
            |path: &Path| File::options().create(true).append(true).open(path).expect("the log can be written");
        let (stdout, stderr) = (folder.join(format!("{name}.out")), folder.join(format!("{name}.log")));
        let child = Command::new(env!("CARGO_BIN_EXE_courtd"))
            .args(args)
            .envs(env.iter().copied())
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(append(&stdout))
            .stderr(append(&stderr))
            .spawn()
            .expect("courtd can be started");
        Self { name: name.to_owned(), child, stdout, stderr }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its name, to this process alone.
    pub fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", signal, &id]).status();
        assert!(sent.expect("there is a shell").success(), "{} could not be sent {signal}", self.name);
    }

    /// Ends it as a crash does, with -9, and waits until it is gone.
    pub fn kill(&mut self) {
        match self.child.kill() {
            Err(error) if error.kind() != io::ErrorKind::InvalidInput => panic!("{}: {error}", self.name),
            _ => self.child.wait().expect("it is our child"),
        };
    }

    /// Its exit status, if it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("it is our child")
    }

    /// Waits until it ends by itself.
    pub async fn exit(&mut self, within: Duration) -> ExitStatus {
        let what = format!("{} ends", self.name);
        eventually(within, &what, async || self.ended().ok_or("it runs")).await
    }

    /// Fails with the end of its log if it has ended.
    pub fn must_run(&mut self) {
        if let Some(status) = self.ended() {
            panic!("{} ended with {status}", self.name);
        }
    }

    fn show_log(&self) {
        let said = read_to_string(&self.stderr).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        let last = lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n  ");
        println!("-- the end of what {} said:\n  {last}", self.name);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.show_log();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
