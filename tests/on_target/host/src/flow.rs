//! Which functions are called through registers.
//!
//! At opt-level "z" LLVM loads the address of a function once and calls it through the register (`blx r5`), and moves
//! sequences that occur several times into functions of their own (`OUTLINED_FUNCTION_7`), whose last call may be a
//! jump through a register (`bx r5`) that their callers have loaded. Such a call is as good as a direct one if the
//! register holds a known address on every path to it. This follows the constants:
//!
//! ```text
//! state of an instruction: for each register the one value that it has on all paths, or nothing
//! repeat until nothing changes:
//!     take an instruction, apply it to its state
//!         ldr rN, [pc, #k]; movw; movt; mov rN, rM    a value
//!         a call                                      forgets r0 .. r3, ip and lr
//!         a call of an outlined function              is walked through, with the state of its caller
//!         whatever else                               forgets what it writes
//!     join the result into the states of its successors: values that differ are forgotten
//! ```
//!
//! (Kildall, A unified approach to global program optimization, POPL 1973.) The tables of `tbb` and `tbh` are read, so
//! all successors are known; what is never reached is not resolved, and so is refused.

use std::collections::{BTreeMap, BTreeSet};

/// Values of the sixteen registers, where they are known.
type State = [Option<u32>; 16];

/// Outlined functions that may be walked through inside one another.
const DEEPEST: usize = 16;

#[derive(Clone, Debug)]
pub struct Instruction {
    pub address: u32,
    pub name: String,
    /// Without the comment.
    pub operands: String,
}

/// What is known of the image.
pub struct Code<'a> {
    /// First address and size of each function, and whether the compiler has outlined it.
    pub functions: &'a BTreeMap<u32, (u32, bool)>,
    pub instructions: &'a BTreeMap<u32, Instruction>,
    /// The word at an address.
    pub word: &'a dyn Fn(u32) -> Option<u32>,
}

/// What each function calls through registers, and what could not be resolved.
#[derive(Debug, Default, PartialEq)]
pub struct Found {
    /// Function, and function called.
    pub calls: BTreeSet<(u32, u32)>,
    /// Addresses of calls and jumps through registers that lead to no known function.
    pub unknown: BTreeSet<u32>,
}

struct Walk<'a> {
    code: &'a Code<'a>,
    found: Found,
    visited: BTreeSet<u32>,
    /// What an outlined function leaves, by how it was entered.
    known: BTreeMap<(u32, State), Option<State>>,
}

/// Follows the constants through all functions.
pub fn follow(code: &Code<'_>) -> Found {
    let mut walk =
        Walk { code, found: Found::default(), visited: BTreeSet::new(), known: BTreeMap::new() };
    // A branch into the middle of a function may bring anything.
    let mut entries: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for (start, (_, outlined)) in code.functions {
        if !outlined {
            entries.entry(*start).or_default().insert(*start);
        }
    }
    for instruction in code.instructions.values() {
        let (Some(target), Some(here)) =
            (instruction.target(), function_of(code, instruction.address))
        else {
            continue;
        };
        if let Some(there) = function_of(code, target).filter(|there| *there != here) {
            if there != target {
                entries.entry(there).or_default().insert(target);
            }
        }
    }
    for (function, entries) in entries {
        let entries = entries.into_iter().map(|entry| (entry, [None; 16])).collect();
        walk.run(function, entries, 0);
    }
    for instruction in code.instructions.values() {
        let missed = !walk.visited.contains(&instruction.address);
        if missed && instruction.through_register().is_some() {
            walk.found.unknown.insert(instruction.address);
        }
    }
    walk.found
}

/// The number of a register.
fn register(name: &str) -> Option<usize> {
    match name {
        "sb" => Some(9),
        "sl" => Some(10),
        "fp" => Some(11),
        "ip" => Some(12),
        "sp" => Some(13),
        "lr" => Some(14),
        "pc" => Some(15),
        _ => name.strip_prefix('r')?.parse().ok().filter(|number| *number < 16),
    }
}

impl Instruction {
    /// Without the mark of its length.
    fn plain(&self) -> &str {
        self.name.trim_end_matches(".n").trim_end_matches(".w")
    }

    fn operand(&self, at: usize) -> &str {
        self.operands.split(',').nth(at).unwrap_or("").trim()
    }

    fn is_branch(&self) -> bool {
        const CONDITIONS: [&str; 17] = [
            "", "eq", "ne", "cs", "hs", "cc", "lo", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt",
            "gt", "le",
        ];
        let name = self.plain();
        name.starts_with("cb")
            || name.strip_prefix('b').is_some_and(|rest| CONDITIONS.contains(&rest))
    }

    fn is_call(&self) -> bool {
        matches!(self.plain(), "bl" | "blx")
    }

