//! Waiting in WASI preview 1: `poll_oneoff`.
//!
//! The subscriptions are copied out of the guest's memory once and read from the copy. Files are always ready. Clocks pass at
//! once when they are virtual; what is left is handed to wasmtime-wasi in a memory of our own.

use wasmtime_wasi::p1::{WasiP1Ctx, types, wasi_snapshot_preview1::WasiSnapshotPreview1};
use wiggle::{GuestMemory, GuestPtr};

use super::{
    calls::file_call,
    clock::VirtualClock,
    p1_table::{Open, Table},
    p1_words::{self, WasiResult},
};
use crate::limits::POLL_SUBSCRIPTIONS;

/// Bytes of a subscription and of an event.
const SUBSCRIPTION: u32 = 48;
const EVENT: u32 = 32;

/// The places a guest named for its subscriptions and for the events.
pub(super) struct Poll {
    pub(super) subscriptions: GuestPtr<types::Subscription>,
    pub(super) events: GuestPtr<types::Event>,
    pub(super) count: types::Size,
}

/// Refuses a number of subscriptions that no call may bring.
pub(super) fn count(subscriptions: u32) -> WasiResult<()> {
    match subscriptions {
        1..=POLL_SUBSCRIPTIONS => Ok(()),
        _ => Err(types::Errno::Inval.into()),
    }
}

/// Waits as the guest asks, for as many as [`count`] lets through, and writes the events to its memory; returns how many.
pub(super) async fn poll(
    memory: &mut GuestMemory<'_>,
    poll: &Poll,
    table: &Table,
    clock: Option<&VirtualClock>,
    below: &mut WasiP1Ctx,
) -> WasiResult<types::Size> {
    let bytes = poll
        .subscriptions
        .cast::<u8>()
        .as_array(poll.count * SUBSCRIPTION);
    let mut copy = memory.to_vec(bytes)?;
    let subscriptions = read(&mut copy, poll.count)?;
    let mut events = ready_files(&subscriptions, table).await?;
    if events.is_empty()
        && let Some(clock) = clock
    {
        events = virtual_clocks(clock, &subscriptions)?;
    }
    if events.is_empty() {
        events = wait(copy, &subscriptions, table, below).await?;
    }
    let room = poll.events.as_array(poll.count);
    let mut written = 0;
    for (event, place) in events.into_iter().zip(room.iter()) {
        memory.write(place?, event)?;
        written += 1;
    }
    Ok(written)
}

fn read(copy: &mut [u8], count: u32) -> WasiResult<Vec<types::Subscription>> {
    let memory = GuestMemory::Unshared(copy);
    let all = GuestPtr::<types::Subscription>::new(0).as_array(count);
    let read = all.iter().map(|one| Ok(memory.read(one?)?));
    read.collect()
}

fn event(userdata: types::Userdata, type_: types::Eventtype) -> types::Event {
    types::Event {
        userdata,
        error: types::Errno::Success,
        type_,
        fd_readwrite: types::EventFdReadwrite {
            nbytes: u64::from(type_ != types::Eventtype::Clock),
            flags: types::Eventrwflags::empty(),
        },
    }
}

/// Returns the events of the files among the subscriptions.
async fn ready_files(
    subscriptions: &[types::Subscription],
    table: &Table,
) -> WasiResult<Vec<types::Event>> {
    let mut events = Vec::new();
    for subscription in subscriptions {
        let (fd, type_) = match &subscription.u {
            types::SubscriptionU::Clock(_) => continue,
            types::SubscriptionU::FdRead(read) => (read.file_descriptor, types::Eventtype::FdRead),
            types::SubscriptionU::FdWrite(write) => {
                (write.file_descriptor, types::Eventtype::FdWrite)
            }
        };
        match table.get(fd)? {
            Open::Standard(_) => {}
            Open::Folder(_) => return Err(types::Errno::Badf.into()),
            Open::File(opened) => {
                let mut event = event(subscription.userdata, type_);
                if type_ == types::Eventtype::FdRead {
                    let file = opened.file.clone();
                    match file_call(file, |file| Ok(file.length()?)).await {
                        Ok(length) if length > opened.position => {}
                        Ok(_) => {
                            event.fd_readwrite.flags = types::Eventrwflags::FD_READWRITE_HANGUP;
                        }
                        Err(error) => return Err(p1_words::error(error)),
                    }
                }
                events.push(event);
            }
        }
    }
    Ok(events)
}

