//! Answering clients between two steps of the engine.

use super::hands::Hands;
use super::turn::Turn;
use crate::clock;
use crate::model::{Metrics, What};
use crate::sinks::DeskQuestion;
use crate::sources::trace::measure::CountOrder;

impl<H: Hands> Turn<H> {
    /// Answers one question. A client that has gone away gets no answer.
    pub fn answer(&mut self, asked: DeskQuestion) {
        match asked {
            DeskQuestion::Status(reply) => drop(reply.send(self.engine.status(clock::real_time()))),
            DeskQuestion::Findings(reply) => drop(reply.send((self.engine.findings(), self.hub.last()))),
            DeskQuestion::Sas { cursor, limit, reply } => {
                let mut rows = Vec::new();
                let next = self.engine.sas(cursor, limit, &mut rows);
                drop(reply.send((rows, next)));
            }
            DeskQuestion::Tally { cursor, limit, mut tally, reply } => {
                let next = self.engine.tally(cursor, limit, &mut tally);
                drop(reply.send((tally, next)));
            }
            DeskQuestion::Metrics { tally, reply } => {
                let metrics = Metrics { receivers: self.alerts.counts(), ..self.engine.metrics(&tally, self.feed) };
                drop(reply.send(Box::new(metrics)));
            }
            DeskQuestion::Rank { cursor, limit, mut ranking, reply } => {
                let next = self.engine.rank(cursor, limit, &mut ranking);
                drop(reply.send((ranking, next)));
            }
            DeskQuestion::Traffic { ranking, reply } => {
                drop(reply.send(Box::new(self.engine.traffic(*ranking, clock::real_time()))));
            }
            DeskQuestion::Explain { what, reply } => drop(reply.send(self.engine.explain(&what))),
            DeskQuestion::Measure { spi, time, reply } => {
                self.hands.measure(CountOrder { spi, sas: self.engine.sas_of(spi), time }, reply);
            }
            DeskQuestion::Plan { request, reply } => drop(reply.send(self.engine.plan_of(&request))),
            DeskQuestion::Remedy { request, reply } => {
                let plans = self.engine.plan_of(&request);
                if plans.is_ok() {
                    self.see(What::Requested(request));
                }
                drop(reply.send(plans));
            }
            DeskQuestion::Recent(reply) => drop(reply.send(Box::new(self.recent.snapshot()))),
            DeskQuestion::Record { path, reply } => drop(reply.send(self.record(path.as_deref()))),
        }
    }
}
