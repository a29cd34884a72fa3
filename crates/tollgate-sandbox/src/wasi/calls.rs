//! The calls on files, the same for both versions of WASI: find the place, ask the grant, ask the gate, do it, record what it
//! came to.

use std::sync::Arc;

use rustix::io::Errno;

use super::{call::Call, guard::Guard};
use crate::{
    files::{
        Access, FileError, Files, Folder, Handle, How, Last, Listing, NewTimes, OpenFile, Place,
        Stat, Touched, run, waits,
    },
    gate::Target,
    grant::Capability,
    limits::OPEN_TRIES,
    outcome::Violation,
    text::bounded,
};

/// A path as a guest gave it.
#[derive(Debug, Clone)]
pub(crate) struct At {
    pub(crate) folder: Arc<Folder>,
    pub(crate) path: String,
    pub(crate) last: Last,
}

impl At {
    /// The thing itself, be it a link.
    pub(crate) fn itself(folder: Arc<Folder>, path: String) -> Self {
        Self {
            folder,
            path,
            last: Last::Keep,
        }
    }

    /// The name in its folder, which is to change.
    fn name(self) -> Self {
        Self {
            last: Last::Name,
            ..self
        }
    }

    /// The same without slashes at the end, which say nothing about a folder that is to be made.
    fn bare(mut self) -> Self {
        let bare = self.path.trim_end_matches('/').len();
        if bare > 0 {
            self.path.truncate(bare);
        }
        self
    }
}

impl Guard {
    /// Finds a place and asks whether `call` may do `access` with it.
    async fn place(&mut self, call: Call, at: &At, access: Access) -> Result<Place, FileError> {
        let place = self.find(call, at, access).await?;
        self.pass(call, &place, access).await?;
        Ok(place)
    }

    async fn find(&self, call: Call, at: &At, access: Access) -> Result<Place, FileError> {
        let At { folder, path, last } = at;
        let found = self.files.find(folder, path.clone(), *last).await;
        if let Err(error) = &found
            && error.leads_out()
        {
            self.led_out(call, access, at);
        }
        self.noted(call, access, found)
    }

    /// Puts a path into the log that leads out of the folder it began in. No grant would help: it names what is not below it.
    fn led_out(&self, call: Call, access: Access, at: &At) {
        let name = match at.path.starts_with('/') {
            true => at.path.clone(),
            false => format!("{}/{}", self.files.spelled(at.folder.name()), at.path),
        };
        let reason = "it leads out of the folder it begins in";
        let violation = Violation {
            capability: access.capability(),
            call: call.name.to_owned(),
            detail: bounded(format!("`{name}` ({reason})")),
            need: None,
            decision: None,
        };
        let operation = call.on(access.capability(), Target::Path(&name));
        self.calls()
            .lacking(&operation, [violation], reason.to_owned());
    }

