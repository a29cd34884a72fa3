//! Closing a jail: first what no job needs, then what depends on the grant. Each step makes the next one impossible to undo,
//! so mounts come before the loss of capabilities, and the list of system calls comes last.

pub(crate) use super::root::Network;
use super::{
    Jail, JailError, JailMode, JailReport, Layer, files,
    layer::Notes,
    places::{self, Place, Tree},
    privileges,
    root::{self, NewRoot},
    syscalls, threads,
};

/// A process that has given up what no job of a worker needs.
#[derive(Debug)]
pub(crate) struct Prepared {
    network: Network,
    root: Option<NewRoot>,
    lists: Lists,
    notes: Notes,
}

/// How far the lists of system calls are.
#[derive(Debug)]
enum Lists {
    /// None is set.
    None,
    /// What no job changes is set, or was tried; with what comes with the job.
    Wide(Result<syscalls::ForGood, String>),
}

/// Gives up what no job needs: namespaces of its own, and an empty tree of files beside the machine's.
pub(crate) fn prepare(mode: JailMode, network: Network) -> Result<Prepared, JailError> {
    let mut prepared = Prepared {
        network,
        root: None,
        lists: Lists::None,
        notes: Notes::new(mode),
    };
    if mode == JailMode::Off {
        return Ok(prepared);
    }
    let own = root::unshare(network);
    let made = match &own {
        Ok(()) => NewRoot::make().map_err(|error| error.to_string()),
        Err(error) => Err(format!("there are no namespaces: {error}")),
    };
    prepared.notes.note(Layer::Namespaces, own)?;
    match made {
        Ok(root) => prepared.root = Some(root),
        Err(reason) => prepared.notes.note(Layer::Root, Err(reason))?,
    }
    Ok(prepared)
}

impl Prepared {
    /// Sets the lists of system calls of a guest as far as no job changes them. What comes after this and before
    /// [`Prepared::close`] is in the list of what closing takes.
    pub(crate) fn wait(&mut self) {
        if self.notes.mode != JailMode::Off {
            self.lists = Lists::Wide(syscalls::widely(self.network));
        }
    }

    /// Closes the jail. This process must have one thread, as a worker has that runs nothing yet.
    pub(crate) fn close(mut self, jail: &Jail) -> Result<JailReport, JailError> {
        if self.notes.mode == JailMode::Off {
            return Ok(self.notes.report());
        }
        let places = self.places(jail)?;
        if let Some(root) = self.root.take() {
            let hung = root.close(&places);
            if let Err(error) = &hung {
                go_back(&root, error)?;
            }
            self.notes.note(Layer::Root, hung)?;
        }
        restrict(jail, &places, &mut self.notes)?;
        // Nothing of the machine's tree is open when the guest begins.
        drop(places);
        let listed = match self.lists {
            Lists::None => syscalls::restrict(jail),
            Lists::Wide(set) => set.and_then(|later| later.set(jail)),
        };
        self.notes.note(Layer::SystemCalls, listed)?;
        Ok(self.notes.report())
    }

    fn places(&self, jail: &Jail) -> Result<Vec<Place>, JailError> {
        let tree = match &self.root {
            Some(root) => Tree::Below(root.machine()),
            None => Tree::Machine,
        };
        places::open(jail, tree)
    }
}

/// A tree that could not be furnished is left again: what was granted must be there.
fn go_back(root: &NewRoot, error: &std::io::Error) -> Result<(), JailError> {
    root.leave().map_err(|left| JailError::HalfClosed {
        layer: Layer::Root,
        reason: format!("{error}; then {left}"),
    })
}

/// Closes `jail` around this process at once, without namespaces.
pub(crate) fn enter(jail: &Jail, mode: JailMode) -> Result<JailReport, JailError> {
    let mut notes = Notes::new(mode);
    if mode == JailMode::Off {
        return Ok(notes.report());
    }
    let places = places::open(jail, Tree::Machine)?;
    restrict(jail, &places, &mut notes)?;
    drop(places);
    notes.note(Layer::SystemCalls, syscalls::restrict(jail))?;
    Ok(notes.report())
}

/// Puts up the layers that hold for one thread.
fn restrict(jail: &Jail, places: &[Place], notes: &mut Notes) -> Result<(), JailError> {
    let threads = threads::look()?;
    let gone = privileges::give_up(jail.role);
    notes.note(Layer::Privileges, threads.of(gone))?;
    for (layer, outcome) in files::restrict(jail, places) {
        notes.note(layer, threads.of(outcome))?;
    }
    Ok(())
}
