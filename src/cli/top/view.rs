//! What is on the screen, and what keys do to it: no terminal, no service.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::page::TopPage;
use crate::cli::output::{Style, Tone};
use crate::cli::text::{self, StyledLine};
use crate::model::{TrafficOrder, TrafficReport};

/// Before the terminal has told its size.
const HEIGHT: usize = 24;

/// What the person looks at.
#[derive(Debug)]
pub(super) struct View {
    order: TrafficOrder,
    offset: usize,
    height: usize,
    report: Option<TrafficReport>,
    /// Why the last question had no answer.
    trouble: Option<String>,
}

/// What has to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Nothing,
    /// Ask the service anew.
    Ask,
    End,
}

impl View {
    /// Nothing is known yet.
    pub(super) const fn new(order: TrafficOrder) -> Self {
        Self { order, offset: 0, height: HEIGHT, report: None, trouble: None }
    }

    /// What to ask for.
    pub(super) fn page(&self) -> TopPage {
        let limit = self.report.as_ref().map_or(self.height, |report| text::top_rows(&report.devices, self.height));
        TopPage { order: self.order, offset: self.offset, limit }
    }

    /// The service answered, or did not.
    pub(super) fn answered(&mut self, answer: Result<TrafficReport, String>) {
        match answer {
            Ok(report) => {
                self.trouble = None;
                // There are fewer than before.
                self.offset = self.offset.min(last(&report, 1));
                self.report = Some(report);
            }
            Err(trouble) => self.trouble = Some(trouble),
        }
    }

    /// The terminal has so many lines.
    pub(super) fn resized(&mut self, height: usize) {
        self.height = height;
    }

    /// A key, or something else that the terminal tells.
    pub(super) fn take(&mut self, event: &Event) -> Then {
        match event {
            Event::Resize(_, height) => {
                self.resized(usize::from(*height));
                Then::Ask
            }
            Event::Key(key) if key.kind != KeyEventKind::Release => self.press(*key),
            _ => Then::Nothing,
        }
    }

    fn press(&mut self, key: KeyEvent) -> Then {
        let page = self.page().limit;
        let end = self.report.as_ref().map_or(0, |report| last(report, page));
        match key.code {
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Then::End,
            KeyCode::Char('q' | 'Q') | KeyCode::Esc => Then::End,
            KeyCode::Char('p') => self.sort(TrafficOrder::Packets),
            KeyCode::Char('b') => self.sort(TrafficOrder::Bytes),
            KeyCode::Char('d') => self.sort(TrafficOrder::Drops),
            KeyCode::Char('t') => self.sort(TrafficOrder::Total),
            KeyCode::Down | KeyCode::Char('j') => self.go(self.offset + 1, end),
            KeyCode::Up | KeyCode::Char('k') => self.go(self.offset.saturating_sub(1), end),
            KeyCode::PageDown | KeyCode::Char(' ') => self.go(self.offset + page, end),
            KeyCode::PageUp => self.go(self.offset.saturating_sub(page), end),
            KeyCode::Home => self.go(0, end),
            _ => Then::Nothing,
        }
    }

    fn sort(&mut self, order: TrafficOrder) -> Then {
        (self.order, self.offset) = (order, 0);
        Then::Ask
    }

    fn go(&mut self, offset: usize, end: usize) -> Then {
        let before = std::mem::replace(&mut self.offset, offset.min(end));
        if before == self.offset { Then::Nothing } else { Then::Ask }
    }

    pub(super) fn lines(&self, style: &Style) -> Vec<StyledLine> {
        let below = match &self.trouble {
            Some(trouble) => StyledLine::toned(format!("trying again (q quits): {trouble}"), Tone::Critical),
            None => StyledLine::toned(text::TOP_HELP.to_owned(), Tone::Quiet),
        };
        let Some(report) = &self.report else { return vec![below] };
        let mut lines = text::top_screen(report, self.height, below, style);
        if self.trouble.is_some()
            && let Some(below) = lines.pop()
        {
            // What stands there is old.
            lines = lines.into_iter().map(StyledLine::faded).collect();
            lines.push(below);
        }
        lines
    }
}

