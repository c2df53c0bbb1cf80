//! Answering clients between two steps of the engine.

use super::hands::Hands;
use super::turn::Turn;
use crate::clock;
use crate::model::{Metrics, What};
use crate::sinks::Asked;
use crate::sources::trace::measure::Order;

impl<H: Hands> Turn<H> {
    /// Answers one question. A client that has gone away gets no answer.
    pub fn answer(&mut self, asked: Asked) {
        match asked {
            Asked::Status(reply) => drop(reply.send(self.engine.status(clock::real_time()))),
            Asked::Findings(reply) => drop(reply.send((self.engine.findings(), self.hub.last()))),
            Asked::Sas { cursor, limit, reply } => {
                let mut rows = Vec::new();
                let next = self.engine.sas(cursor, limit, &mut rows);
                drop(reply.send((rows, next)));
            }
            Asked::Tally { cursor, limit, mut tally, reply } => {
                let next = self.engine.tally(cursor, limit, &mut tally);
                drop(reply.send((tally, next)));
            }
            Asked::Metrics { tally, reply } => {
                let metrics = Metrics { receivers: self.alerts.counts(), ..self.engine.metrics(&tally, self.feed) };
                drop(reply.send(Box::new(metrics)));
            }
            Asked::Rank { cursor, limit, mut ranking, reply } => {
                let next = self.engine.rank(cursor, limit, &mut ranking);
                drop(reply.send((ranking, next)));
            }
            Asked::Traffic { ranking, reply } => {
                drop(reply.send(Box::new(self.engine.traffic(*ranking, clock::real_time()))));
            }
            Asked::Explain { what, reply } => drop(reply.send(self.engine.explain(&what))),
            Asked::Measure { spi, time, reply } => {
                self.hands.measure(Order { spi, sas: self.engine.sas_of(spi), time }, reply);
            }
            Asked::Plan { request, reply } => drop(reply.send(self.engine.plan_of(&request))),
            Asked::Remedy { request, reply } => {
                let plans = self.engine.plan_of(&request);
                if plans.is_ok() {
                    self.see(What::Requested(request));
                }
                drop(reply.send(plans));
            }
            Asked::Recent(reply) => drop(reply.send(Box::new(self.recent.snapshot()))),
            Asked::Record { path, reply } => drop(reply.send(self.record(path.as_deref()))),
        }
    }
}
