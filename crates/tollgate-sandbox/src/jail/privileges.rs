//! Privileges: none, and no way to get any.

use std::io;

use rustix::{
    io::Errno,
    process::{DumpableBehavior, set_dumpable_behavior},
    thread::{
        CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set,
        set_capabilities, set_no_new_privs,
    },
};

use super::JailRole;

/// Gives up capabilities, and new ones for good. After this no other process of the user can look into this one.
pub(super) fn give_up(role: JailRole) -> io::Result<()> {
    set_no_new_privs(true)?;
    match clear_ambient_capability_set() {
        // A kernel without ambient capabilities has none to clear.
        Ok(()) | Err(Errno::INVAL) => {}
        Err(error) => return Err(error.into()),
    }
    let kept = capabilities(None)?.permitted & kept(role);
    set_capabilities(
        None,
        CapabilitySets {
            effective: kept,
            permitted: kept,
            inheritable: CapabilitySet::empty(),
        },
    )?;
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

/// What a role may keep of what it has. A command that the administrator runs reaches the files of the grant as the
/// administrator; workers never do.
fn kept(role: JailRole) -> CapabilitySet {
    match role {
        JailRole::Compile | JailRole::Guest => CapabilitySet::empty(),
        JailRole::Command => {
            CapabilitySet::DAC_OVERRIDE | CapabilitySet::DAC_READ_SEARCH | CapabilitySet::FOWNER
        }
    }
}
