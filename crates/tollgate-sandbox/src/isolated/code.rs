//! The compiled code of a module as it is handed to workers.
//!
//! It is made once for a module: memory with a descriptor that nobody can change any more. A worker gets the descriptor and
//! maps the code, so nothing is copied for it, and images of memories come from the same place. Where the system has no such
//! memory, the bytes are sent.

use std::{
    fs::File,
    io::{IoSlice, IoSliceMut},
    mem::MaybeUninit,
    os::unix::net::UnixStream,
};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize};

use super::message::{read_frame, write_frame};
use crate::engine::ArtifactCode;

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

/// How the code follows a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Follows {
    Descriptor,
    Bytes,
}

impl HandedCode {
    /// Makes what workers are handed of this code.
    pub(crate) fn of(code: Vec<u8>) -> Self {
        #[cfg(target_os = "linux")]
        if let Ok(file) = crate::cache::sealed::of(&code) {
            let bytes = code.len() as u64;
            return Self::Sealed { file, bytes };
        }
        Self::Bytes(code)
    }

    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Sealed { bytes, .. } => *bytes,
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }

    pub(super) fn follows(&self) -> Follows {
        match self {
            Self::Sealed { .. } => Follows::Descriptor,
            Self::Bytes(_) => Follows::Bytes,
        }
    }

    pub(super) fn send(&self, to: &mut UnixStream) -> Result<(), String> {
        match self {
            Self::Sealed { file, .. } => send_file(to, file),
            Self::Bytes(bytes) => write_frame(to, bytes),
        }
    }
}

impl Follows {
    /// The worker's side: takes the code that was announced.
    pub(super) fn take(self, from: &mut UnixStream) -> Result<ArtifactCode, String> {
        match self {
            Self::Descriptor => receive_file(from).map(ArtifactCode::Sealed),
            Self::Bytes => read_frame(from, u64::MAX).map(ArtifactCode::Bytes),
        }
    }
}

/// A descriptor travels with at least one byte.
const WITH: [u8; 1] = [0];

fn send_file(to: &UnixStream, file: &File) -> Result<(), String> {
    let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut along = SendAncillaryBuffer::new(&mut room);
    let files = [std::os::fd::AsFd::as_fd(file)];
    if !along.push(SendAncillaryMessage::ScmRights(&files)) {
        return Err(String::from("there is no room for a descriptor"));
    }
    let sent = sendmsg(to, &[IoSlice::new(&WITH)], &mut along, SendFlags::NOSIGNAL);
    match sent {
        Ok(1) => Ok(()),
        Ok(sent) => Err(format!("{sent} bytes were sent with a descriptor")),
        Err(error) => Err(error.to_string()),
    }
}

fn receive_file(from: &UnixStream) -> Result<File, String> {
    let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut along = RecvAncillaryBuffer::new(&mut room);
    let mut with = WITH;
    let flags = RecvFlags::CMSG_CLOEXEC;
    recvmsg(from, &mut [IoSliceMut::new(&mut with)], &mut along, flags)
        .map_err(|error| error.to_string())?;
    let file = along.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut files) => files.next(),
        _ => None,
    });
    file.map(File::from)
        .ok_or_else(|| String::from("no descriptor came with the job"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt;

    use super::*;

    fn handed_over(code: &HandedCode) -> ArtifactCode {
        let (mut ours, mut theirs) = UnixStream::pair().unwrap();
        code.send(&mut ours).unwrap();
        code.follows().take(&mut theirs).unwrap()
    }

    #[test]
    fn bytes_arrive_where_there_is_no_sealed_memory() {
        let code = HandedCode::Bytes(b"code".to_vec());
        assert_eq!(code.len(), 4);
        assert!(matches!(handed_over(&code), ArtifactCode::Bytes(bytes) if bytes == b"code"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_worker_gets_the_code_and_cannot_change_it_for_the_next() {
        let code = HandedCode::of(b"code".to_vec());
        assert_eq!((code.len(), code.follows()), (4, Follows::Descriptor));
        for _ in 0..2 {
            let ArtifactCode::Sealed(file) = handed_over(&code) else {
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
    fn a_job_without_the_descriptor_it_announces_is_an_error() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        drop(ours);
        assert!(Follows::Descriptor.take(&mut theirs).is_err());
    }
}
