//! Gates between realms: who wants to cross into a realm is decided by the realm's policy, from the state, with reasons.
//!
//! A [`Gateway`] knows realms. Each has a policy, one of the six standard ones or its own, and maybe a quota.
//! [`Gateway::decide_crossing`] evaluates the policy of the realm that is entered: its facts (credentials, trust as this
//! realm sees it, invitations) come from one snapshot of the state; the decision, its effects, the mana it cost and the
//! place it took under the quota are committed together, once for the id of the crossing. Whatever fails keeps the gate shut.

mod crossing;
mod error;
mod observer;
mod realm;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tollgate_ecl::GasLimits;
use tollgate_state::did::{DocumentSource, Offline};
use tollgate_state::{ManaError, Store};

use self::crossing::Asked;
pub use self::crossing::{Crossing, CrossingDecision, Ruling, Visit};
pub use self::error::GatewayError;
use self::observer::Observers;
pub use self::observer::{CrossingSubscription, Observed};
pub use self::realm::{Realm, RealmPolicy, RealmQuota, StandardPolicy};
use crate::limits::{GATEWAY_STORES_IDLE, QUOTA_UNIT};
use crate::policy::{
    EngineChoice, Hold, ManaPrice, Payer, Policy, PolicyRunner, StateCall, StateCallError,
};

/// Makes a [`Gateway`].
pub struct GatewayBuilder {
    state: PathBuf,
    realms: Vec<Realm>,
    documents: Arc<dyn DocumentSource>,
    runner: Option<PolicyRunner>,
    price: Option<ManaPrice>,
}

impl fmt::Debug for GatewayBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayBuilder")
            .field("state", &self.state)
            .field("realms", &self.realms)
            .finish_non_exhaustive()
    }
}

impl GatewayBuilder {
    /// Adds a realm.
    #[must_use]
    pub fn realm(mut self, realm: Realm) -> Self {
        self.realms.push(realm);
        self
    }

    /// Where documents of `did:web` issuers come from. Default: nowhere, only `did:key` resolves;
    /// [`WebDocuments`](crate::policy::WebDocuments) fetches them.
    #[must_use]
    pub fn documents(mut self, documents: Arc<dyn DocumentSource>) -> Self {
        self.documents = documents;
        self
    }

    /// The runner of the policies. Default: the engine is chosen automatically.
    #[must_use]
    pub fn runner(mut self, runner: PolicyRunner) -> Self {
        self.runner = Some(runner);
        self
    }

    /// Lets the subject pay for the evaluation out of its mana bucket. Default: nobody pays.
    #[must_use]
    pub fn subjects_pay(mut self, price: ManaPrice) -> Self {
        self.price = Some(price);
        self
    }

    /// Compiles the policies, opens the state, making it when there is none, and sets up the quotas as of `now`
    /// (nanoseconds since 1970).
    ///
    /// # Errors
    /// When a policy does not compile, a realm is there twice, or the state cannot be opened.
    pub fn open(self, now: i64) -> Result<Gateway, GatewayError> {
        let runner = match self.runner {
            Some(runner) => runner,
            None => PolicyRunner::new(EngineChoice::Automatic)?,
        };
        let mut store = Store::create(&self.state)?;
        let mut realms = BTreeMap::new();
        for realm in self.realms {
            let gate = Gate::open(&realm, &runner, &mut store, now)?;
            if realms.insert(realm.name.clone(), gate).is_some() {
                return Err(GatewayError::DuplicateRealm { realm: realm.name });
            }
        }
        Ok(Gateway {
            state: self.state,
            stores: Mutex::new(vec![store]),
            realms,
            documents: self.documents,
            price: self.price,
            observers: Observers::new(),
        })
    }
}

/// A realm that is ready to decide.
struct Gate {
    policy: Policy,
    limits: GasLimits,
    /// The bucket of its quota.
    quota: Option<String>,
}

impl Gate {
    fn open(
        realm: &Realm,
        runner: &PolicyRunner,
        store: &mut Store,
        now: i64,
    ) -> Result<Self, GatewayError> {
        let policy = runner.load(Arc::new(realm.compile()?))?;
        let quota = realm
            .quota
            .map(|quota| (format!("quota:{}", realm.name), quota));
        if let Some((bucket, quota)) = &quota {
            let (capacity, per_second) =
                quota.bucket().ok_or_else(|| GatewayError::EndlessQuota {
                    realm: realm.name.clone(),
                    period: quota.period,
                })?;
            store.mana().set(bucket, capacity, per_second, now)?;
        }
        Ok(Self {
            limits: realm.limits.unwrap_or(policy.program().gas_limits),
            policy,
            quota: quota.map(|(bucket, _)| bucket),
        })
    }
}

/// Decides crossings. Works on any thread; several processes may share the state.
pub struct Gateway {
    state: PathBuf,
    /// Connections nobody uses now: each decision has one for itself.
    stores: Mutex<Vec<Store>>,
    realms: BTreeMap<Box<str>, Gate>,
    documents: Arc<dyn DocumentSource>,
    price: Option<ManaPrice>,
    observers: Observers,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("state", &self.state)
            .field("realms", &self.realms.keys())
            .finish_non_exhaustive()
    }
}

