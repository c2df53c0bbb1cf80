//! Names of algorithms: a gateway has thousands of SAs and a handful of names, so an SA keeps a number.

use std::fmt;
use std::num::NonZeroU8;
use std::sync::{PoisonError, RwLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A name from the kernel's list of algorithms (net/xfrm/xfrm_algo.c).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AlgorithmName(NonZeroU8);

/// The kernel's list, what is used most at its head: it is searched from there.
const KNOWN: [&str; 28] = [
    "rfc4106(gcm(aes))",
    "cbc(aes)",
    "hmac(sha256)",
    "hmac(sha512)",
    "hmac(sha1)",
    "rfc7539esp(chacha20,poly1305)",
    "hmac(sha384)",
    "digest_null",
    "ecb(cipher_null)",
    "rfc4309(ccm(aes))",
    "rfc4543(gcm(aes))",
    "rfc3686(ctr(aes))",
    "xcbc(aes)",
    "cmac(aes)",
    "hmac(md5)",
    "hmac(rmd160)",
    "hmac(sm3)",
    "cbc(des)",
    "cbc(des3_ede)",
    "cbc(cast5)",
    "cbc(blowfish)",
    "cbc(serpent)",
    "cbc(camellia)",
    "cbc(twofish)",
    "cbc(sm4)",
    "deflate",
    "lzs",
    "lzjh",
];

/// Other names, in the order in which they were met: a kernel may have more, and a recording may hold anything.
static MET: RwLock<Vec<&'static str>> = RwLock::new(Vec::new());

/// Bytes that are kept of a name; longer than any of the kernel's.
const ROOM: usize = 31;

/// Beyond this many, names are not told apart any more: nothing may grow without bound.
const MOST: usize = 200;

/// What stands for all of those.
const TOO_MANY: &str = "?";

impl AlgorithmName {
    /// From the kernel's zero-terminated name. Bytes that are no printable ASCII become `?`.
    #[inline]
    pub fn new(name: &[u8]) -> Self {
        let room = name.get(..ROOM).unwrap_or(name);
        let text = memchr::memchr(0, room).and_then(|end| room.get(..end)).unwrap_or(room);
        match KNOWN.iter().position(|known| known.as_bytes() == text) {
            Some(place) => Self::at(place),
            None => Self::met(text),
        }
    }

    #[cold]
    fn met(text: &[u8]) -> Self {
        let printable = |byte: &u8| if byte.is_ascii_graphic() { char::from(*byte) } else { '?' };
        let name: String = text.iter().map(printable).collect();
        let place = place_in(&mut MET.write().unwrap_or_else(PoisonError::into_inner), name);
        Self::at(KNOWN.len() + place)
    }

    fn at(place: usize) -> Self {
        let number = u8::try_from(place).ok().and_then(|place| place.checked_add(1)).and_then(NonZeroU8::new);
        Self(number.unwrap_or(NonZeroU8::MAX))
    }

    pub fn as_str(&self) -> &'static str {
        let place = usize::from(self.0.get()) - 1;
        let met = || MET.read().unwrap_or_else(PoisonError::into_inner).get(place - KNOWN.len()).copied();
        KNOWN.get(place).copied().or_else(met).unwrap_or(TOO_MANY)
    }
}

/// Where a name stands in the list, at its end if it is new.
fn place_in(met: &mut Vec<&'static str>, name: String) -> usize {
    if let Some(place) = met.iter().position(|known| *known == name) {
        return place;
    }
    if met.len() >= MOST {
        // A name that is itself `?` may have come before: a recording that is read back must find the same place.
        if let Some(place) = met.iter().position(|known| *known == TOO_MANY) {
            return place;
        }
        met.push(TOO_MANY);
    } else {
        // For as long as the program runs, and no more of them than `MOST`.
        met.push(Box::leak(name.into_boxed_str()));
    }
    met.len() - 1
}

// As the names are ordered, not as they were met.
impl Ord for AlgorithmName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for AlgorithmName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for AlgorithmName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for AlgorithmName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for AlgorithmName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for AlgorithmName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(std::borrow::Cow::<str>::deserialize(deserializer)?.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_at_its_zero_and_is_itself_again() {
        for known in KNOWN {
            let padded: Vec<u8> = known.bytes().chain([0; 8]).chain(*b"rest").collect();
            let name = AlgorithmName::new(&padded);
            assert_eq!((name.as_str(), name), (known, AlgorithmName::new(known.as_bytes())));
        }
        assert_eq!(std::mem::size_of::<Option<AlgorithmName>>(), 1);
    }

    #[test]
    fn names_that_no_kernel_had_yet_are_kept_too_cut_printable_and_bounded() {
        let name = AlgorithmName::new(b"cbc(new)");
        assert_eq!((name.as_str(), AlgorithmName::new(b"cbc(new)\0")), ("cbc(new)", name));
        assert_eq!(AlgorithmName::new(b"a\x1b[2J").as_str(), "a?[2J");
        assert_eq!(AlgorithmName::new(&[b'a'; 64]).as_str().len(), ROOM);
        assert_eq!(AlgorithmName::new(b"").as_str(), "");
    }

    #[test]
    fn a_recording_full_of_names_takes_no_more_than_so_many() {
        let mut met = Vec::new();
        let places: Vec<_> = (0..2 * MOST).map(|number| place_in(&mut met, format!("made-{number}"))).collect();
        assert_eq!((places[0], places[MOST - 1], met.len()), (0, MOST - 1, MOST + 1));
        assert!(places[MOST..].iter().all(|place| met[*place] == TOO_MANY));
        assert_eq!(place_in(&mut met, "made-7".to_owned()), 7);
        // One that is called like those that are too many is one of them.
        let mut met = Vec::new();
        let mark = place_in(&mut met, TOO_MANY.to_owned());
        let places: Vec<_> = (0..2 * MOST).map(|number| place_in(&mut met, format!("made-{number}"))).collect();
        assert_eq!((places[2 * MOST - 1], place_in(&mut met, TOO_MANY.to_owned())), (mark, mark));
        assert!(KNOWN.len() + MOST < usize::from(u8::MAX));
    }

    #[test]
    fn they_are_ordered_as_names() {
        let [late, early] = [b"zz(late)", b"aa(early"].map(|name| AlgorithmName::new(name));
        assert!(early < late && early < AlgorithmName::new(b"cbc(aes)"));
    }
}
