//! What a server does, in numbers, as Prometheus reads them
//! ([OpenMetrics](https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md)).
//!
//! They are sums over all tenants and name none, so that no tenant may see them: a listener of their own gives them, on this machine
//! alone. Every label has values of a list that is in the code, so that no client makes them more.

use std::fmt;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tollgate::{LoaderStatistics, Tollgate};
use tollgate_api::{Cast, CastStatus};

use crate::limits::DURATIONS_S;
use crate::parked::Parked;
use crate::shares::Shares;
use crate::underway::CANCELLED;

/// The numbers.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    request_seconds: Family<Took, Histogram, fn() -> Histogram>,
    casts: Family<Ended, Counter>,
    cast_seconds: Histogram,
    gas: Counter,
    cost: Counter,
    places: Family<Places, Gauge>,
    executions: Family<Executions, Gauge>,
    lookups: Family<Lookup, Counter>,
}

/// Where the numbers are that are so at this moment.
pub(crate) struct Now<'a> {
    pub(crate) tollgate: &'a Tollgate,
    /// The places for runs.
    pub(crate) casts: &'a Shares,
    /// The runs that wait for an approver.
    pub(crate) parked: &'a Parked,
}

/// A request that was answered.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a Method,
    /// The path as the router knows it, if it does.
    pub(crate) route: Option<&'a str>,
    pub(crate) status: StatusCode,
    /// Until its answer began.
    pub(crate) took: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Took {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    status: End,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Places {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Executions {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Lookup {
    cache: &'static str,
    result: &'static str,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum End {
    Succeeded,
    Failed,
    Cancelled,
    Denied,
    Lost,
}

impl End {
    const ALL: [Self; 5] = [
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
        Self::Denied,
        Self::Lost,
    ];

    fn of(cast: &Cast) -> Self {
        match cast.status {
            CastStatus::Succeeded => Self::Succeeded,
            CastStatus::Denied => Self::Denied,
            CastStatus::Lost => Self::Lost,
            CastStatus::Failed if is_cancelled(cast) => Self::Cancelled,
            // Those that run or wait have no end that is written.
            CastStatus::Failed | CastStatus::Running | CastStatus::Waiting => Self::Failed,
        }
    }
}

fn is_cancelled(cast: &Cast) -> bool {
    let kind = cast.failure.as_ref().map(|failure| &*failure.kind);
    kind == Some(CANCELLED)
}

impl EncodeLabelValue for End {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        let name = match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Denied => "denied",
            Self::Lost => "lost",
        };
        EncodeLabelValue::encode(&name, encoder)
    }
}

fn durations() -> Histogram {
    Histogram::new(DURATIONS_S)
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut this = Self {
            registry: Registry::with_prefix("tollgate"),
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(durations),
            casts: Family::default(),
            cast_seconds: durations(),
            gas: Counter::default(),
            cost: Counter::default(),
            places: Family::default(),
            executions: Family::default(),
            lookups: Family::default(),
        };
        // What has not happened yet is 0, and not unknown.
        for status in End::ALL {
            drop(this.casts.get_or_create(&Ended { status }));
        }
        this.register();
        this
    }

    fn register(&mut self) {
        let Self {
            registry,
            requests,
            request_seconds,
            casts,
            cast_seconds,
            gas,
            cost,
            places,
            executions,
            lookups,
        } = self;
        registry.register(
            "http_requests",
            "Requests that were answered, by method, route and status",
            requests.clone(),
        );
        registry.register_with_unit(
            "http_request_duration",
            "Time until the answer to a request began, by route",
            Unit::Seconds,
            request_seconds.clone(),
        );
        registry.register(
            "casts",
            "Runs whose end was written down, by how they ended, and those that were lost because theirs could not be",
            casts.clone(),
        );
        registry.register_with_unit(
            "cast_duration",
            "Wall time of runs that began",
            Unit::Seconds,
            cast_seconds.clone(),
        );
        registry.register("cast_gas", "Gas that runs used", gas.clone());
        registry.register(
            "cast_cost_micro_usd",
            "What runs cost, millionths of a US dollar",
            cost.clone(),
        );
        registry.register(
            "cast_places",
            "Places for runs: all, those that are taken, and the runs that wait for an approver and hold none",
            places.clone(),
        );
        registry.register(
            "executions",
            "Guests that run, each in a worker in the profile `isolated`, and those that wait for a place in the engine",
            executions.clone(),
        );
        registry.register(
            "code_lookups",
            "Look-ups of compiled code since the start, by cache and by what was found",
            lookups.clone(),
        );
    }

    /// All of them, as text. Blocking.
    pub(crate) fn text(&self, now: &Now<'_>) -> Result<String, fmt::Error> {
        self.look(now);
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }

    fn look(&self, now: &Now<'_>) {
        let whole = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let places = [
            ("all", now.casts.all()),
            ("taken", now.casts.taken()),
            ("waiting", now.parked.places.taken()),
        ];
        for (state, count) in places {
            let gauge = self.places.get_or_create(&Places { state });
            gauge.set(whole(count));
        }
        let load = now.tollgate.statistics().load;
        for (state, count) in [("running", load.running), ("waiting", load.waiting)] {
            let gauge = self.executions.get_or_create(&Executions { state });
            gauge.set(count.into());
        }
        let LoaderStatistics { memory, disk } = now.tollgate.cache_statistics();
        let disk = disk.unwrap_or_default();
        let lookups = [
            ("memory", "hit", memory.hits),
            ("memory", "miss", memory.misses),
            ("memory", "refused", memory.refused),
            ("disk", "hit", disk.hits),
            ("disk", "miss", disk.misses),
            ("disk", "rejected", disk.rejected),
        ];
        for (cache, result, count) in lookups {
            let counter = self.lookups.get_or_create(&Lookup { cache, result });
            // The caches count themselves; a number that was read before another one is not taken back.
            counter.inner().fetch_max(count, Relaxed);
        }
    }

    /// Counts a request that was answered.
    pub(crate) fn answered(&self, request: &Request<'_>) {
        let route = request.route.unwrap_or("other").to_owned();
        let answered = Answered {
            method: method(request.method),
            route: route.clone(),
            status: request.status.as_u16(),
        };
        self.requests.get_or_create(&answered).inc();
        let took = self.request_seconds.get_or_create(&Took { route });
        took.observe(request.took.as_secs_f64());
    }

    /// Counts a run whose end was written down.
    pub(crate) fn ended(&self, cast: &Cast) {
        let status = End::of(cast);
        self.casts.get_or_create(&Ended { status }).inc();
        if let Some(usage) = &cast.usage {
            self.gas.inc_by(usage.gas);
            let wall = Duration::from_micros(usage.wall_us);
            self.cast_seconds.observe(wall.as_secs_f64());
        }
        self.cost.inc_by(cast.cost_micro_usd);
    }

    /// Counts a run whose end could not be written down.
    pub(crate) fn lost(&self) {
        let status = End::Lost;
        self.casts.get_or_create(&Ended { status }).inc();
    }
}

/// A method that some route has; a client can make up others.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::PUT => "PUT",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}
