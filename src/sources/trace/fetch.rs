//! What a probe fetches, in C's notation: `name=x->id.spi:u32`. A kernel that does not take it (`CONFIG_PROBE_EVENTS_BTF_ARGS`, since 6.5)
//! is told the same by numbers, `name=+96($arg2):u32` (Documentation/trace/kprobetrace.rst), which its own types give.

use crate::btf::{Btf, Member, Parameter};

/// A function of the kernel and its parameters as the fetched texts name them, each with the structure that it points to; empty where it
/// points to none.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    pub name: &'static str,
    pub parameters: &'static [(&'static str, &'static str)],
}

impl Function {
    /// All that is fetched, by numbers. None where this kernel has no such parameter or member.
    pub fn by_numbers(&self, btf: &Btf, fetched: &str) -> Option<String> {
        let taken = btf.function(self.name);
        let one = |fetch: &str| self.one(btf, taken.as_deref(), fetch);
        let all: Option<Vec<String>> = fetched.split_whitespace().map(one).collect();
        Some(all?.join(" "))
    }

    fn one(&self, btf: &Btf, taken: Option<&[Parameter]>, fetch: &str) -> Option<String> {
        let (name, what) = fetch.split_once('=')?;
        if what.starts_with('$') {
            return Some(fetch.to_owned());
        }
        let distance = what.split_once('(').filter(|(distance, _)| distance.starts_with(['+', '-']));
        if let Some((distance, inside)) = distance {
            return self.at_distance(btf, taken, name, (distance, inside));
        }
        let (place, kind) = what.split_once(':')?;
        let mut steps = place.split("->");
        let parameter = steps.next()?;
        let number = self.number(taken, parameter)?;
        let mut text = format!("$arg{number}");
        let mut structure = self.structure(parameter)?.to_owned();
        let mut last: Option<Member> = None;
        for path in steps {
            if let Some(before) = last {
                structure = before.points_to?;
            }
            let member = btf.member(&structure, path)?;
            text = format!("+{}({text})", member.offset);
            last = Some(member);
        }
        let (text, kind) = match &last {
            None => (text, kind.to_owned()),
            Some(member) if kind == "string" => {
                (if member.is_pointer { format!("+0({text})") } else { text }, kind.to_owned())
            }
            Some(member) => (text, as_large_as(kind, member.size)?),
        };
        Some(format!("{name}={text}:{kind}"))
    }

    /// So many bytes before or behind where a pointer points to, `-8(skb->data):u32`.
    fn at_distance(
        &self,
        btf: &Btf,
        taken: Option<&[Parameter]>,
        name: &str,
        (distance, inside): (&str, &str),
    ) -> Option<String> {
        let (pointer, kind) = inside.rsplit_once(')')?;
        let fetched = self.one(btf, taken, &format!("{name}={pointer}:x64"))?;
        let (_, pointer) = fetched.rsplit_once(':')?.0.split_once('=')?;
        Some(format!("{name}={distance}({pointer}){kind}"))
    }

    /// Which parameter it is, from 1 on: the kernel's own word counts, and what it does not tell (modules') is as it is written here.
    fn number(&self, taken: Option<&[Parameter]>, name: &str) -> Option<usize> {
        let here = self.parameters.iter().position(|(parameter, _)| *parameter == name)?;
        let Some(taken) = taken else { return Some(here + 1) };
        let structure = self.structure(name)?;
        let is_it = |one: &Parameter| {
            if structure.is_empty() { one.name == name } else { one.points_to.as_deref() == Some(structure) }
        };
        let mut found = taken.iter().enumerate().filter(|(_, one)| is_it(one));
        let (place, _) = found.next()?;
        found.next().is_none().then_some(place + 1)
    }

    fn structure(&self, name: &str) -> Option<&'static str> {
        self.parameters.iter().find(|(parameter, _)| *parameter == name).map(|(_, structure)| *structure)
    }
}

