//! The embedded log of a running service, over the socket in its directory: both ends.
//!
//! INVARIANT: only the user who runs the service (or root) is answered. The directory has mode 0700,
//! the socket 0600, and the kernel's word on who is at the other end is checked as well.

use std::io::{BufReader, BufWriter};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use pipeline::{NextOffset, Offset, Output, Record, Source, Topic, TopicSpec};

use super::embedded::{Embedded, Fetching};
use super::wire::{Answer, Request, WireRecord, read_frame, write_frame};
use super::{Broker, Cursor, ServiceTopics, Start, TaskTotals};
use crate::fault::{Exit, Fault};
use crate::site::Site;

/// How long one answer may take; a fetch waits less.
const ANSWER: Duration = Duration::from_secs(30);
/// Longest wait that a fetch may ask for.
const FETCH_WAIT: Duration = Duration::from_secs(5);

/// A connection to the service that holds the directory.
pub(crate) struct Remote {
    stream: UnixStream,
}

impl Remote {
    pub(crate) fn connect(site: &Site) -> Result<Self, Fault> {
        let path = socket_path(site);
        let busy = |error: std::io::Error| {
            Fault::new(
                Exit::Busy,
                format!(
                    "`{}` is in use by another process that does not answer on `{}` ({error}); it may be starting or stopping: try again, or stop it",
                    site.config.files.state.display(),
                    path.display()
                ),
            )
        };
        let stream = UnixStream::connect(&path).map_err(busy)?;
        stream.set_read_timeout(Some(ANSWER)).map_err(busy)?;
        stream.set_write_timeout(Some(ANSWER)).map_err(busy)?;
        Ok(Self { stream })
    }

    fn ask(&self, request: &Request) -> Result<Answer, Fault> {
        let lost = |error: std::io::Error| {
            Fault::new(Exit::Busy, format!("the running service did not answer ({error}); try again"))
        };
        write_frame(BufWriter::new(&self.stream), request).map_err(lost)?;
        match read_frame(&self.stream).map_err(lost)? {
            Some(Answer::Refused(message)) => Err(Fault::failed(message)),
            Some(answer) => Ok(answer),
            None => Err(Fault::new(Exit::Busy, "the running service closed the connection; try again")),
        }
    }
}

/// The answer of the kind asked for.
macro_rules! expect {
    ($answer:expr, $pattern:pat => $value:expr) => {
        match $answer? {
            $pattern => Ok($value),
            _ => Err(Fault::failed("the running service is another version of leadshare; restart it")),
        }
    };
}

impl Broker for Remote {
    fn send(&mut self, records: &[Output]) -> Result<Vec<(Source, Offset)>, Fault> {
        let request = Request::Send(records.iter().map(Into::into).collect());
        expect!(self.ask(&request), Answer::Sent(places) => places)
    }

    fn topics(&mut self) -> Result<Vec<(Topic, u32)>, Fault> {
        expect!(self.ask(&Request::Topics), Answer::Topics(topics) => topics)
    }

    fn apply(&mut self, specs: &[TopicSpec], dry_run: bool) -> Result<Vec<String>, Fault> {
        let request = Request::Apply { specs: specs.iter().map(Into::into).collect(), dry_run };
        expect!(self.ask(&request), Answer::Applied(changes) => changes)
    }

    fn read(&mut self, topics: &[Topic], start: Start) -> Result<Box<dyn Cursor + '_>, Fault> {
        let request = Request::Positions { topics: topics.to_vec(), start: start.into() };
        let positions = expect!(self.ask(&request), Answer::Positions(positions) => positions)?;
        let fetch = move |topics: &[Topic], positions: &mut Vec<(Source, NextOffset)>, wait: Duration| {
            let wait_millis = u64::try_from(wait.min(FETCH_WAIT).as_millis()).unwrap_or_default();
            let request =
                Request::Fetch { topics: topics.to_vec(), positions: positions.clone(), wait_millis };
            let (records, moved) = expect!(
                self.ask(&request),
                Answer::Fetched { records, positions } => (records, positions)
            )?;
            *positions = moved;
            Ok(records.into_iter().map(Record::from).collect())
        };
        Ok(Box::new(Fetching::new(topics, positions, fetch)))
    }

    fn at(&mut self, source: &Source, offset: Offset) -> Result<Option<Record>, Fault> {
        let request = Request::At { source: source.clone(), offset };
        expect!(self.ask(&request), Answer::At(record) => record.map(Record::from))
    }

    fn tasks(&mut self, _: &[ServiceTopics]) -> Result<Vec<TaskTotals>, Fault> {
        expect!(self.ask(&Request::Tasks), Answer::Tasks(tasks) => tasks.into_iter().map(Into::into).collect())
    }
}

/// Where the socket is.
pub(crate) fn socket_path(site: &Site) -> PathBuf {
    site.config.files.state.join("leadshare.sock")
}

