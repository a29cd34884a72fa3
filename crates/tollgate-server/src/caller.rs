//! Who asks: the key of a request, and what it may do. Every handler begins with one of these.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use tollgate_api::ErrorCode;
use tollgate_state::access::{Principal, Role};
use tollgate_state::audit::Act;

use crate::body::Reading;
use crate::clock;
use crate::error::ApiError;
use crate::limits::{JSON_BYTES_MAX, REQUESTS_PER_MINUTE};
use crate::shared::Shared;

/// What a request is called in logs and records, and where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) request_id: String,
    pub(crate) origin: IpAddr,
}

/// The owner of a good key, in one request.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) principal: Principal,
    arrival: Arrival,
    origin: String,
}

impl Caller {
    /// Refuses a key without any of these roles.
    pub(crate) fn must_be(&self, roles: &[Role]) -> Result<(), ApiError> {
        if roles.iter().any(|role| self.is(*role)) {
            return Ok(());
        }
        let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
        Err(ApiError::new(
            ErrorCode::Forbidden,
            format!("this needs a key with the role `{}`", names.join("` or `")),
        ))
    }

    pub(crate) fn is(&self, role: Role) -> bool {
        self.principal.roles.contains(&role)
    }

    /// The runs that the tenant may have under way.
    pub(crate) fn casts_of(&self, shared: &Shared) -> usize {
        let quota = self.principal.casts_at_once;
        quota.map_or(shared.casts_per_tenant, |quota| {
            usize::try_from(quota).unwrap_or(usize::MAX)
        })
    }

    /// How a body in JSON is read that is not a run's.
    pub(crate) fn small_body<'r>(&'r self, shared: &'r Shared) -> Reading<'r> {
        Reading {
            bytes_max: JSON_BYTES_MAX,
            room: &shared.room,
            tenant: self.tenant(),
        }
    }

    pub(crate) fn tenant(&self) -> &str {
        &self.principal.tenant
    }

    /// What it does now, for the audit log.
    pub(crate) fn act(&self) -> Act<'_> {
        Act {
            tenant: &self.principal.tenant,
            actor: &self.principal.key,
            origin: &self.origin,
            request: &self.arrival.request_id,
            at: clock::now(),
        }
    }
}

impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, ApiError> {
        let arrival = parts.extensions.get::<Arrival>().cloned();
        let arrival = arrival.ok_or_else(ApiError::nobody)?;
        let mut given = parts.headers.get_all(header::AUTHORIZATION).iter();
        let (Some(first), None) = (given.next(), given.next()) else {
            return Err(ApiError::nobody());
        };
        let key = first
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, key)| key.to_owned())
            .ok_or_else(ApiError::nobody)?;
        let found = shared
            .database
            .run(move |store| Ok(store.authenticate(&key, clock::now())?))
            .await?;
        let principal = found.ok_or_else(ApiError::nobody)?;
        let per_minute = principal.requests_per_minute.unwrap_or(REQUESTS_PER_MINUTE);
        let asked = shared
            .rates
            .take(&principal.tenant, per_minute, Instant::now());
        asked.map_err(|wait| {
            let message = format!("this tenant may make {per_minute} requests in a minute");
            ApiError::new(ErrorCode::OverQuota, message).after(wait)
        })?;
        Ok(Self {
            principal,
            origin: arrival.origin.to_string(),
            arrival,
        })
    }
}
