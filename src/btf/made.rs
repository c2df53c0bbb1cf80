//! Type information made by hand, for tests.

/// Types in the order in which they are put in; the first has the number 1.
#[derive(Debug, Default)]
pub struct Made {
    types: Vec<u32>,
    strings: Vec<u8>,
    count: u32,
}

impl Made {
    pub fn new() -> Self {
        Self { strings: vec![0], ..Self::default() }
    }

    /// `long unsigned int` comes first, so that pointers have a size.
    pub fn with_long() -> (Self, u32) {
        let mut made = Self::new();
        let long = made.integer("long unsigned int", 8);
        (made, long)
    }

    fn name(&mut self, name: &str) -> u32 {
        if name.is_empty() {
            return 0;
        }
        let at = u32::try_from(self.strings.len()).unwrap();
        self.strings.extend_from_slice(name.as_bytes());
        self.strings.push(0);
        at
    }

    /// Any type: its kind, whether it is flagged, how many items, its size or type, what follows.
    pub fn raw(&mut self, name: &str, kind: u8, flag: bool, items: usize, size_or_type: u32, rest: &[u32]) -> u32 {
        let name = self.name(name);
        let info = u32::from(flag) << 31 | u32::from(kind) << 24 | u32::try_from(items).unwrap();
        self.types.extend([name, info, size_or_type]);
        self.types.extend(rest);
        self.count += 1;
        self.count
    }

    pub fn integer(&mut self, name: &str, bytes: u32) -> u32 {
        self.raw(name, 1, false, 0, bytes, &[bytes * 8])
    }

    pub fn pointer(&mut self, to: u32) -> u32 {
        self.raw("", 2, false, 0, to, &[])
    }

    pub fn array(&mut self, of: u32, count: u32) -> u32 {
        self.raw("", 3, false, 0, 0, &[of, of, count])
    }

    pub fn typedef(&mut self, name: &str, of: u32) -> u32 {
        self.raw(name, 8, false, 0, of, &[])
    }

    /// Members: name, type, place in bits.
    pub fn structure(&mut self, name: &str, members: &[(&str, u32, u32)]) -> u32 {
        self.composed(4, name, false, members)
    }

    pub fn union(&mut self, name: &str, members: &[(&str, u32, u32)]) -> u32 {
        self.composed(5, name, false, members)
    }

    /// The upper byte of a place says how many bits of a bit field there are.
    pub fn with_bit_fields(&mut self, name: &str, members: &[(&str, u32, u32)]) -> u32 {
        self.composed(4, name, true, members)
    }

    fn composed(&mut self, kind: u8, name: &str, flag: bool, members: &[(&str, u32, u32)]) -> u32 {
        let rest: Vec<u32> = members.iter().flat_map(|(name, of, bits)| [self.name(name), *of, *bits]).collect();
        self.raw(name, kind, flag, members.len(), 64, &rest)
    }

    pub fn prototype(&mut self, parameters: &[(&str, u32)]) -> u32 {
        let rest: Vec<u32> = parameters.iter().flat_map(|(name, of)| [self.name(name), *of]).collect();
        self.raw("", 13, false, parameters.len(), 0, &rest)
    }

    pub fn function(&mut self, name: &str, parameters: &[(&str, u32)]) -> u32 {
        let prototype = self.prototype(parameters);
        self.raw(name, 12, false, 1, prototype, &[])
    }

    /// As a kernel has it.
    pub fn bytes(&self) -> Vec<u8> {
        self.with_layout(&[])
    }

    /// With bytes that say how long each kind is: once, for each item, and two of flags. None of them is a header of the old length.
    pub fn with_layout(&self, layout: &[u8]) -> Vec<u8> {
        let types: Vec<u8> = self.types.iter().flat_map(|word| word.to_ne_bytes()).collect();
        let (types_length, names) = (u32::try_from(types.len()).unwrap(), u32::try_from(self.strings.len()).unwrap());
        let mut header = vec![if layout.is_empty() { 24 } else { 32 }, 0, types_length, types_length, names];
        if !layout.is_empty() {
            header.extend([types_length + names, u32::try_from(layout.len()).unwrap()]);
        }
        let header = header.into_iter().flat_map(u32::to_ne_bytes);
        let begin = [0xeb9f_u16.to_ne_bytes(), [1, 0]].concat();
        begin
            .into_iter()
            .chain(header)
            .chain(types)
            .chain(self.strings.iter().copied())
            .chain(layout.iter().copied())
            .collect()
    }
}