/// Answers on the socket until the process ends. Removes the file when dropped.
pub(crate) struct Server {
    path: PathBuf,
}

impl Server {
    /// Binds the socket; each connection is served on a thread of its own.
    pub(crate) fn start(
        site: &Site,
        embedded: &Embedded,
        services: Vec<ServiceTopics>,
    ) -> Result<Self, Fault> {
        let path = socket_path(site);
        let refused = |error: std::io::Error| {
            Fault::file(&path, "commands need a socket there while a service runs", &error)
        };
        // We hold the directory's lock, so whoever bound it before is gone.
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(refused(error)),
            _ => {}
        }
        let listener = UnixListener::bind(&path).map_err(refused)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).map_err(refused)?;
        let owner = std::fs::metadata(&path).map_err(refused)?.uid();
        let embedded = embedded.clone();
        std::thread::Builder::new()
            .name("socket".into())
            .spawn(move || accept(&listener, owner, &embedded, &services))
            .map_err(refused)?;
        Ok(Self { path })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(%error, "the socket could not be removed");
        }
    }
}

/// Connections served at once: a person, a few scripts.
const CONNECTIONS_MAX: usize = 32;

fn accept(listener: &UnixListener, owner: u32, embedded: &Embedded, services: &[ServiceTopics]) {
    let open = std::sync::Arc::new(());
    for stream in listener.incoming() {
        let stream = match stream {
            Ok(stream) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection to the socket failed");
                continue;
            }
        };
        match peer_uid(&stream) {
            Ok(uid) if uid == owner || uid == 0 => {}
            Ok(uid) => {
                tracing::warn!(uid, "another user's connection to the socket is refused");
                continue;
            }
            Err(error) => {
                tracing::warn!(%error, "a connection whose user is not known is refused");
                continue;
            }
        }
        if std::sync::Arc::strong_count(&open) > CONNECTIONS_MAX {
            tracing::warn!("more than {CONNECTIONS_MAX} connections to the socket; one is refused");
            continue;
        }
        let (mut embedded, services, open) = (embedded.clone(), services.to_vec(), open.clone());
        let served = std::thread::Builder::new().name("socket-peer".into()).spawn(move || {
            let _open = open;
            if let Err(error) = converse(&stream, &mut embedded, &services) {
                tracing::debug!(%error, "a connection to the socket ended");
            }
        });
        if let Err(error) = served {
            tracing::warn!(%error, "no thread for a connection to the socket");
        }
    }
}

/// Who is at the other end, by the kernel's word.
fn peer_uid(stream: &UnixStream) -> std::io::Result<u32> {
    Ok(rustix::net::sockopt::socket_peercred(stream)?.uid.as_raw())
}

fn converse(stream: &UnixStream, embedded: &mut Embedded, services: &[ServiceTopics]) -> std::io::Result<()> {
    let mut input = BufReader::new(stream);
    while let Some(request) = read_frame::<Request>(&mut input)? {
        let answer = answer(embedded, request, services).unwrap_or_else(|e| Answer::Refused(e.to_string()));
        write_frame(BufWriter::new(stream), &answer)?;
    }
    Ok(())
}

fn answer(embedded: &mut Embedded, request: Request, services: &[ServiceTopics]) -> Result<Answer, Fault> {
    Ok(match request {
        Request::Send(records) => {
            let records: Vec<Output> = records.into_iter().map(Into::into).collect();
            Answer::Sent(embedded.send(&records)?)
        }
        Request::Topics => Answer::Topics(embedded.topics()?),
        Request::Apply { specs, dry_run } => {
            let specs: Vec<TopicSpec> = specs.into_iter().map(Into::into).collect();
            Answer::Applied(embedded.apply(&specs, dry_run)?)
        }
        Request::Positions { topics, start } => Answer::Positions(embedded.positions(&topics, start.into())?),
        Request::Fetch { topics, mut positions, wait_millis } => {
            let wait = Duration::from_millis(wait_millis).min(FETCH_WAIT);
            let records = embedded.fetch(&topics, &mut positions, wait)?;
            Answer::Fetched { records: records.into_iter().map(WireRecord::from).collect(), positions }
        }
        Request::At { source, offset } => Answer::At(embedded.at(&source, offset)?.map(Into::into)),
        Request::Tasks => Answer::Tasks(embedded.tasks(services)?.into_iter().map(Into::into).collect()),
    })
}

/// Makes a directory that only its owner can enter, or checks that an existing one is so.
pub(crate) fn make_private_dir(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    match std::fs::DirBuilder::new().mode(0o700).create(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let mode = std::fs::metadata(dir)?.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(std::io::Error::new(
                    std::io::ErrorKind::PermissionDenied,
                    format!("its mode is {mode:o}, but only its owner may enter it: chmod 700 it"),
                ));
            }
            Ok(())
        }
        made => made,
    }
}
