//! A folder to run `muster` in, its answers, and a server that runs until it is told to stop.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
};

use tempfile::TempDir;

/// A folder of its own for one test: working folder, home of the throw-away folders, and nothing of ours around it.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("tmp")).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, mode: u32, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    pub(crate) fn muster(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
        command.args(arguments).current_dir(self.folder.path());
        command.stdin(Stdio::null()).env_clear().env("TMPDIR", self.path("tmp"));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        self.finish(self.muster(arguments), "")
    }

    pub(crate) fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Answer {
        let mut command = self.muster(arguments);
        command.envs(environment.iter().copied());
        self.finish(command, "")
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Answer {
        self.finish(self.muster(arguments), input)
    }

    /// Runs a command to its end. One that starts to serve instead is ended: the test fails, and does not hang.
    fn finish(&self, mut command: Command, input: &str) -> Answer {
        let errors = self.path("errors");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(fs::File::create(&errors).unwrap());
        let mut child = command.spawn().unwrap();
        // A command that refuses early closes its end first.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let mut out = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if line.starts_with("Listening on ") {
                child.kill().unwrap();
            }
            out.push_str(&line);
            out.push('\n');
        }
        Answer { code: child.wait().unwrap().code(), out, err: fs::read_to_string(errors).unwrap() }
    }

    /// Throw-away folders that are still there.
    pub(crate) fn left_behind(&self) -> usize {
        fs::read_dir(self.path("tmp")).unwrap().count()
    }

    /// An installation that `muster serve` accepts, with a prepared database: a SQLite file.
    pub(crate) fn installation(&self) {
        self.installation_on("sqlite:muster.db");
    }

    /// The same with another empty database.
    pub(crate) fn installation_on(&self, database: &str) {
        self.run(&["key", "new", "keys"]).done();
        self.write(
            "muster.toml",
            0o644,
            &format!(
                "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://muster.example\"\n\
                 [keys]\nfile = \"keys\"\n[database]\nurl = \"{database}\"\n"
            ),
        );
        self.run(&["migrate"]).done();
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Answer {
    pub(crate) fn done(&self) -> &str {
        assert_eq!(self.code, Some(0), "{self:?}");
        assert_eq!(self.err, "");
        &self.out
    }

    /// The command failed with this code, said so on standard error alone, and did not panic.
    pub(crate) fn refused(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.out, "");
        assert!(self.err.starts_with("error: ") && !self.err.contains("panicked"), "{self:?}");
        &self.err
    }
}

/// A server that runs until it is told to stop.
pub(crate) struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
    /// Everything that was printed before it listened.
    pub(crate) said: String,
    pub(crate) address: String,
}

impl Running {
    pub(crate) fn start(mut command: Command, errors: &Path) -> Self {
        command.stdout(Stdio::piped()).stderr(fs::File::create(errors).unwrap());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let mut running = Self { child, lines, said: String::new(), address: String::new() };
        while running.address.is_empty() {
            let mut line = String::new();
            let read = running.lines.read_line(&mut line).unwrap();
            assert!(read > 0, "it ended: {}\n{}", running.said, fs::read_to_string(errors).unwrap());
            match line.trim_end().strip_prefix("Listening on http://") {
                Some(address) => address.clone_into(&mut running.address),
                None => running.said.push_str(&line),
            }
        }
        running
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn status_of(&self, path: &str) -> String {
        status_at(&self.address, &self.address, path)
    }

    pub(crate) fn stop(mut self, signal: &str) -> ExitStatus {
        // The shell's own: a machine may lack the program `kill`.
        let sent = Command::new("sh").args(["-c", &format!("kill {signal} {}", self.child.id())]).status().unwrap();
        assert!(sent.success());
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).unwrap();
        self.child.wait().unwrap()
    }
}

/// The first line of the answer that a host gives at an address.
pub(crate) fn status_at(address: &str, host: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

impl Drop for Running {
    fn drop(&mut self) {
        // Only where a test failed half-way: otherwise it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