    /// The address that a branch or a call names.
    fn target(&self) -> Option<u32> {
        if !self.is_branch() && !self.is_call() {
            return None;
        }
        let last = self.operands.rsplit(", ").next().unwrap_or("");
        let address = last.split_whitespace().next()?;
        if register(address).is_some() {
            return None;
        }
        u32::from_str_radix(address, 16).ok()
    }

    /// The register of a call or a jump through one; a return is none.
    pub fn through_register(&self) -> Option<usize> {
        let jumps = self.name.starts_with("bx") || self.name.starts_with("blx");
        let through = jumps.then(|| register(self.operand(0))).flatten();
        through.filter(|register| self.name.starts_with("blx") || *register != 14)
    }

    /// Whether it is a return, or an end.
    fn leaves(&self) -> bool {
        let name = self.plain();
        let returns = (name.starts_with("pop") || name.starts_with("ldm"))
            && self.operands.contains("pc")
            || name.starts_with("bx");
        returns || name == "udf"
    }

    /// Whether the next instruction is never reached from it.
    fn is_last(&self) -> bool {
        match self.plain() {
            "b" | "bx" | "udf" | "tbb" | "tbh" => true,
            "pop" | "ldm" | "ldmia" => self.operands.contains("pc"),
            _ => false,
        }
    }

    /// Registers that it may write; calls are not looked at.
    fn writes(&self) -> Vec<usize> {
        const NOTHING: [&str; 22] = [
            "cmp", "cmn", "tst", "teq", "str", "stm", "push", "vpush", "vstr", "vstm", "vcmp",
            "nop", "cb", "dsb", "dmb", "isb", "cps", "msr", "pld", "svc", "bx", "tb",
        ];
        let name = self.plain();
        let reads = NOTHING.iter().any(|prefix| name.starts_with(prefix))
            && !name.starts_with("strex")
            || self.is_branch()
            || name.starts_with("it");
        let mut written = Vec::new();
        let first = self.operand(0);
        written.extend(first.strip_suffix('!').and_then(register));
        // Addresses that are moved on: [r0, #4]!, [r0], #4
        if self.operands.contains("]!") || self.operands.contains("], ") {
            let base = self.operands.split('[').nth(1).unwrap_or("");
            written.extend(register(base.split([',', ']']).next().unwrap_or("").trim()));
        }
        if reads {
            return written;
        }
        if let Some(list) = self.operands.split('{').nth(1) {
            for part in list.trim_end_matches('}').split(',') {
                let ends: Vec<_> = part.split('-').map(|name| register(name.trim())).collect();
                if let (Some(Some(from)), Some(Some(to))) = (ends.first(), ends.last()) {
                    written.extend(*from..=*to);
                }
            }
            return written;
        }
        written.extend(register(first));
        let two = ["ldrd", "umull", "smull", "umlal", "smlal", "umaal", "vmov"];
        if two.iter().any(|prefix| name.starts_with(prefix)) {
            written.extend(register(self.operand(1)));
        }
        written
    }

    /// A number such as #12.
    fn immediate(&self, at: usize) -> Option<i64> {
        let number = self.operand(at).trim_end_matches(']').strip_prefix('#')?;
        number.split_whitespace().next()?.trim_end_matches(']').parse().ok()
    }

    /// The value that it gives its first operand, where that is known.
    fn value(&self, state: &State, word: &dyn Fn(u32) -> Option<u32>) -> Option<u32> {
        match self.plain() {
            "ldr" if self.operand(1) == "[pc" => {
                let base = i64::from((self.address + 4) & !3);
                word(u32::try_from(base + self.immediate(2)?).ok()?)
            }
            "movw" => u32::try_from(self.immediate(1)?).ok(),
            "movt" => {
                let low = state[register(self.operand(0))?]?;
                let high = u32::try_from(self.immediate(1)?).ok()?;
                Some(low & 0xffff | high << 16)
            }
            "mov" => state[register(self.operand(1))?],
            _ => None,
        }
    }
}

/// The function that an address lies in.
fn function_of(code: &Code<'_>, address: u32) -> Option<u32> {
    let (start, (size, _)) = code.functions.range(..=address).next_back()?;
    (address - start < *size).then_some(*start)
}

