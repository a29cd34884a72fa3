//! Rules the system keeps for each file that is opened, each connection and each signal (Landlock).
//!
//! They hold for the thread that sets them and what it starts, so they are set while there is one thread. What was open
//! before stays open.

use std::os::fd::AsFd;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, LandlockStatus, NetPort, PathBeneath, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, Scope, make_bitflags,
};

use super::{
    Jail, Layer, Ports,
    places::{self, Place},
};

/// The newest rules asked for; an older system gets those it knows.
const NEWEST: ABI = ABI::V7;

/// The first versions that keep all of a layer: cutting files short, connecting, signals.
const LAYERS: [(Layer, i32); 3] = [(Layer::Files, 3), (Layer::Ports, 4), (Layer::Signals, 6)];

/// Sets the rules of `jail` for this thread, and returns what came of the layers they make.
pub(super) fn restrict(jail: &Jail, places: &[Place]) -> [(Layer, Result<(), String>); 3] {
    let version = set(jail, places).map_err(|error| error.to_string());
    LAYERS.map(|(layer, first)| {
        let state = version.clone().and_then(|version| known(version, first));
        (layer, state)
    })
}

fn known(version: i32, first: i32) -> Result<(), String> {
    if version >= first {
        return Ok(());
    }
    Err(match version {
        0 => String::from("the system has no Landlock, or it is turned off"),
        version => format!("Landlock has version {version} here, and this takes {first}"),
    })
}

/// Sets the rules and returns the version of them that this system has; 0 is none.
fn set(jail: &Jail, places: &[Place]) -> Result<i32, RulesetError> {
    let mut handled = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::BindTcp)?
        .scope(Scope::from_all(NEWEST))?;
    if jail.ports != Ports::Any {
        handled = handled.handle_access(AccessNet::ConnectTcp)?;
    }
    let mut rules = handled.create()?;
    for place in places {
        rules = rules.add_rule(PathBeneath::new(place.handle.as_fd(), access(place)))?;
    }
    let status = ports(rules, &jail.ports)?.restrict_self()?;
    Ok(match status.landlock {
        LandlockStatus::Available { effective_abi, .. } => effective_abi as i32,
        LandlockStatus::NotEnabled | LandlockStatus::NotImplemented => 0,
    })
}

fn ports(mut rules: RulesetCreated, ports: &Ports) -> Result<RulesetCreated, RulesetError> {
    if *ports != Ports::None {
        // Before a connection the system binds a port of its own choice, which is 0 here.
        rules = rules.add_rule(NetPort::new(0, AccessNet::BindTcp))?;
    }
    if let Ports::These(ports) = ports {
        for port in ports {
            rules = rules.add_rule(NetPort::new(*port, AccessNet::ConnectTcp))?;
        }
    }
    Ok(rules)
}

/// What may be done below a place. Nothing is executed, no device is made, and a folder that may only be written is not
/// listed.
fn access(place: &Place) -> BitFlags<AccessFs> {
    let access = match place.access {
        places::Access::Read => make_bitflags!(AccessFs::{ReadFile | ReadDir}),
        places::Access::Write => make_bitflags!(AccessFs::{
            WriteFile | Truncate | MakeReg | MakeDir | MakeSym | RemoveFile | RemoveDir | Refer
        }),
    };
    if place.is_folder {
        access
    } else {
        access & AccessFs::from_file(NEWEST)
    }
}
