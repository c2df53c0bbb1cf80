//! One manual page: what the command line says of itself, with exit statuses, examples and neighbours beside it.

use std::fmt::Write;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::examples::{Example, examples, neighbours};

/// The parts of swanwatch(8) that no command line has: what stands before the first section goes on its description.
const PROGRAM: &str = include_str!("../../../contrib/man/swanwatch.8.in");
/// Where its examples go.
const EXAMPLES: &str = ".\\\" EXAMPLES\n";
/// How a paragraph begins that is a section of its own.
const STATUS: &str = "Exit status: ";
/// A daemon and what belongs to it.
const SECTION: &str = "8";

/// Every page of section 8, with the name of its file.
pub(super) fn all() -> Vec<(String, String)> {
    let mut command = swanwatch::testing::cli::command().disable_help_subcommand(true);
    command.build();
    let verbs = command.get_subcommands().map(|verb| (verb.get_name().to_owned(), of_verb(verb)));
    let mut pages: Vec<_> = verbs.map(|(verb, text)| (format!("swanwatch-{verb}.{SECTION}"), text)).collect();
    pages.push((format!("swanwatch.{SECTION}"), of_program(&command)));
    pages
}

/// The first line of a page. Its date is the one of the newest version in the changelog, so that every build makes the same page; before
/// that version has one, it is unreleased.
pub(super) fn title(name: &str, section: &str, manual: &str) -> String {
    let changelog = include_str!("../../../CHANGELOG.md");
    let head = changelog.lines().find_map(|line| line.strip_prefix("## ")).unwrap();
    let date = head.split_once(" - ").map_or(head, |(_, date)| date);
    format!(".TH {name} {section} \"{date}\" \"swanwatch {}\" \"{manual}\"\n", env!("CARGO_PKG_VERSION"))
}

fn of_program(command: &Command) -> String {
    let (description, sections) = PROGRAM.split_at(PROGRAM.find(".SH ").unwrap());
    let (before, after) = sections.split_once(EXAMPLES).unwrap();
    let verbs: Vec<_> = command.get_subcommands().map(|verb| format!("swanwatch-{}", verb.get_name())).collect();
    let mut page = head(command);
    page += description;
    page += &made(|man, roff| man.render_options_section(roff), command);
    page += &made(|man, roff| man.render_subcommands_section(roff), command);
    page += before;
    page += &shown(examples(""));
    page += after;
    page += &listed(verbs.iter().map(|verb| (verb.as_str(), SECTION)).chain(neighbours("").iter().copied()));
    page
}

fn of_verb(command: &Command) -> String {
    let verb = command.get_name();
    let mut page = head(command);
    page += &made(|man, roff| man.render_options_section(roff), command);
    page += ".SH EXIT STATUS\n";
    match paragraphs(command).into_iter().find_map(|text| text.strip_prefix(STATUS).map(str::to_owned)) {
        Some(status) => page += &numbered(&status),
        None => page += "As in\n.BR swanwatch (8).\n",
    }
    page += &shown(examples(verb));
    page += ".SH SEE ALSO\n";
    page += &listed([("swanwatch", SECTION)].into_iter().chain(neighbours(verb).iter().copied()));
    page
}

/// To the end of the description.
fn head(command: &Command) -> String {
    let name = command.get_display_name().unwrap_or("swanwatch");
    let mut page = title(name, SECTION, "System Administration");
    page += &made(|man, roff| man.render_name_section(roff), command);
    page += &made(|man, roff| man.render_synopsis_section(roff), command);
    page += ".SH DESCRIPTION\n";
    let said = paragraphs(command).into_iter().filter(|text| !text.starts_with(STATUS) && !text.starts_with('`'));
    page + &said.map(|said| text(&said)).collect::<Vec<_>>().join(".PP\n")
}

fn paragraphs(command: &Command) -> Vec<String> {
    let about = command.get_long_about().or_else(|| command.get_about()).unwrap().to_string();
    about.split("\n\n").map(|text| text.replace('\n', " ")).collect()
}

fn shown(examples: &[Example]) -> String {
    let mut section = ".SH EXAMPLES\n".to_owned();
    for (command, what) in examples {
        let line = text(command);
        write!(section, ".TP\n.B {line}{}", text(what)).unwrap();
    }
    section
}

/// `0 done; 1 something; 2 something else.`
fn numbered(status: &str) -> String {
    let parts = status.trim_end_matches('.').split("; ").filter_map(|part| part.split_once(' '));
    parts.map(|(number, what)| format!(".TP\n.B {number}\n{}", text(what))).collect()
}

fn listed<'a>(pages: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let lines: Vec<_> = pages.map(|(page, section)| format!(".BR {} ({section})", page.replace('-', "\\-"))).collect();
    format!("{}\n", lines.join(",\n"))
}

fn text(text: &str) -> String {
    let mut roff = Roff::new();
    roff.text([roman(text)]);
    without_preamble(&roff.to_roff())
}

fn made(render: impl Fn(&Man, &mut dyn std::io::Write) -> std::io::Result<()>, command: &Command) -> String {
    let mut bytes = Vec::new();
    render(&Man::new(command.clone()).section(SECTION), &mut bytes).unwrap();
    without_preamble(&String::from_utf8(bytes).unwrap())
}

/// Each part begins with how an apostrophe is spelled for old troffs; groff and mandoc have had `\(aq` for ever.
fn without_preamble(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with(".ie \\n(.g") && !line.starts_with(".el .ds"));
    lines.map(|line| line.trim_end().replace("\\*(Aq", "\\(aq") + "\n").collect()
}
