//! A disk whose platter can be copied: an ext4 image on a loop device.
//!
//! What a program writes lies first in the page cache of the mounted file system. Only what that
//! file system has written to its device is in the image's file, and so in a copy of it: the copy is
//! what a disk holds after the power went, when the copied moment had no writer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Room for a store of many cuts; the file is sparse.
const IMAGE_SIZE: &str = "384M";

/// How often a copy is taken again when the kernel wrote something back meanwhile.
const COPIES_MAX: usize = 20;

/// One disk, mounted.
pub struct Platter {
    image: PathBuf,
    mount: PathBuf,
    mounted: bool,
}

impl Platter {
    /// Whether this machine lets us have disks; otherwise why not.
    pub fn available() -> Result<(), String> {
        run("sh", &["-c", "test \"$(id -u)\" = 0"]).map_err(|_| "not root".to_owned())?;
        run("losetup", &["--find"]).map_err(|error| format!("no loop device: {error}"))?;
        run("mkfs.ext4", &["-V"]).map(drop)
    }

    /// A new, empty disk.
    pub fn format(folder: &Path, name: &str) -> Self {
        let (image, mount) = (folder.join(format!("{name}.img")), folder.join(name));
        fs::create_dir(&mount).expect("the folder is ours");
        must("truncate", &["--size", IMAGE_SIZE, text(&image)]);
        // Nothing left to be initialised in the background, which would change the image by itself.
        must("mkfs.ext4", &["-q", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0", text(&image)]);
        let mut platter = Self { image, mount, mounted: false };
        platter.mount();
        platter
    }

    /// Where its files are.
    pub fn path(&self) -> &Path {
        &self.mount
    }

    /// Copies the platter as it is. Nobody may be writing.
    pub fn copy(&self) {
        let copy = self.copied();
        for _ in 0..COPIES_MAX {
            must("cp", &["--sparse=always", text(&self.image), text(&copy)]);
            if run("cmp", &["--silent", text(&self.image), text(&copy)]).is_ok() {
                return;
            }
        }
        panic!("{} does not come to rest", self.image.display());
    }

    /// Puts the copied platter in the place of the disk, as after the power came back.
    pub fn power_on(&mut self) {
        self.unmount();
        fs::rename(self.copied(), &self.image).expect("it was copied");
        self.mount();
    }

    fn copied(&self) -> PathBuf {
        self.image.with_extension("cut")
    }

    fn mount(&mut self) {
        must("mount", &["-o", "loop", text(&self.image), text(&self.mount)]);
        self.mounted = true;
    }

    fn unmount(&mut self) {
        must("umount", &[text(&self.mount)]);
        self.mounted = false;
    }
}

impl Drop for Platter {
    fn drop(&mut self) {
        if self.mounted {
            // Lazily, so that a test that fails leaves nothing mounted either.
            let _ = run("umount", &["--lazy", text(&self.mount)]);
        }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}

fn must(program: &str, args: &[&str]) {
    if let Err(error) = run(program, args) {
        panic!("{program} {}: {error}", args.join(" "));
    }
}

/// Runs a program of the system, found where root finds it.
fn run(program: &str, args: &[&str]) -> Result<(), String> {
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let done = Command::new("env").arg(format!("PATH={path}")).arg(program).args(args).output();
    let done = done.map_err(|error| format!("{program}: {error}"))?;
    if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stderr).trim().to_owned()) }
}

#[cfg(test)]
mod tests {
    use std::fs::{File, read, write};

    use super::*;

    #[test]
    fn a_platter_keeps_what_was_synced_and_nothing_else() {
        if let Err(why) = Platter::available() {
            return crate::power_cut::skipped(&why);
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut platter = Platter::format(folder.path(), "disk");
        let path = |name: &str| folder.path().join("disk").join(name);
        write(path("synced"), b"here").expect("the disk has room");
        File::open(path("synced")).and_then(|file| file.sync_all()).expect("it can be synced");
        File::open(platter.path()).and_then(|file| file.sync_all()).expect("so can the folder");
        write(path("cached"), b"gone").expect("the disk has room");

        platter.copy();
        platter.power_on();
        assert_eq!(read(path("synced")).expect("it is there"), b"here");
        assert_ne!(read(path("cached")).unwrap_or_default(), b"gone", "the copy holds the page cache");
    }
}
