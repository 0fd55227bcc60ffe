//! What is in the repository: every file that git knows or would add.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::source::Source;

/// The files of the repository, in order of their paths.
pub struct Repository {
    /// Text files with their words; what is not UTF-8 has a path and no text.
    pub files: Vec<Source>,
}

impl Repository {
    /// Reads the working tree; what `.gitignore` names is not part of it.
    pub fn read() -> Self {
        let top = top();
        let listed = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(&top)
            .output()
            .expect("git lists the files");
        assert!(listed.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listed.stderr));
        let mut paths: Vec<String> = String::from_utf8(listed.stdout)
            .expect("paths are text")
            .split('\0')
            .filter(|path| !path.is_empty() && top.join(path).is_file())
            .map(str::to_owned)
            .collect();
        paths.sort_unstable();
        paths.dedup();
        let files = paths.iter().map(|path| Source::new(path, &text_of(&top.join(path)))).collect();
        Self { files }.with_test_modules()
    }

    /// Marks the files of modules that only a test build declares.
    fn with_test_modules(mut self) -> Self {
        let declared: Vec<String> = self.rust().flat_map(Source::test_modules).collect();
        for file in &mut self.files {
            if declared
                .iter()
                .any(|module| file.path == format!("{module}.rs") || file.path.starts_with(&format!("{module}/")))
            {
                file.mark_as_test();
            }
        }
        self
    }

    /// A repository that never was, to show that a check can fail.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| Source::new(path, text)).collect() }.with_test_modules()
    }

    pub fn rust(&self) -> impl Iterator<Item = &Source> {
        self.files.iter().filter(|file| file.is_rust())
    }

    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }

    /// Whether a file of that path, or a folder of that name with something in it, is there.
    pub fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.files.iter().any(|file| file.path == path || file.path.starts_with(&format!("{path}/")))
    }
}

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn text_of(path: &Path) -> String {
    String::from_utf8(std::fs::read(path).expect("a listed file can be read")).unwrap_or_default()
}
