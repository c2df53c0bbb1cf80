//! `swanwatch remedy`

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::client::Client;
use super::failure::CommandFailure;
use super::output::{Style, print};
use super::service::{ServiceAddress, block_on};
use super::text;
use crate::exit;
use crate::model::{RemedyKind, RemedyPlan, RemedyState};
use crate::sinks::api::control_socket;

/// Have the running service mend something now, also where 'act:' does not allow it; its limits still hold
#[derive(Debug, Args)]
pub(super) struct RemedyArguments {
    /// A connection's name or a finding's id as status shows it; with '--kind evacuate' a network device
    what: String,
    /// Which remedy, if not the usual one
    #[arg(long, value_name = "REMEDY")]
    kind: Option<RemedyKindArgument>,
    /// With '--kind evacuate': put the SAs back on the device, and end the evacuation
    #[arg(long)]
    back: bool,
    /// With '--kind evacuate': leave SAs in packet mode where they are, instead of refusing
    #[arg(long, conflicts_with = "back")]
    leave_packet_mode: bool,
    /// Show each step and do nothing
    #[arg(long)]
    dry_run: bool,
    /// One JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    service: ServiceAddress,
}

/// As in `act:`, and what is done by hand alone.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum RemedyKindArgument {
    Rekey,
    Reinstall,
    Restart,
    RestartHung,
    Fence,
    Evacuate,
}

#[derive(Serialize)]
struct RemedyRequest<'a> {
    what: &'a str,
    kind: Option<RemedyKind>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    back: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    leave_packet_mode: bool,
}

#[derive(Serialize, Deserialize)]
struct RemedyAnswer {
    remedies: Vec<RemedyPlan>,
}

pub(super) fn run(arguments: &RemedyArguments) -> Result<u8, CommandFailure> {
    let answer = if arguments.dry_run { plan(arguments)? } else { order(arguments)? };
    if arguments.json {
        print(&format!("{}\n", serde_json::to_string(&answer)?))?;
    } else {
        print(&text::remedies(&answer.remedies, arguments.dry_run, &Style::of_stdout()))?;
    }
    let refused = answer.remedies.iter().any(|plan| plan.state == RemedyState::Refused);
    Ok(if refused { exit::WRONG } else { exit::DONE })
}

/// What would be done. It is asked where orders are not taken: whoever may ask may have it.
fn plan(arguments: &RemedyArguments) -> Result<RemedyAnswer, CommandFailure> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("what", &arguments.what);
    if let Some(kind) = arguments.kind {
        query.append_pair("kind", &RemedyKind::from(kind).to_string());
    }
    for (name, wanted) in [("back", arguments.back), ("leave_packet_mode", arguments.leave_packet_mode)] {
        if wanted {
            query.append_pair(name, "true");
        }
    }
    let path = format!("/v1/remedy?{}", query.finish());
    let older =
        || CommandFailure::other("the service is older than this program, and knows no dry run for all".to_owned());
    let client = Client::new(&arguments.service.socket);
    let (answer, _) = block_on(async { client.get(&path).await?.ok_or_else(older) })?;
    Ok(answer)
}

fn order(arguments: &RemedyArguments) -> Result<RemedyAnswer, CommandFailure> {
    let RemedyArguments { what, back, leave_packet_mode, .. } = arguments;
    let kind = arguments.kind.map(RemedyKind::from);
    let request = RemedyRequest { what, kind, back: *back, leave_packet_mode: *leave_packet_mode };
    let client = Client::new(&control_socket(&arguments.service.socket));
    block_on(client.post("/v1/remedy", serde_json::to_vec(&request)?))
}

impl From<RemedyKindArgument> for RemedyKind {
    fn from(kind: RemedyKindArgument) -> Self {
        match kind {
            RemedyKindArgument::Rekey => Self::Rekey,
            RemedyKindArgument::Reinstall => Self::Reinstall,
            RemedyKindArgument::Restart => Self::Restart,
            RemedyKindArgument::RestartHung => Self::RestartHung,
            RemedyKindArgument::Fence => Self::Fence,
            RemedyKindArgument::Evacuate => Self::Evacuate,
        }
    }
}
