//! The second wall: what the system itself refuses to a process, whatever the sandbox inside it would let through.
//!
//! A [`Jail`] is a plain value with everything a process may still reach; [`Jail::of`] derives it from a role and a grant, and
//! nothing else makes one. It is closed in two steps, because workers wait for their job in between: [`prepare`] gives up what
//! no job needs, [`Prepared::close`] gives up the rest once the grant is known and before anything of a stranger is touched.
//! Each [`Layer`] stands alone; a system that lacks one is said so, and [`JailMode`] says what follows from that.

#[cfg(target_os = "linux")]
mod close;
#[cfg(not(target_os = "linux"))]
#[path = "elsewhere.rs"]
mod close;
#[cfg(target_os = "linux")]
mod files;
mod layer;
mod mode;
mod needs;
#[cfg(target_os = "linux")]
mod places;
#[cfg(target_os = "linux")]
mod privileges;
mod reach;
mod refused;
#[cfg(target_os = "linux")]
mod root;
#[cfg(target_os = "linux")]
mod syscalls;
#[cfg(target_os = "linux")]
mod threads;

pub(crate) use self::{
    close::{Network, Prepared, enter, prepare},
    refused::call_text,
};
pub use self::{
    layer::{JailError, JailReport, Layer, LayerState},
    mode::JailMode,
    reach::{HostFiles, Jail, JailRole, Ports},
    refused::SystemCall,
};