impl Walk<'_> {
    /// Walks a function from these entries; the state at its returns, `None` if it has none.
    fn run(&mut self, function: u32, entries: Vec<(u32, State)>, depth: usize) -> Option<State> {
        let mut states: BTreeMap<u32, State> = BTreeMap::new();
        let mut waiting = BTreeSet::new();
        let mut left: Option<State> = None;
        for (entry, state) in entries {
            join_at(&mut states, &mut waiting, entry, &state);
        }
        while let Some(address) = waiting.pop_first() {
            let Some(instruction) = self.code.instructions.get(&address) else { continue };
            let mut state = states[&address];
            self.visited.insert(address);
            let code = self.code;
            let outside = |target: u32| function_of(code, target) != Some(function);
            let next = self.code.instructions.range(address + 1..).next().map(|(at, _)| *at);
            let next = next.filter(|next| !instruction.is_last() && !outside(*next));
            let mut successors: Vec<u32> = next.into_iter().collect();
            let target = instruction.target();
            if instruction.through_register().is_some() {
                self.resolve(function, instruction, &state);
            }
            if instruction.is_call() {
                state = self.after_call(function, target, state, depth);
            } else if let Some(target) = target {
                if outside(target) {
                    // A jump into another function returns from it.
                    let after = self.after_call(function, Some(target), state, depth);
                    left = Some(join(left, &after));
                } else {
                    successors.push(target);
                }
            } else {
                if instruction.plain() == "tbb" || instruction.plain() == "tbh" {
                    successors.extend(self.table(function, instruction));
                }
                let value = instruction.value(&state, self.code.word);
                for written in instruction.writes() {
                    state[written] = None;
                }
                if let Some(to) = register(instruction.operand(0)).filter(|_| value.is_some()) {
                    state[to] = value;
                }
                if instruction.leaves() {
                    left = Some(join(left, &state));
                }
            }
            for successor in successors {
                join_at(&mut states, &mut waiting, successor, &state);
            }
        }
        left
    }

    /// A call or a jump through a register.
    fn resolve(&mut self, function: u32, instruction: &Instruction, state: &State) {
        let value = instruction.through_register().and_then(|register| state[register]);
        let start = value.filter(|value| value & 1 == 1).map(|value| value & !1);
        match start.filter(|start| self.code.functions.contains_key(start)) {
            Some(start) => {
                self.found.calls.insert((function, start));
            }
            None => {
                self.found.unknown.insert(instruction.address);
            }
        }
    }

    /// What a call leaves of a state.
    fn after_call(&mut self, function: u32, to: Option<u32>, state: State, depth: usize) -> State {
        let mut after = state;
        for register in [0, 1, 2, 3, 12, 14] {
            after[register] = None;
        }
        let outlined = to.filter(|to| self.code.functions.get(to).is_some_and(|about| about.1));
        let Some(outlined) = outlined else { return after };
        if depth >= DEEPEST || outlined == function {
            return [None; 16];
        }
        if let Some(known) = self.known.get(&(outlined, state)) {
            return known.unwrap_or([None; 16]);
        }
        let left = self.run(outlined, vec![(outlined, state)], depth + 1);
        self.known.insert((outlined, state), left);
        left.unwrap_or([None; 16])
    }

    /// Where a jump by a table leads: bytes or halfwords behind it, in units of two bytes from there on.
    fn table(&mut self, function: u32, instruction: &Instruction) -> Vec<u32> {
        let wide = instruction.plain() == "tbh";
        let (width, base) = (if wide { 2 } else { 1 }, instruction.address + 4);
        let (mut targets, mut at, mut end) = (Vec::new(), base, u32::MAX);
        while at < end {
            let Some(word) = (self.code.word)(at & !3) else { break };
            let shifted = word >> (8 * (at & 3));
            let target = base + 2 * (shifted & if wide { 0xffff } else { 0xff });
            at += width;
            if target >= at && function_of(self.code, target) == Some(function) {
                end = end.min(target);
                targets.push(target);
            } else if end == u32::MAX || at < end {
                // Only the byte that makes a table even may be none of its entries.
                self.found.unknown.insert(instruction.address);
                break;
            }
        }
        targets
    }
}

/// What two states have in common.
fn join(old: Option<State>, new: &State) -> State {
    let Some(mut old) = old else { return *new };
    for (old, new) in old.iter_mut().zip(new) {
        if old != new {
            *old = None;
        }
    }
    old
}

