//! Opening the directory: one process, one database, and never more than half of a first start.

use std::fs::{File, OpenOptions};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use fjall::{Database, KeyspaceCreateOptions};

use crate::error::{Advice, Error};

/// Names that the storage engine uses. A rebuild deletes these and nothing else, so that a wrong path
/// in the configuration costs nothing.
const LOCK: &str = "lock";
const VERSION: &str = "version";
const KEYSPACES: &str = "keyspaces";
const JOURNAL_SUFFIX: &str = "jnl";
/// Ours: stands while a rebuild empties the directory.
const WIPING: &str = "wiping";

/// Journals are kept until every keyspace has flushed past them; beyond this the laggards must.
const JOURNALS_BYTES_MAX: u64 = 256 << 20;
/// A keyspace's writes are held in memory up to here. There is one for each topic partition, so the
/// engine's own 64 MiB would add up.
const LOG_MEMTABLE_BYTES_MAX: u64 = 8 << 20;
/// States are few, are read at random and written all the time: the fewer tables, the cheaper.
const STATE_MEMTABLE_BYTES_MAX: u64 = 32 << 20;

/// Opens or creates the database in `dir`.
pub(crate) fn open(dir: &Path, cache_bytes: u64, advice: Advice) -> Result<Database, Error> {
    create_private(dir).map_err(|e| Error::Unusable { dir: dir.to_owned(), detail: e.to_string() })?;
    if dir.join(WIPING).exists() {
        return Err(Error::Damaged {
            dir: dir.to_owned(),
            detail: "a rebuild was interrupted".to_owned(),
            advice,
        });
    }
    discard_unfinished(dir)?;
    let builder = Database::builder(dir).cache_size(cache_bytes).max_journaling_size(JOURNALS_BYTES_MAX);
    // The engine asserts some properties of what it finds on disk; damage must be an error here.
    match catch_unwind(AssertUnwindSafe(|| builder.open())) {
        Ok(Ok(database)) => Ok(database),
        Ok(Err(error)) => Err(Error::on_open(dir, &error, advice)),
        Err(_) => Err(Error::Damaged {
            dir: dir.to_owned(),
            detail: "the storage engine gave up".to_owned(),
            advice,
        }),
    }
}

/// As `open`, but a damaged directory is emptied first. Only for state that the changelog holds too.
pub(crate) fn open_or_wipe(dir: &Path, cache_bytes: u64) -> Result<Database, Error> {
    match open(dir, cache_bytes, Advice::Rebuild) {
        Err(error @ Error::Damaged { .. }) => {
            tracing::warn!(%error, "discarding the state on disk; the changelog will rebuild it");
            wipe(dir)?;
            open(dir, cache_bytes, Advice::Rebuild)
        }
        result => result,
    }
}

/// How the keyspace of a topic partition is created.
pub(crate) fn log_options() -> KeyspaceCreateOptions {
    KeyspaceCreateOptions::default().max_memtable_size(LOG_MEMTABLE_BYTES_MAX)
}

/// How the keyspace of a state is created.
pub(crate) fn state_options() -> KeyspaceCreateOptions {
    KeyspaceCreateOptions::default().max_memtable_size(STATE_MEMTABLE_BYTES_MAX)
}

/// Leads are kept here: nobody but the owner may list or read the directory.
fn create_private(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// A process killed while it created the directory leaves a journal and no complete version marker,
/// which the engine would refuse for ever. Nothing can have been committed, so begin again.
fn discard_unfinished(dir: &Path) -> Result<(), Error> {
    let unusable = |e: io::Error| Error::Unusable { dir: dir.to_owned(), detail: e.to_string() };
    let version = dir.join(VERSION);
    let finished = std::fs::metadata(&version).is_ok_and(|m| m.len() > 0);
    if finished || !dir.join("0.jnl").exists() || dir.join(KEYSPACES).join("0").join("current").exists() {
        return Ok(());
    }
    let _lock = lock(dir)?;
    for path in [dir.join("0.jnl"), version] {
        remove_if_there(&path).map_err(unusable)?;
    }
    Ok(())
}

fn wipe(dir: &Path) -> Result<(), Error> {
    let unusable = |e: io::Error| Error::Unusable { dir: dir.to_owned(), detail: e.to_string() };
    let _lock = lock(dir)?;
    // INVARIANT: the mark stands from before the first removal until after the last, so that half a
    // database is never taken for a whole one.
    File::create(dir.join(WIPING)).and_then(|mark| mark.sync_all()).map_err(unusable)?;
    for entry in std::fs::read_dir(dir).map_err(unusable)? {
        let path = entry.map_err(unusable)?.path();
        if path.extension().is_some_and(|e| e == JOURNAL_SUFFIX) {
            remove_if_there(&path).map_err(unusable)?;
        }
    }
    remove_if_there(&dir.join(VERSION)).map_err(unusable)?;
    match std::fs::remove_dir_all(dir.join(KEYSPACES)) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(unusable(e)),
        _ => {}
    }
    remove_if_there(&dir.join(WIPING)).map_err(unusable)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Holds the engine's own lock while files are removed.
fn lock(dir: &Path) -> Result<File, Error> {
    let unusable = |detail: String| Error::Unusable { dir: dir.to_owned(), detail };
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(dir.join(LOCK))
        .map_err(|e| unusable(e.to_string()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(Error::Busy { dir: dir.to_owned() }),
        Err(std::fs::TryLockError::Error(e)) => Err(unusable(e.to_string())),
    }
}
