//! Who is asked about the calls of a run: the person at its terminal, and whoever answers a card.

use tollgate::Grant;
use tollgate::gate::{Asker, CallPolicy};

use crate::approvals::{Desk, Opening, who};
use crate::arguments::RunArguments;
use crate::error::CliResult;
use crate::passage::Passage;
use crate::terminal::{self, AtTerminal};

/// The channels on which somebody is asked.
pub(crate) struct Asking {
    terminal: Option<AtTerminal>,
    desk: Option<Desk>,
}

impl Asking {
    /// Opens them, if `policy` may ask at all. To be called before the jail is closed; `passage` is the way of the guest's output.
    pub(crate) fn open(
        arguments: &RunArguments,
        policy: Option<&CallPolicy>,
        passage: Option<&Passage>,
        grant: &Grant,
    ) -> CliResult<Self> {
        if !policy.is_some_and(CallPolicy::may_ask) {
            return Ok(Self {
                terminal: None,
                desk: None,
            });
        }
        let terminal = match arguments.no_terminal {
            true => None,
            false => AtTerminal::open(passage.cloned()),
        };
        if terminal.is_some() {
            terminal::check_input(grant)?;
        }
        let Some(state) = arguments.approvals.as_deref() else {
            return Ok(Self {
                terminal,
                desk: None,
            });
        };
        let name = arguments.requester.as_deref();
        let opening = Opening {
            state,
            grant,
            requester: match terminal {
                Some(_) => who::here(name)?,
                None => who::here_without_terminal(name)?,
            },
        };
        let desk = Some(Desk::open(arguments, &opening)?);
        Ok(Self { terminal, desk })
    }

    /// Who is asked, if somebody is.
    pub(crate) fn asker(&self) -> Option<Asker> {
        let terminal = self.terminal.as_ref().map(AtTerminal::asker);
        match &self.desk {
            Some(desk) => Some(desk.asker(terminal)),
            None => terminal,
        }
    }

    /// Ends what still stands when the run has ended.
    pub(crate) fn close(self) {
        if let Some(terminal) = self.terminal {
            terminal.close();
        }
        if let Some(desk) = self.desk {
            desk.close();
        }
    }
}
