//! What a request for a run names, and what is decided about it on: a version, who signed it, the policy and the prices of its module.

use std::sync::Arc;

use tollgate::PriceList;
use tollgate_api::ErrorCode;
use tollgate_state::policy::PolicyEntry;
use tollgate_state::registry::{Basis, Reference, VersionEntry};
use tollgate_state::{StateError, Store};

use crate::caller::Caller;
use crate::error::ApiError;
use crate::prices;
use crate::shared::Shared;

/// What is asked for.
pub(crate) struct Found {
    pub(crate) version: VersionEntry,
    /// What decides, if the module has a policy.
    pub(crate) policy: Option<Deciding>,
    /// What runs of its module cost from now on.
    pub(crate) prices: PriceList,
}

impl Found {
    /// What is decided on.
    pub(crate) fn standing(&self) -> Standing {
        let (policy, signers) = match &self.policy {
            None => (None, Vec::new()),
            Some(Deciding { entry, signers }) => (Some(entry.hash.clone()), signers.clone()),
        };
        Standing {
            version: self.version.clone(),
            policy,
            signers,
        }
    }
}

/// What was decided about a run on, which has to be so still when it begins.
pub(crate) struct Standing {
    version: VersionEntry,
    /// The hash of the policy as it is kept.
    policy: Option<String>,
    /// Who had signed the version.
    pub(crate) signers: Vec<String>,
}

impl Standing {
    pub(crate) fn basis(&self) -> Basis<'_> {
        Basis {
            name: &self.version.name,
            version: &self.version.version,
            digest: &self.version.digest,
            policy: self.policy.as_deref(),
            signers: &self.signers,
        }
    }
}

/// Something of what was decided on is another before the run begins.
pub(crate) fn changed() -> ApiError {
    let message = "the module, its policy or its signatures changed while the run was prepared; it did not begin, ask for it again";
    ApiError::new(ErrorCode::Conflict, message)
}

/// A policy, and what it knows of a version beside the request.
pub(crate) struct Deciding {
    pub(crate) entry: PolicyEntry,
    /// Who signed its bytes.
    pub(crate) signers: Vec<String>,
}

impl Deciding {
    fn of(store: &Store, tenant: &str, version: &VersionEntry) -> Result<Option<Self>, StateError> {
        let Some(entry) = store.module_policy_if_any(tenant, &version.name)? else {
            return Ok(None);
        };
        let signers = store.signed_by(tenant, &version.digest)?;
        Ok(Some(Self { entry, signers }))
    }
}

/// The version that is asked for, with what stands for its module.
pub(crate) async fn resolve(
    shared: &Arc<Shared>,
    caller: &Caller,
    reference: &str,
) -> Result<Found, ApiError> {
    let (tenant, reference) = (caller.tenant().to_owned(), reference.to_owned());
    let standard = shared.tollgate.prices();
    let find = move |store: &mut Store| {
        let version = store.resolve(&tenant, &Reference::read(&reference)?)?;
        let policy = Deciding::of(store, &tenant, &version)?;
        let set = store.prices_of(&tenant, &version.name)?;
        Ok(Found {
            version,
            policy,
            prices: set.map_or(standard, |set| prices::list(&set)),
        })
    };
    shared.database.run(find).await
}
