//! A real mail server of the test's own: `end2end/support/smtp.mjs`, which is npm's smtp-server.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
};

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A running mail server. Ends with this value.
pub(crate) struct MailServer {
    child: Child,
    input: ChildStdin,
    events: UnboundedReceiver<Value>,
    /// What happened while the test waited for something else.
    passed: VecDeque<Value>,
    pub(crate) port: u16,
}

impl MailServer {
    /// A server that takes everything, on a free port, without TLS.
    pub(crate) async fn plain() -> Self {
        Self::start(json!({ "security": "plain" })).await
    }

    /// A server with the settings that the script explains.
    pub(crate) async fn start(settings: Value) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../end2end/support/smtp.mjs");
        let mut child = Command::new("node")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is needed for the mail server of the tests: `tools/setup test` says how to get it");
        let mut input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        writeln!(input, "{settings}").unwrap();
        let (sender, events) = unbounded_channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(serde_json::from_str(&line).unwrap()).is_err() {
                    return;
                }
            }
        });
        let mut server = Self { child, input, events, passed: VecDeque::new(), port: 0 };
        let listening = server.next("listening").await;
        server.port = u16::try_from(listening["port"].as_u64().unwrap()).unwrap();
        server
    }

    /// The settings of a server that sends here.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("MUSTER_SMTP__HOST", "127.0.0.1".to_owned()),
            ("MUSTER_SMTP__SECURITY", "plain".to_owned()),
            ("MUSTER_SMTP__PORT", self.port.to_string()),
            ("MUSTER_SMTP__FROM", "Muster <muster@strict.example>".to_owned()),
        ]
    }

    /// From now on it answers like this.
    pub(crate) async fn answer(&mut self, answer: Value) {
        writeln!(self.input, "{answer}").unwrap();
        self.next("ready").await;
    }

    /// Waits for an event of this name.
    pub(crate) async fn next(&mut self, name: &str) -> Value {
        if let Some(place) = self.passed.iter().position(|event| event["event"] == name) {
            return self.passed.remove(place).unwrap();
        }
        loop {
            let hint = "the mail server has ended; its packages come with `tools/setup test`";
            let event = self.events.recv().await.expect(hint);
            if event["event"] == name {
                return event;
            }
            self.passed.push_back(event);
        }
    }

    /// The events of this name so far. A change of its answer goes there and back, so nothing is still on its way.
    pub(crate) async fn all(&mut self, name: &str) -> Vec<Value> {
        self.answer(json!({ "answer": "take" })).await;
        let (these, others): (Vec<_>, Vec<_>) = self.passed.drain(..).partition(|event| event["event"] == name);
        self.passed = others.into();
        these
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port on which nobody listens.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// A file of the tests' certificate authority (`authority.pem`), its certificate for localhost with key
/// (`localhost.pem`), or another authority (`stranger.pem`). Valid for a hundred years.
pub(crate) fn tls_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/flow/support/tls").join(name)
}