/// Lets the time of nothing but virtual clocks jump to the first of them; no events if there is something else.
fn virtual_clocks(
    clock: &VirtualClock,
    subscriptions: &[types::Subscription],
) -> WasiResult<Vec<types::Event>> {
    let mut due = Vec::new();
    for subscription in subscriptions {
        let types::SubscriptionU::Clock(wanted) = &subscription.u else {
            return Ok(Vec::new());
        };
        due.push((subscription.userdata, nanos_from_now(clock, wanted)?));
    }
    let Some(first) = due.iter().map(|(_, nanos)| *nanos).min() else {
        return Ok(Vec::new());
    };
    clock.sleep(first);
    let ready = due.into_iter().filter(|(_, nanos)| *nanos == first);
    Ok(ready
        .map(|(userdata, _)| event(userdata, types::Eventtype::Clock))
        .collect())
}

fn nanos_from_now(clock: &VirtualClock, wanted: &types::SubscriptionClock) -> WasiResult<u64> {
    let absolute = wanted
        .flags
        .contains(types::Subclockflags::SUBSCRIPTION_CLOCK_ABSTIME);
    let now = match wanted.id {
        types::Clockid::Monotonic => clock.passed(),
        types::Clockid::Realtime => clock.start_nanos().saturating_add(clock.passed()),
        types::Clockid::ProcessCputimeId | types::Clockid::ThreadCputimeId => {
            return Err(types::Errno::Inval.into());
        }
    };
    Ok(if absolute {
        wanted.timeout.saturating_sub(now)
    } else {
        wanted.timeout
    })
}

/// Lets wasmtime-wasi wait for clocks and standard streams, under their numbers there.
async fn wait(
    mut copy: Vec<u8>,
    subscriptions: &[types::Subscription],
    table: &Table,
    below: &mut WasiP1Ctx,
) -> WasiResult<Vec<types::Event>> {
    for (record, subscription) in copy
        .chunks_exact_mut(SUBSCRIPTION as usize)
        .zip(subscriptions)
    {
        let fd = match &subscription.u {
            types::SubscriptionU::Clock(_) => continue,
            types::SubscriptionU::FdRead(read) => read.file_descriptor,
            types::SubscriptionU::FdWrite(write) => write.file_descriptor,
        };
        // The number stands behind the user's data and the kind.
        if let (Open::Standard(number), Some(place)) = (table.get(fd)?, record.get_mut(16..20)) {
            place.copy_from_slice(&number.to_le_bytes());
        }
    }
    let count = u32::try_from(subscriptions.len()).map_err(|_| types::Errno::Overflow)?;
    let start = count * SUBSCRIPTION;
    copy.resize((start + count * EVENT) as usize, 0);
    let mut memory = GuestMemory::Unshared(&mut copy);
    let events = GuestPtr::<types::Event>::new(start);
    below.set_hostcall_fuel(((start + count * EVENT) as usize).saturating_mul(2));
    let ready = below
        .poll_oneoff(&mut memory, GuestPtr::new(0), events, count)
        .await?;
    let events = events.as_array(ready);
    let read = events.iter().map(|one| Ok(memory.read(one?)?));
    read.collect()
}

#[cfg(test)]
mod tests {
    use wiggle::GuestType as _;

    use super::*;

    #[test]
    fn the_records_have_the_size_of_the_interface() {
        assert_eq!(types::Subscription::guest_size(), SUBSCRIPTION);
        assert_eq!(types::Event::guest_size(), EVENT);
    }
}