impl Gateway {
    /// Begins a gateway over the state at `path`.
    ///
    /// # Example
    /// ```
    /// use tollgate::gateway::{Crossing, Gateway, Realm, Ruling, StandardPolicy, Visit};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// let now = 1_000_000_000; // nanoseconds since 1970
    /// let gateway = Gateway::builder(&folder.path().join("state.db"))
    ///     .realm(Realm::standard("square", StandardPolicy::Public))
    ///     .realm(Realm::standard("verified", StandardPolicy::VerifiedUsers))
    ///     .open(now)?;
    /// let cross = |to: &str, id: &str| {
    ///     let crossing = Crossing {
    ///         subject: "did:example:bob".to_owned(),
    ///         from: "village".to_owned(),
    ///         to: to.to_owned(),
    ///         action: "enter".to_owned(),
    ///         amount: None,
    ///     };
    ///     gateway.decide_crossing(&crossing, &Visit { id, now, credentials: &[] })
    /// };
    /// assert_eq!(cross("square", "1")?.ruling, Ruling::Accept);
    /// // Bob shows no credential.
    /// assert_eq!(cross("verified", "2")?.ruling, Ruling::Reject);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn builder(path: &Path) -> GatewayBuilder {
        GatewayBuilder {
            state: path.to_owned(),
            realms: Vec::new(),
            documents: Arc::new(Offline),
            runner: None,
            price: None,
        }
    }

    /// The names of the realms, sorted.
    pub fn realms(&self) -> impl Iterator<Item = &str> {
        self.realms.keys().map(|name| &**name)
    }

    /// From now on, every decision is sent to the subscription.
    #[must_use]
    pub fn subscribe(&self) -> CrossingSubscription {
        self.observers.subscribe()
    }

    /// Runs `work` with a connection to the state, to write trust, credentials, invitations.
    ///
    /// # Errors
    /// When the state cannot be opened, or as `work`.
    pub fn with_state<R>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<R, GatewayError>,
    ) -> Result<R, GatewayError> {
        let idle = lock(&self.stores).pop();
        let mut store = match idle {
            Some(store) => store,
            None => Store::open(&self.state)?,
        };
        let result = work(&mut store);
        let mut idle = lock(&self.stores);
        // A connection that could not end its transaction is closed, which ends it.
        if store.is_at_rest() && idle.len() < GATEWAY_STORES_IDLE {
            idle.push(store);
        }
        result
    }

    /// Decides whether `crossing.subject` may cross from one realm into another.
    ///
    /// A subject without mana, or a realm whose quota is used up, is a rejection with that reason. An evaluation that ends
    /// with an error is [`Ruling::Error`]: the gate stays shut.
    ///
    /// # Errors
    /// When the realm is unknown, the crossing is not well formed, or the state fails. Nothing was committed then, and the
    /// gate stays shut.
    pub fn decide_crossing(
        &self,
        crossing: &Crossing,
        visit: &Visit<'_>,
    ) -> Result<CrossingDecision, GatewayError> {
        let gate = self
            .realms
            .get(&*crossing.to)
            .ok_or_else(|| GatewayError::UnknownRealm {
                realm: crossing.to.as_str().into(),
                known: self.realms().collect::<Vec<_>>().join("`, `"),
            })?;
        let input = gate.policy.encoder().encode(&crossing.input())?;
        let hold = gate.quota.as_deref().map(|bucket| Hold {
            bucket,
            amount: QUOTA_UNIT,
        });
        let call = StateCall {
            id: visit.id,
            input: &input,
            limits: gate.limits,
            now: visit.now,
            payer: self.price.map(|price| Payer {
                identity: &crossing.subject,
                price,
            }),
            credentials: visit.credentials,
            holds: hold.as_slice(),
        };
        let settled = self
            .with_state(|store| Ok(gate.policy.decide_in(store, self.documents.as_ref(), &call)))?;
        let asked = Asked {
            crossing,
            visit,
            policy: &gate.policy.program().name,
        };
        let decision = match settled {
            Ok(settled) => CrossingDecision::settled(asked, settled),
            Err(StateCallError::Exhausted {
                source: ManaError::Short { ready_in_ns, .. },
                ..
            }) => {
                let when = next_place(ready_in_ns);
                let reason = format!("the quota of realm `{}` is used up{when}", crossing.to);
                CrossingDecision::turned_away(asked, "quota", reason)
            }
            Err(StateCallError::Mana(source @ ManaError::Short { .. })) => {
                let reason = format!("not enough mana: {source}");
                CrossingDecision::turned_away(asked, "mana", reason)
            }
            Err(error) => return Err(error.into()),
        };
        self.observers.send(&decision);
        Ok(decision)
    }
}

fn next_place(ready_in_ns: Option<u64>) -> String {
    match ready_in_ns {
        Some(ns) => format!("; the next place is free in {}", waiting(ns)),
        None => "; no place will be free".to_owned(),
    }
}

/// A time to wait, never shown shorter than it is.
fn waiting(nanos: u64) -> String {
    const SCALES: [(u64, &str, u64); 3] = [
        (1_000_000, "ms", 10_000),
        (1_000_000_000, "s", 600),
        (60_000_000_000, "min", 600),
    ];
    let shown = SCALES.iter().find_map(|(unit, name, most)| {
        let count = nanos.div_ceil(*unit);
        (count < *most).then(|| format!("{count} {name}"))
    });
    shown.unwrap_or_else(|| format!("{} h", nanos.div_ceil(3_600_000_000_000)))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
