//! Memory of tenants that do nothing any more.

use anyhow::Result;
use bench_measure::{Report, Row, rounds};

use crate::clients::agent;
use crate::host::{self, Host};

const TENANTS: usize = 100;

pub(crate) fn measure(report: &mut Report) -> Result<()> {
    let tenants = rounds(TENANTS) + 1;
    report.section(&format!(
        "Resident memory of the server, after each of {tenants} tenants pushed a module and ran it once"
    ));
    let host = Host::start(&[], None)?;
    let body = host::add_body();
    // What the first one of a server brings is not that of a tenant.
    let mut before = 0;
    for number in 0..=tenants {
        let key = host.tenant(&format!("tenant-{number}"))?;
        host.push_as(&key, "add", &host::add()?)?;
        host.cast(&key, &body).once(&agent())?;
        if number == 0 {
            before = host.resident()?;
        }
    }
    let grown = host.resident()?.saturating_sub(before) as f64 / tenants as f64;
    report.row(Row::new("KiB an idle tenant").value(grown / 1024.0, "KiB"));
    report.row(
        Row::new("MiB of the server with one tenant")
            .value(before as f64 / f64::from(1 << 20), "MiB"),
    );
    Ok(())
}