/// A number is fetched as large as the kernel has it, `x32` or `u8`; an array, `x32[4]`, has to be as it is here.
fn as_large_as(kind: &str, bytes: u32) -> Option<String> {
    if let Some((element, count)) = kind.split_once('[') {
        let each = element.get(1..)?.parse::<u32>().ok()? / 8;
        let count: u32 = count.strip_suffix(']')?.parse().ok()?;
        return (each.checked_mul(count)? == bytes).then(|| kind.to_owned());
    }
    matches!(bytes, 1 | 2 | 4 | 8).then(|| format!("{}{}", kind.get(..1).unwrap_or("x"), bytes * 8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::btf::made::Made;

    const ADD: Function =
        Function { name: "add", parameters: &[("net", "net"), ("x", "state"), ("words", "words"), ("error", "")] };

    fn types(taken: &[&str]) -> Btf {
        let (mut made, long) = Made::with_long();
        let byte = made.integer("u8", 1);
        let word = made.integer("u32", 4);
        let name = made.array(byte, 64);
        let address = made.array(word, 4);
        let net = made.structure("net", &[("inum", word, 96)]);
        let net = made.pointer(net);
        let method = made.structure("method", &[("name", name, 0), ("key", word, 512)]);
        let method = made.pointer(method);
        let text = made.pointer(byte);
        let said = made.structure("words", &[("text", text, 64)]);
        let said = made.pointer(said);
        let members = [("net", net, 0), ("method", method, 64), ("address", address, 128), ("flags", byte, 256)];
        let state = made.structure("state", &members);
        let state = made.pointer(state);
        if !taken.is_empty() {
            let of = |name: &str| match name {
                "net" => net,
                "state" => state,
                "said" => said,
                _ => long,
            };
            let parameters: Vec<(&str, u32)> = taken.iter().map(|name| (*name, of(name))).collect();
            made.function("add", &parameters);
        }
        Btf::parse(made.bytes()).unwrap()
    }

    #[test]
    fn what_is_fetched_by_name_is_fetched_by_number() {
        let btf = types(&["device", "state", "net", "error", "said"]);
        for (named, numbered) in [
            ("ret=$retval:s32", "ret=$retval:s32"),
            ("comm=$comm", "comm=$comm"),
            ("netns=net->inum:u32", "netns=+12($arg3):u32"),
            ("netns=x->net->inum:u32 flags=x->flags:x32", "netns=+12(+0($arg2)):u32 flags=+32($arg2):x8"),
            ("name=x->method->name:string", "name=+0(+8($arg2)):string"),
            ("text=words->text:string", "text=+0(+8($arg5)):string"),
            ("method=x->method:x64", "method=+8($arg2):x64"),
            ("to=x->address:x32[4]", "to=+16($arg2):x32[4]"),
            ("error=error:s32", "error=$arg4:s32"),
            ("before=-8(x->method):u32", "before=-8(+8($arg2)):u32"),
            ("key=+16(x):x32[6]", "key=+16($arg2):x32[6]"),
            ("key=+16($arg2):x8", "key=+16($arg2):x8"),
        ] {
            assert_eq!(ADD.by_numbers(&btf, named).as_deref(), Some(numbered), "{named}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_fetched() {
        let btf = types(&["net", "state"]);
        for missing in [
            "text=words->text:string",
            "a=x->nothing:u32",
            "a=x->flags->more:u32",
            "a=x->address:x32[5]",
            "a=x->method->name:u32",
            "a=y->flags:u8",
            "a=x->flags",
            "x->flags:u8",
            "a=-8(x->nothing):u8",
            "a=-8(x->method:u8",
            "error=error:s32",
        ] {
            assert_eq!(ADD.by_numbers(&btf, missing), None, "{missing}");
        }
        let twice = types(&["state", "net", "state"]);
        assert_eq!(ADD.by_numbers(&twice, "flags=x->flags:u8"), None, "which of the two is not known");
    }

    #[test]
    fn a_function_that_is_not_told_is_taken_as_it_is_known() {
        let btf = types(&[]);
        assert_eq!(ADD.by_numbers(&btf, "a=x->flags:u8 e=error:s32").as_deref(), Some("a=+32($arg2):u8 e=$arg4:s32"));
    }
}
