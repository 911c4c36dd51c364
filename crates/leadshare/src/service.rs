//! Start-up and end that all services share: threads, signals, health.
//!
//! Workers are OS threads, because transactions and rebalances block. The async runtime serves HTTP and
//! hears signals, nothing else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pipeline::{Limits, Service, ServiceSpec, StopSignal, StoreFactory};
use pipeline_fjall::FjallStores;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::access::Broker;
use crate::access::embedded::Embedded;
use crate::access::remote;
use crate::config::TransportKind;
use crate::definitions::Definitions;
use crate::fault::{Exit, Fault};
use crate::http;
use crate::services::{Definition, MakeProcessor, SERVICES, Setup, service_topics};
use crate::site::Site;
use crate::telemetry::Telemetry;
use crate::topics;

/// A worker finishes the batch in hand in this time, or is left behind.
const END: Duration = Duration::from_millis(4_500);
/// How often it is asked whether a worker is stuck.
const LOOK: Duration = Duration::from_secs(5);
/// The folder beside the state that says which partitions each service is at work on.
const NOTES: &str = "open";
/// How long a command may keep the directory before a start gives up.
const FREE: Duration = Duration::from_secs(10);

/// Runs one service or all until a signal, or until a worker cannot go on.
pub(crate) fn run(site: &Site, name: &str) -> Result<(), Fault> {
    let definitions = Definitions::read(site)?;
    let keys = site.keys()?;
    let release = Arc::new(definitions.release(site, &keys)?);
    let chosen: Vec<&Definition> = SERVICES.iter().filter(|s| name == "all" || s.name == name).collect();
    let names: Vec<&'static str> = chosen.iter().map(|s| s.name).collect();
    let telemetry = Telemetry::new(&names, Arc::clone(&release))
        .map_err(|error| Fault::failed(format!("metrics cannot be registered: {error}")))?;
    let setup = Setup { site, definitions: &definitions, keys: &keys, release: &release };
    let workers = Workers { stop: StopSignal::new(), telemetry: Arc::new(telemetry) };

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::failed(format!("the async runtime cannot start: {error}")))?;
    runtime.block_on(async {
        let listener = http::bind(site.config.http.listen).await?;
        let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
        let (ended, mut endings) = mpsc::unbounded_channel();
        // Held until the end: it answers commands, and removes its socket when dropped.
        let (_server, count) = workers.start(&setup, &chosen, &ended)?;
        drop(ended);
        let listen = listener.local_addr().unwrap_or(site.config.http.listen);
        tokio::spawn(http::serve(listener, Arc::clone(&workers.telemetry)));
        tracing::info!(services = names.join(","), %listen, "running");

        let mut result = Ok(());
        let mut left = count;
        tokio::select! {
            _ = terminate.recv() => tracing::info!("SIGTERM: stopping"),
            _ = interrupt.recv() => tracing::info!("SIGINT: stopping"),
            Some(ending) = endings.recv() => {
                left -= 1;
                result = note(ending, Ok(()));
            }
            why = stuck(&workers.telemetry) => {
                result = Err(Fault::failed(format!("{why}: a call to the broker or to the disk does not return; start the service again, and it goes on where it was")));
            }
        }
        workers.telemetry.stopping();
        workers.stop.stop();
        let deadline = tokio::time::Instant::now() + END;
        while left > 0 {
            match tokio::time::timeout_at(deadline, endings.recv()).await {
                Ok(Some(ending)) => {
                    left -= 1;
                    result = note(ending, result);
                }
                Ok(None) => break,
                Err(_) => {
                    let behind = format!("{left} worker(s) did not end in time; what they had not committed is done again at the next start");
                    return result.and(Err(Fault::failed(behind)));
                }
            }
        }
        tracing::info!("stopped");
        result
    })
}

/// Ends when a worker is stuck, with what it is stuck in.
async fn stuck(telemetry: &Telemetry) -> String {
    loop {
        tokio::time::sleep(LOOK).await;
        if let Some(why) = telemetry.why_stuck() {
            return why;
        }
    }
}

fn no_signals(error: std::io::Error) -> Fault {
    Fault::failed(format!("signals cannot be heard: {error}"))
}

/// The first fault counts; the others are logged.
fn note(ending: Result<(), Fault>, so_far: Result<(), Fault>) -> Result<(), Fault> {
    match (ending, so_far) {
        (Ok(()), so_far) => so_far,
        (Err(fault), Ok(())) => Err(fault),
        (Err(fault), Err(first)) => {
            tracing::error!(error = %fault, "a worker ended");
            Err(first)
        }
    }
}

/// What the workers of this process share.
struct Workers {
    stop: StopSignal,
    telemetry: Arc<Telemetry>,
}

