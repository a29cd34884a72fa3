//! The compiled code of a module as it is handed to workers.
//!
//! It is made once for a module: memory with a descriptor that nobody can change any more. A worker gets the descriptor and
//! maps the code, so nothing is copied for it, and images of memories come from the same place. Where the system has no such
//! memory, the bytes are sent.

use std::{
    fs::File,
    io::{IoSlice, IoSliceMut, Read as _, Write as _},
    mem::MaybeUninit,
    os::{fd::AsFd as _, unix::net::UnixStream},
};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

use super::message::{HEADER_BYTES, at_once, read_body, read_frame, write_frame};
use crate::{engine::ArtifactCode, limits};

/// Compiled code on its way to workers.
#[derive(Debug)]
pub(crate) enum HandedCode {
    /// Memory with a descriptor, sealed.
    Sealed {
        /// The memory.
        file: File,
        /// How long it is.
        bytes: u64,
    },
    /// The bytes themselves.
    Bytes(Vec<u8>),
}

impl HandedCode {
    /// Makes what workers are handed of this code.
    pub(crate) fn of(code: Vec<u8>) -> Self {
        #[cfg(target_os = "linux")]
        if let Ok(file) = crate::sealed::of(&code) {
            let bytes = code.len() as u64;
            return Self::Sealed { file, bytes };
        }
        Self::Bytes(code)
    }

    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Sealed { bytes, .. } => *bytes,
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }

    /// As [`HandedCode::send`], for a thread that may not wait: where that could be, nothing is sent, and this says so.
    pub(crate) fn send_at_once(&self, to: &mut UnixStream, job: &[u8]) -> bool {
        match self {
            // What a worker was told before is as short, and the socket has room for both.
            Self::Sealed { .. } if job.len() <= limits::ISOLATED_AT_ONCE_BYTES => {
                self.send(to, job).is_ok()
            }
            Self::Sealed { .. } | Self::Bytes(_) => false,
        }
    }

    /// Sends a message and this code: the descriptor comes with the first bytes, so that the worker wakes once.
    pub(crate) fn send(&self, to: &mut UnixStream, job: &[u8]) -> Result<(), String> {
        match self {
            Self::Sealed { file, .. } => {
                let mut frame = Vec::with_capacity(HEADER_BYTES.saturating_add(job.len()));
                write_frame(&mut frame, job)?;
                let sent = send_with(to, &frame, file)?;
                let rest = frame.get(sent..).ok_or("more was sent than there is")?;
                to.write_all(rest).map_err(|error| error.to_string())
            }
            Self::Bytes(bytes) => at_once(to, |to| {
                write_frame(to, job)?;
                write_frame(to, bytes)
            }),
        }
    }
}

/// The worker's side: takes a message and the code that came with it.
pub(crate) fn take(from: &mut UnixStream) -> Result<(Vec<u8>, ArtifactCode), String> {
    let mut header = [0; HEADER_BYTES];
    let (arrived, file) = receive_with(from, &mut header)?;
    let rest = header
        .get_mut(arrived..)
        .ok_or("more arrived than there is room for")?;
    from.read_exact(rest).map_err(|error| error.to_string())?;
    let job = read_body(from, header, u64::MAX)?;
    let code = match file {
        Some(file) => ArtifactCode::Sealed(file),
        None => ArtifactCode::Bytes(read_frame(from, u64::MAX)?),
    };
    Ok((job, code))
}

/// Sends bytes with a descriptor, and returns how many were sent.
fn send_with(to: &UnixStream, bytes: &[u8], file: &File) -> Result<usize, String> {
    let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut along = SendAncillaryBuffer::new(&mut room);
    let files = [file.as_fd()];
    if !along.push(SendAncillaryMessage::ScmRights(&files)) {
        return Err(String::from("there is no room for a descriptor"));
    }
    sendmsg(to, &[IoSlice::new(bytes)], &mut along, SendFlags::NOSIGNAL)
        .map_err(|error| error.to_string())
}

/// Receives bytes and the descriptor that came with them, if one did, and returns how many bytes there were.
fn receive_with(from: &UnixStream, bytes: &mut [u8]) -> Result<(usize, Option<File>), String> {
    let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut along = RecvAncillaryBuffer::new(&mut room);
    let flags = RecvFlags::CMSG_CLOEXEC;
    let received = recvmsg(from, &mut [IoSliceMut::new(bytes)], &mut along, flags)
        .map_err(|error| error.to_string())?;
    let file = along.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut files) => files.next(),
        _ => None,
    });
    Ok((received.bytes, file.map(File::from)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt;

    use super::*;

    fn handed_over(code: &HandedCode, job: &[u8]) -> ArtifactCode {
        let (mut ours, mut theirs) = UnixStream::pair().unwrap();
        std::thread::scope(|scope| {
            let worker = scope.spawn(move || take(&mut theirs).unwrap());
            code.send(&mut ours, job).unwrap();
            let (heard, code) = worker.join().unwrap();
            assert!(heard == job, "the job arrives as it was");
            code
        })
    }

    #[test]
    fn bytes_arrive_where_there_is_no_sealed_memory() {
        let code = HandedCode::Bytes(b"code".to_vec());
        assert_eq!(code.len(), 4);
        let taken = handed_over(&code, b"job");
        assert!(matches!(taken, ArtifactCode::Bytes(bytes) if bytes == b"code"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_worker_gets_the_code_and_cannot_change_it_for_the_next() {
        let code = HandedCode::of(b"code".to_vec());
        assert_eq!(code.len(), 4);
        // The second job is longer than what a socket takes at once.
        for job in [vec![1; 3], vec![2; 4 << 20]] {
            let ArtifactCode::Sealed(file) = handed_over(&code, &job) else {
                panic!("the code came as bytes");
            };
            let mut read = [0; 4];
            file.read_exact_at(&mut read, 0).unwrap();
            assert_eq!(&read, b"code");
            assert!(file.write_all_at(b"evil", 0).is_err());
            assert!(file.set_len(0).is_err() && file.set_len(9).is_err());
        }
    }

    #[test]
    fn half_a_job_is_an_error() {
        let (mut ours, mut theirs) = UnixStream::pair().unwrap();
        ours.write_all(&[9, 0, 0]).unwrap();
        drop(ours);
        assert!(take(&mut theirs).is_err());
    }
}