/// The highest offset that leaves a page full. The service shows no more than so many.
fn last(report: &TrafficReport, page: usize) -> usize {
    const MOST: usize = 10_000;
    usize::try_from(report.sas_total).unwrap_or(MOST).saturating_sub(page).min(MOST)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::sinks::samples;

    const PLAIN: Style = Style { colour: false, width: 200, zone: TimeZone::UTC };

    fn press(view: &mut View, code: KeyCode) -> Then {
        view.take(&Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
    }

    /// 24 lines, of which 13 are SAs: five above, a header and two lines of the device, three below.
    fn viewed(sas: u64) -> View {
        let mut view = View::new(TrafficOrder::Packets);
        view.answered(Ok(samples::traffic(sas)));
        view
    }

    fn shown(view: &View) -> Vec<String> {
        view.lines(&PLAIN).iter().map(|line| line.painted(&PLAIN)).collect()
    }

    #[test]
    fn keys_sort_and_each_order_begins_at_its_top() {
        let mut view = viewed(1000);
        assert_eq!(view.page(), TopPage { order: TrafficOrder::Packets, offset: 0, limit: 13 });
        for (key, order) in ['b', 'd', 't', 'p'].into_iter().zip([
            TrafficOrder::Bytes,
            TrafficOrder::Drops,
            TrafficOrder::Total,
            TrafficOrder::Packets,
        ]) {
            assert_eq!(press(&mut view, KeyCode::PageDown), Then::Ask);
            assert_eq!(view.page().offset, 13);
            assert_eq!(press(&mut view, KeyCode::Char(key)), Then::Ask);
            assert_eq!(view.page(), TopPage { order, offset: 0, limit: 13 });
        }
    }

    #[test]
    fn keys_move_no_further_than_there_are_sas() {
        let mut view = viewed(30);
        assert_eq!(press(&mut view, KeyCode::Up), Then::Nothing);
        assert_eq!(press(&mut view, KeyCode::Down), Then::Ask);
        assert_eq!((press(&mut view, KeyCode::Char(' ')), view.page().offset), (Then::Ask, 14));
        assert_eq!((press(&mut view, KeyCode::PageDown), view.page().offset), (Then::Ask, 17));
        assert_eq!(press(&mut view, KeyCode::PageDown), Then::Nothing);
        assert_eq!((press(&mut view, KeyCode::PageUp), view.page().offset), (Then::Ask, 4));
        assert_eq!((press(&mut view, KeyCode::Home), view.page().offset), (Then::Ask, 0));
        // Most of them are gone.
        press(&mut view, KeyCode::PageDown);
        view.answered(Ok(samples::traffic(3)));
        assert_eq!(view.page().offset, 2);
    }

    #[test]
    fn q_escape_and_control_c_end_it_and_c_alone_does_nothing() {
        let mut view = viewed(1);
        for code in [KeyCode::Char('q'), KeyCode::Esc] {
            assert_eq!(press(&mut view, code), Then::End);
        }
        let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(view.take(&Event::Key(control_c)), Then::End);
        assert_eq!(press(&mut view, KeyCode::Char('c')), Then::Nothing);
    }

    #[test]
    fn every_size_is_filled_and_not_one_line_more() {
        let mut view = viewed(1000);
        for height in [1, 2, 5, 8, 24, 60] {
            assert_eq!(view.take(&Event::Resize(80, height)), Then::Ask);
            view.answered(Ok(samples::traffic(1000)));
            let lines = shown(&view);
            assert_eq!(lines.len(), usize::from(height));
            assert!(lines.last().unwrap().contains("q quit"), "{lines:?}");
        }
        assert_eq!(view.page().limit, 49);
    }

    #[test]
    fn a_service_that_is_gone_is_said_over_what_was_seen_last() {
        let mut view = viewed(3);
        let before = shown(&view);
        view.answered(Err("no service answers on /run/x".to_owned()));
        let after = shown(&view);
        assert_eq!(before[..before.len() - 1], after[..after.len() - 1]);
        assert_eq!(after.last().unwrap(), "trying again (q quits): no service answers on /run/x");
        let colour = Style { colour: true, ..PLAIN };
        assert!(view.lines(&colour)[0].painted(&colour).starts_with("\u{1b}[2m"));
        view.answered(Ok(samples::traffic(3)));
        assert_eq!(shown(&view), before);
    }
}
