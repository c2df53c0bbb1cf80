//! Decoding from memory, one million SAs: nanoseconds and allocations.

use std::hint::black_box;
use std::time::Duration;

use stats_alloc::Region;
use swanwatch::model::{KernelSa, Netns};
use swanwatch::sources::xfrm::decode::{Decoder, Messages};
use swanwatch::sources::xfrm::numbers::*;

use crate::measure::{ROUNDS, median, time};
use crate::support::{encode, encode_sa};
use crate::table::Row;
use crate::{ALLOCATOR, full_size};

const SAS: u32 = 1_000_000;
/// As many as a large gateway's dump brings through the cache; the million is made of turns over them.
const IN_MEMORY: u32 = 10_000;

pub fn rows() -> Vec<Row> {
    [
        ("full-size (AEAD, ESN, offload)", full_size::sa as fn(u32) -> KernelSa, 60.0),
        ("larval", full_size::larval, 25.0),
    ]
    .into_iter()
    .flat_map(|(name, sa, bound)| one(name, sa, bound))
    .collect()
}

fn one(name: &str, sa: fn(u32) -> KernelSa, bound: f64) -> [Row; 2] {
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
    let region = Region::new(ALLOCATOR);
    let mut times: Vec<Duration> =
        (0..ROUNDS).map(|_| time(|| (0..SAS / IN_MEMORY / ROUNDS as u32 + 1).for_each(|_| decode_all()))).collect();
    let allocations = region.change().allocations;
    let per_sa = median(&mut times).as_secs_f64() * 1e9 / f64::from((SAS / IN_MEMORY / ROUNDS as u32 + 1) * IN_MEMORY);
    let mut message = Messages::new(&datagram);
    let size = message.next().unwrap().unwrap().payload.len() + 16;
    [
        Row {
            what: format!("decoding a {name} SA of {size} bytes"),
            ours: format!("{per_sa:.1} ns"),
            against: format!("{bound} ns"),
            value: per_sa / bound,
            bound: Some(1.0),
        },
        Row {
            what: format!("allocations while decoding {name} SAs"),
            // The vector of times is one.
            ours: format!("{}", allocations.saturating_sub(1)),
            against: "0".to_owned(),
            value: allocations.saturating_sub(1) as f64,
            bound: Some(0.0),
        },
    ]
}
