//! Decoding from memory, one million SAs: nanoseconds, beside a copy of the same bytes, and allocations.

use std::hint::black_box;
use std::time::Duration;

use stats_alloc::Region;
use swanwatch::testing::model::{KernelSa, Netns};
use swanwatch::testing::sources::xfrm::decode::{Decoder, Messages};
use swanwatch::testing::sources::xfrm::numbers::*;

use crate::measure::{ROUNDS, median, time};
use crate::support::{encode, encode_sa};
use crate::table::Row;
use crate::{ALLOCATOR, full_size};

const SAS: u32 = 1_000_000;
/// As many as a large gateway's dump brings through the cache; the million is made of turns over them.
const IN_MEMORY: u32 = 10_000;
/// Turns in a round.
const TURNS: u32 = SAS / IN_MEMORY / ROUNDS as u32 + 1;

pub fn rows() -> Vec<Row> {
    [("full-size (AEAD, ESN, offload)", full_size::sa as fn(u32) -> KernelSa), ("larval", full_size::larval)]
        .into_iter()
        .flat_map(|(name, sa)| one(name, sa))
        .collect()
}

fn one(name: &str, sa: fn(u32) -> KernelSa) -> [Row; 2] {
    let datagram: Vec<u8> = (0..IN_MEMORY)
        .flat_map(|number| encode::message(XFRM_MSG_NEWSA, NLM_F_MULTI, 1, &encode_sa::sa(&sa(number))))
        .collect();
    let decoder = Decoder::new(Netns(1));
    let found: Vec<KernelSa> = Messages::new(&datagram).map(|m| decoder.sa(m.unwrap().payload).unwrap()).collect();
    assert_eq!(found, (0..IN_MEMORY).map(sa).collect::<Vec<_>>());

    let mut rows = Vec::with_capacity(IN_MEMORY as usize);
    let mut decode_all = || {
        rows.clear();
        for message in Messages::new(black_box(&datagram)) {
            decoder.append_sa(message.unwrap().payload, &mut rows).unwrap();
        }
        black_box(&mut rows);
    };
    let mut place = vec![0_u8; datagram.len()];
    let mut copy = || {
        place.copy_from_slice(black_box(&datagram));
        black_box(&mut place);
    };
    let (mut decoded, mut copied) = (Vec::with_capacity(ROUNDS), Vec::with_capacity(ROUNDS));
    let region = Region::new(ALLOCATOR);
    for _ in 0..ROUNDS {
        decoded.push(time(|| (0..TURNS).for_each(|_| decode_all())));
        copied.push(time(|| (0..TURNS).for_each(|_| copy())));
    }
    let allocations = region.change().allocations;
    let each = |mut times: Vec<Duration>| median(&mut times).as_secs_f64() * 1e9 / f64::from(TURNS * IN_MEMORY);
    let (decoded, copied) = (each(decoded), each(copied));
    let mut message = Messages::new(&datagram);
    let size = message.next().unwrap().unwrap().payload.len() + 16;
    [
        Row {
            what: format!("decoding a {name} SA of {size} bytes"),
            ours: format!("{decoded:.1} ns"),
            against: format!("copy {copied:.1} ns"),
            value: decoded / copied,
            bound: None,
        },
        Row {
            what: format!("allocations while decoding {name} SAs"),
            ours: format!("{allocations}"),
            against: "0".to_owned(),
            value: allocations as f64,
            bound: Some(0.0),
        },
    ]
}
