//! Clients that ask again and again, each over a connection of its own that stays open.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use ureq::Agent;

/// A request, the same each time.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) url: String,
    pub(crate) key: Option<String>,
    /// JSON; `None`: something is read.
    pub(crate) body: Option<String>,
}

/// A client that tells every status, and waits for nothing between two requests.
pub(crate) fn agent() -> Agent {
    let config = Agent::config_builder();
    config.http_status_as_error(false).build().into()
}

impl Ask {
    /// Asks once, and reads the answer to its end.
    pub(crate) fn once(&self, agent: &Agent) -> Result<String> {
        let bearer = self.key.as_ref().map(|key| format!("Bearer {key}"));
        let mut answer = match &self.body {
            Some(body) => {
                let mut request = agent.post(&self.url);
                if let Some(bearer) = &bearer {
                    request = request.header("authorization", bearer);
                }
                request
                    .header("content-type", "application/json")
                    .send(body)?
            }
            None => {
                let mut request = agent.get(&self.url);
                if let Some(bearer) = &bearer {
                    request = request.header("authorization", bearer);
                }
                request.call()?
            }
        };
        let text = answer.body_mut().read_to_string()?;
        ensure!(answer.status() == 200, "{}: {text}", answer.status());
        Ok(text)
    }
}

/// What clients got.
pub(crate) struct Asked {
    /// Nanoseconds of each request that was answered.
    pub(crate) each: Vec<f64>,
    /// How long they asked.
    pub(crate) took: Duration,
}

impl Asked {
    /// Answers in a second.
    pub(crate) fn per_second(&self) -> f64 {
        self.each.len() as f64 / self.took.as_secs_f64()
    }
}

/// So many clients ask for so long, each as soon as it has its answer.
pub(crate) fn ask(ask: &Ask, clients: usize, time: Duration) -> Result<Asked> {
    let begun = Instant::now();
    let asked = std::thread::scope(|scope| {
        let client = || {
            let (agent, mut each) = (agent(), Vec::new());
            while begun.elapsed() < time {
                let before = Instant::now();
                ask.once(&agent)?;
                each.push(before.elapsed().as_secs_f64() * 1e9);
            }
            Ok(each)
        };
        let asking: Vec<_> = (0..clients).map(|_| scope.spawn(client)).collect();
        let mut all = Vec::new();
        for client in asking {
            let each: Result<Vec<f64>> = client.join().map_err(|_| anyhow!("a client panicked"))?;
            all.append(&mut each?);
        }
        Ok::<_, anyhow::Error>(all)
    });
    Ok(Asked {
        each: asked?,
        took: begun.elapsed(),
    })
}