    /// Does `work` with a place, on a thread of its own if it may have to wait.
    async fn with<R: Send + 'static>(
        &self,
        place: Place,
        work: impl FnOnce(&Files, Place) -> Result<R, FileError> + Send + 'static,
    ) -> Result<R, FileError> {
        let files = self.files.clone();
        run(waits(Touched::Place(&place)), move || work(&files, place)).await
    }

    /// Makes a file shorter or longer.
    pub(crate) async fn set_length(
        &self,
        call: Call,
        file: Arc<OpenFile>,
        length: u64,
    ) -> Result<(), FileError> {
        let ongoing = self.watched(call, file.name()).writes()?;
        let done = file_call(file, move |file| file.set_length(length));
        self.ends(ongoing, done.await)
    }

    /// As [`Guard::with`], with two places.
    async fn with_both(
        &self,
        from: Place,
        to: Place,
        work: impl FnOnce(&Files, &Place, &Place) -> Result<(), FileError> + Send + 'static,
    ) -> Result<(), FileError> {
        let files = self.files.clone();
        let waits = waits(Touched::Places(&from, &to));
        run(waits, move || work(&files, &from, &to)).await
    }

    pub(crate) async fn open(&mut self, call: Call, at: At, how: How) -> Result<Handle, FileError> {
        let access = Access::Open(how);
        how.fits(&at.path)?;
        let at = if how.is_new() { at.name() } else { at };
        for _ in 0..OPEN_TRIES {
            let place = self.place(call, &at, access).await?;
            let ongoing = self.starts(call, access, place.name())?;
            let opened = self.with(place, move |files, place| files.open(place, how));
            match self.ends(ongoing, opened.await) {
                Err(FileError::Os(Errno::AGAIN)) => {}
                opened => return self.noted(call, access, opened),
            }
        }
        Err(Errno::BUSY.into())
    }

    pub(crate) async fn stat(&mut self, call: Call, at: At) -> Result<Stat, FileError> {
        let place = self.place(call, &at, Access::Stat).await?;
        let ongoing = self.starts(call, Access::Stat, place.name())?;
        let done = self.with(place, |_, place| place.stat()).await;
        self.ends(ongoing, done)
    }

    pub(crate) async fn read_link(&mut self, call: Call, at: At) -> Result<String, FileError> {
        let place = self.place(call, &at, Access::ReadLink).await?;
        let ongoing = self.starts(call, Access::ReadLink, place.name())?;
        let done = self.with(place, |_, place| place.read_link()).await;
        self.ends(ongoing, done)
    }

    pub(crate) async fn set_times(
        &mut self,
        call: Call,
        at: At,
        times: NewTimes,
    ) -> Result<(), FileError> {
        let place = self.place(call, &at, Access::Touch).await?;
        let ongoing = self.starts(call, Access::Touch, place.name())?;
        let done = self.with(place, move |_, place| place.set_times(times));
        self.ends(ongoing, done.await)
    }

    pub(crate) async fn make_folder(&mut self, call: Call, at: At) -> Result<(), FileError> {
        let place = self.place(call, &at.bare(), Access::Make).await?;
        let ongoing = self.starts(call, Access::Make, place.name())?;
        let done = self.with(place, |files, place| files.make_folder(&place));
        self.ends(ongoing, done.await)
    }

    pub(crate) async fn make_link(
        &mut self,
        call: Call,
        target: String,
        at: At,
    ) -> Result<(), FileError> {
        let place = self.place(call, &at, Access::Make).await?;
        let ongoing = self.starts(call, Access::Make, place.name())?;
        let done = self.with(place, move |files, place| files.make_link(&target, &place));
        self.ends(ongoing, done.await)
    }

    pub(crate) async fn make_name(
        &mut self,
        call: Call,
        from: At,
        to: At,
    ) -> Result<(), FileError> {
        let from = self.place(call, &from, Access::Link).await?;
        let to = self.place(call, &to, Access::Make).await?;
        self.admit(call, from.lacks_to_become(&to))?;
        let ongoing = self.starts(call, Access::Make, to.name())?;
        let done = self.with_both(from, to, Files::make_name);
        self.ends(ongoing, done.await)
    }

    pub(crate) async fn move_name(
        &mut self,
        call: Call,
        from: At,
        to: At,
    ) -> Result<(), FileError> {
        let from = self.place(call, &from.name(), Access::Move).await?;
        self.may_move(call, &from)?;
        let to = self.place(call, &to.name(), Access::Change).await?;
        self.admit(call, from.lacks_to_become(&to))?;
        let ongoing = self.starts(call, Access::Move, to.name())?;
        let done = self.with_both(from, to, Files::move_name);
        self.ends(ongoing, done.await)
    }

    pub(crate) async fn remove_file(&mut self, call: Call, at: At) -> Result<(), FileError> {
        let place = self.place(call, &at.name(), Access::Change).await?;
        let ongoing = self.starts(call, Access::Change, place.name())?;
        let done = self.with(place, |files, place| files.remove_file(&place));
        self.ends(ongoing, done.await)
    }

    pub(crate) async fn remove_folder(&mut self, call: Call, at: At) -> Result<(), FileError> {
        let place = self.place(call, &at.name(), Access::Change).await?;
        let ongoing = self.starts(call, Access::Change, place.name())?;
        let done = self.with(place, |files, place| files.remove_folder(&place));
        self.ends(ongoing, done.await)
    }

    pub(crate) async fn list(
        &mut self,
        call: Call,
        folder: Arc<Folder>,
    ) -> Result<Listing, FileError> {
        let at = At::itself(folder.clone(), String::from("."));
        let place = self.place(call, &at, Access::List).await?;
        let ongoing = self.starts(call, Access::List, place.name())?;
        let done = self.files.list(&folder).await;
        self.ends(ongoing, done)
    }

    /// Changes the times of something that is open.
    pub(crate) async fn touch(
        &mut self,
        call: Call,
        handle: Handle,
        times: NewTimes,
    ) -> Result<(), FileError> {
        let (may, reads, name) = match &handle {
            Handle::File(file) => (file.may_touch(), file.reads(), file.name()),
            Handle::Folder(folder) => (folder.may_touch(), folder.may_list(), folder.name()),
        };
        if !may {
            let refused = self.lacks_writing(call, name);
            return refused.map_err(|refused| {
                if reads {
                    FileError::read_only()
                } else {
                    refused
                }
            });
        }
        self.decide(call, Capability::FileWrite, name).await?;
        let ongoing = self.starts(call, Access::Touch, name)?;
        let done = match handle {
            Handle::File(file) => file_call(file, move |file| file.set_times(times)).await,
            Handle::Folder(folder) => {
                folder_call(folder, move |folder| folder.set_times(times)).await
            }
        };
        self.ends(ongoing, done)
    }
}

/// Does `work` with an open file, on a thread of its own if it may have to wait.
pub(crate) async fn file_call<R: Send + 'static>(
    file: Arc<OpenFile>,
    work: impl FnOnce(&OpenFile) -> Result<R, FileError> + Send + 'static,
) -> Result<R, FileError> {
    run(waits(Touched::File(&file)), move || work(&file)).await
}

/// As [`file_call`], with an open folder.
pub(crate) async fn folder_call<R: Send + 'static>(
    folder: Arc<Folder>,
    work: impl FnOnce(&Folder) -> Result<R, FileError> + Send + 'static,
) -> Result<R, FileError> {
    run(waits(Touched::Folder(&folder)), move || work(&folder)).await
}

/// Whether a call on an open file is done where it is.
pub(crate) fn answers_at_once(file: &OpenFile) -> bool {
    waits(Touched::File(file)).never()
}