type Ended = mpsc::UnboundedSender<Result<(), Fault>>;

impl Workers {
    /// Starts the threads of all chosen services, and says how many there are.
    fn start(
        &self,
        setup: &Setup<'_>,
        chosen: &[&Definition],
        ended: &Ended,
    ) -> Result<(Option<remote::Server>, usize), Fault> {
        let config = &setup.site.config;
        let limits = config.limits.pipeline();
        match config.transport {
            TransportKind::Embedded => {
                let mut embedded = open_when_free(setup.site)?;
                for change in embedded.apply(&topics::specs(config, setup.definitions), false)? {
                    tracing::info!("{change}");
                }
                for service in chosen {
                    let on = On::Embedded(embedded.clone());
                    self.spawn(setup, service, on, &limits, ended, 0)?;
                }
                let server = remote::Server::start(setup.site, &embedded, service_topics(setup.definitions))?;
                Ok((Some(server), chosen.len()))
            }
            TransportKind::Kafka => {
                let kafka = setup.site.kafka()?;
                let mut count = 0;
                for service in chosen {
                    let dir = setup.site.make_state_dir()?.join(service.name);
                    let stores = FjallStores::open_or_rebuild(&dir, config.workers.cache_mib << 20)?;
                    // The directory is ours now, so whoever was at work on it is not.
                    let notes = setup.site.make_state_dir()?.join(NOTES).join(service.name);
                    pipeline_kafka::end_left_open(&kafka, &notes);
                    for number in 0..(service.threads)(&config.workers) {
                        let worker = pipeline_kafka::Worker::new(kafka.clone())
                            .with_notes(notes.clone())
                            .standing_by(service.stands_by && config.workers.standby);
                        let on = On::Kafka(Box::new(worker), stores.clone());
                        self.spawn(setup, service, on, &limits, ended, number)?;
                        count += 1;
                    }
                }
                Ok((None, count))
            }
        }
    }

    fn spawn(
        &self,
        setup: &Setup<'_>,
        service: &Definition,
        on: On,
        limits: &Limits,
        ended: &Ended,
        number: usize,
    ) -> Result<(), Fault> {
        let worker = Worker {
            spec: Arc::new(service.spec(setup.definitions)),
            processors: (service.processors)(setup)?,
            on,
            limits: limits.clone(),
            telemetry: Arc::clone(&self.telemetry),
            stop: self.stop.clone(),
        };
        let (name, ended) = (service.name, ended.clone());
        std::thread::Builder::new()
            .name(format!("{name}-{number}"))
            .spawn(move || {
                let result = catch_unwind(AssertUnwindSafe(|| worker.run())).unwrap_or_else(|_| {
                    Err(Fault::failed("it panicked: a defect of this program; the lines above say where"))
                });
                // Nobody listens any more when the process is ending anyway.
                let _ =
                    ended.send(result.map_err(|f| Fault::new(f.exit, format!("the {name} stopped: {f}"))));
            })
            .map_err(|error| Fault::failed(format!("no thread for the {name}: {error}")))?;
        Ok(())
    }
}

/// Where a worker runs.
enum On {
    Embedded(Embedded),
    Kafka(Box<pipeline_kafka::Worker>, FjallStores),
}

struct Worker {
    spec: Arc<ServiceSpec>,
    processors: MakeProcessor,
    on: On,
    limits: Limits,
    telemetry: Arc<Telemetry>,
    stop: StopSignal,
}

impl Worker {
    fn run(&self) -> Result<(), Fault> {
        let embedded_stores;
        let stores: &dyn StoreFactory = match &self.on {
            On::Embedded(embedded) => {
                embedded_stores = embedded.log().stores();
                &embedded_stores
            }
            On::Kafka(_, stores) => stores,
        };
        let service = Service {
            spec: &self.spec,
            make_processor: &self.processors,
            stores,
            limits: &self.limits,
            observer: self.telemetry.as_ref(),
            stop: &self.stop,
        };
        match &self.on {
            On::Embedded(embedded) => pipeline_fjall::run_worker(embedded.log(), &service)
                .map_err(|error| Fault::failed(error.to_string())),
            On::Kafka(worker, _) => worker.run(&service).map_err(|error| Fault::failed(error.to_string())),
        }
    }
}

/// A command may hold the directory for a moment.
fn open_when_free(site: &Site) -> Result<Embedded, Fault> {
    let began = Instant::now();
    loop {
        match Embedded::open(site) {
            Err(fault) if fault.exit == Exit::Busy && began.elapsed() < FREE => {
                std::thread::sleep(Duration::from_millis(100));
            }
            opened => return opened,
        }
    }
}