fn join_at(states: &mut BTreeMap<u32, State>, waiting: &mut BTreeSet<u32>, at: u32, state: &State) {
    let before = states.get(&at).copied();
    let after = join(before, state);
    if before != Some(after) {
        states.insert(at, after);
        waiting.insert(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLEE: u32 = 0x200;
    const OUTLINED: u32 = 0x300;

    /// Follows a function at 0x100 and one that is outlined; a word at 0x180 is the address of the callee.
    fn found(lines: &[&str], outlined: &[&str]) -> Found {
        let mut instructions = BTreeMap::new();
        for (start, lines) in [(0x100, lines), (OUTLINED, outlined), (CALLEE, &["bx lr"][..])] {
            for (k, line) in lines.iter().enumerate() {
                let (name, operands) = line.split_once(' ').unwrap_or((line, ""));
                let address = start + 4 * k as u32;
                let (name, operands) = (name.to_owned(), operands.to_owned());
                instructions.insert(address, Instruction { address, name, operands });
            }
        }
        let functions =
            BTreeMap::from([(0x100, (0x100, false)), (CALLEE, (4, false)), (OUTLINED, (64, true))]);
        let word = |at| (at == 0x180).then_some(CALLEE | 1);
        follow(&Code { functions: &functions, instructions: &instructions, word: &word })
    }

    fn resolved(lines: &[&str], outlined: &[&str]) -> bool {
        let found = found(lines, outlined);
        found.unknown.is_empty() && found.calls.iter().any(|(_, to)| *to == CALLEE)
    }

    #[test]
    fn an_address_that_was_loaded_is_known_until_it_is_written() {
        let load = "ldr.w r5, [pc, #124]";
        assert!(resolved(&[load, "blx r5", "blx r5", "bx lr"], &[]));
        assert!(resolved(&["movw r5, #513", "movt r5, #0", "blx r5", "bx lr"], &[]));
        assert!(resolved(&[load, "mov r7, r5", "movs r5, #0", "blx r7", "bx lr"], &[]));
        // An even address is no function in Thumb, and one that is none is none.
        assert!(!resolved(&["movw r5, #512", "movt r5, #0", "blx r5", "bx lr"], &[]));
        assert!(!resolved(&["movw r5, #515", "movt r5, #0", "blx r5", "bx lr"], &[]));
        for writes in [
            "adds r5, #1",
            "ldr r5, [r0, #0]",
            "ldrd r4, r5, [r0]",
            "pop {r4, r5}",
            "pop {r3-r6}",
            "str r0, [r5, #4]!",
            "ldr r0, [r5], #4",
            "umull r4, r5, r0, r1",
            "vmov r4, r5, d0",
            "moveq r5, r0",
            "stmia r5!, {r0, r1}",
            "ldmia r5!, {r0}",
            "vmov r5, s0",
        ] {
            assert!(!resolved(&[load, writes, "blx r5", "bx lr"], &[]), "{writes}");
        }
        for reads in ["cmp r5, #0", "str r5, [r0, #4]", "adds r4, r5, #1", "push {r5}", "it eq"] {
            assert!(resolved(&[load, reads, "blx r5", "bx lr"], &[]), "{reads}");
        }
    }

    #[test]
    fn all_paths_must_agree_and_calls_forget_what_they_may_write() {
        let other = ["ldr.w r5, [pc, #124]", "cbz r0, 10c", "movs r5, #1", "blx r5", "bx lr"];
        assert!(!resolved(&other, &[]));
        let same = ["ldr.w r5, [pc, #124]", "cbz r0, 10c", "movs r4, #1", "blx r5", "bx lr"];
        assert!(resolved(&same, &[]));
        assert!(resolved(&["ldr.w r5, [pc, #124]", "bl 200 <f>", "blx r5", "bx lr"], &[]));
        assert!(!resolved(&["ldr.w r3, [pc, #124]", "bl 200 <f>", "blx r3", "bx lr"], &[]));
        assert!(!resolved(&["ldr.w r3, [pc, #124]", "blx r3", "blx r3", "bx lr"], &[]));
        // A loop that writes the register after the call.
        let around = ["ldr.w r5, [pc, #124]", "blx r5", "movs r5, #1", "b.n 104", "bx lr"];
        assert!(!resolved(&around, &[]));
        // A load of several registers is a return only with the program counter among them.
        let several = ["ldmia r0, {r1, r2}", "ldr.w r5, [pc, #120]", "blx r5", "pop {r4, pc}"];
        assert!(resolved(&several, &[]));
        // What is never reached is not known.
        assert!(!resolved(&["bx lr", "ldr.w r5, [pc, #120]", "blx r5"], &[]));
    }

    #[test]
    fn outlined_functions_are_walked_through_with_the_state_of_their_callers() {
        let jumps = ["mov r3, r8", "bx r5"];
        assert!(resolved(&["ldr.w r5, [pc, #124]", "bl 300 <f>", "bl 300 <f>", "bx lr"], &jumps));
        assert!(!resolved(&["movs r5, #1", "bl 300 <f>", "bx lr"], &jumps));
        assert!(resolved(
            &["bl 300 <f>", "blx r5", "bx lr"],
            &["movw r5, #513", "movt r5, #0", "bx lr"]
        ));
        assert!(!resolved(
            &["ldr.w r5, [pc, #124]", "bl 300 <f>", "blx r5", "bx lr"],
            &["movs r5, #1", "bx lr"]
        ));
        // One that nobody calls.
        assert!(!resolved(&["ldr.w r5, [pc, #124]", "blx r5", "bx lr"], &jumps));
    }
}
