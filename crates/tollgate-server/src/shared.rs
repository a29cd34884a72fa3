//! What all handlers share. It knows none of them: they take what they need of it.

use std::sync::Arc;

use tollgate::Tollgate;
use tollgate::sandbox::Compiler;

use crate::anchor::Anchor;
use crate::blobs::Blobs;
use crate::body::Room;
use crate::database::Database;
use crate::folder::Held;
use crate::metrics::Metrics;
use crate::parked::Parked;
use crate::policies::Policies;
use crate::rate::Rates;
use crate::shares::Shares;
use crate::signing::Signer;
use crate::underway::Underway;

/// What all handlers share.
pub(crate) struct Shared {
    pub(crate) tollgate: Tollgate,
    pub(crate) compiler: Compiler,
    pub(crate) database: Arc<Database>,
    pub(crate) blobs: Arc<Blobs>,
    pub(crate) anchor: Arc<Anchor>,
    pub(crate) signer: Arc<Signer>,
    pub(crate) room: Room,
    pub(crate) casts: Shares,
    pub(crate) pushes: Shares,
    pub(crate) checks: Shares,
    pub(crate) loads: Shares,
    pub(crate) downloads: Shares,
    pub(crate) verifications: Shares,
    pub(crate) rates: Rates,
    pub(crate) policies: Policies,
    pub(crate) parked: Parked,
    pub(crate) metrics: Metrics,
    pub(crate) underway: Underway,
    /// The runs that a tenant without a quota of its own may have under way.
    pub(crate) casts_per_tenant: usize,
    pub(crate) _held: Held,
}
