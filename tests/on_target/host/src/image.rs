//! A linked image: its functions, who calls whom, and how much stack each takes.

use crate::flow::{Code, Instruction, follow};
use object::{Object, ObjectSection, ObjectSymbol, SectionKind, SymbolKind};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;
use std::process::Command;

/// Parts of names that give a panic, an allocator or formatting code away.
const FORBIDDEN: [&str; 9] = [
    "core::panicking",
    "unwrap_failed",
    "expect_failed",
    "core::slice::index",
    "rust_begin_unwind",
    "__rust_alloc",
    "__rdl_alloc",
    "alloc::alloc",
    "core::fmt",
];

#[derive(Default)]
pub struct Function {
    pub name: String,
    size: u32,
    stack: u32,
    calls: BTreeSet<u32>,
    /// A call or jump through a register that may hold anything, or a trap.
    suspicious: Option<String>,
}

/// Functions by address.
pub struct Image {
    functions: BTreeMap<u32, Function>,
}

impl Image {
    /// Reads an ELF file for ARM and what `arm-none-eabi-objdump` says of it.
    pub fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let bytes = std::fs::read(path)?;
        let elf = object::File::parse(&*bytes)?;
        let mut functions = BTreeMap::new();
        for symbol in
            elf.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.size() > 0)
        {
            let name = format!("{:#}", rustc_demangle::demangle(symbol.name()?));
            let function = Function { name, size: symbol.size() as u32, ..Function::default() };
            functions.insert(symbol.address() as u32 & !1, function);
        }
        let mut image = Self { functions };
        let listing = Command::new("arm-none-eabi-objdump")
            .args(["-d", "--no-show-raw-insn"])
            .arg(path)
            .output()?;
        let instructions = image.read_listing(&String::from_utf8_lossy(&listing.stdout));
        let word = |address: u32| {
            elf.sections().filter(|section| section.kind() == SectionKind::Text).find_map(
                |section| {
                    let offset =
                        usize::try_from(u64::from(address).checked_sub(section.address())?).ok()?;
                    let bytes = section.data().ok()?.get(offset..)?.first_chunk::<4>()?;
                    Some(u32::from_le_bytes(*bytes))
                },
            )
        };
        image.resolve(&instructions, &word);
        let sizes = elf
            .section_by_name(".stack_sizes")
            .ok_or("no .stack_sizes: build with -Z emit-stack-sizes")?;
        image.read_stack_sizes(sizes.data()?);
        Ok(image)
    }

    /// Calls through registers whose values are known are calls like any other.
    fn resolve(
        &mut self,
        instructions: &BTreeMap<u32, Instruction>,
        word: &dyn Fn(u32) -> Option<u32>,
    ) {
        let about =
            |function: &Function| (function.size, function.name.starts_with("OUTLINED_FUNCTION_"));
        let functions =
            self.functions.iter().map(|(at, function)| (*at, about(function))).collect();
        let found = follow(&Code { functions: &functions, instructions, word });
        for (caller, callee) in found.calls {
            if let Some(function) = self.functions.get_mut(&caller) {
                function.calls.insert(callee);
            }
        }
        for address in found.unknown {
            let Some((_, function)) = self.functions.range_mut(..=address).next_back() else {
                continue;
            };
            let instruction = instructions.get(&address);
            function.suspicious =
                instruction.map(|found| format!("{} {}", found.name, found.operands));
        }
    }

    /// Calls, and the stack that a prologue takes: what hand-written functions are known by. All instructions.
    fn read_listing(&mut self, listing: &str) -> BTreeMap<u32, Instruction> {
        let (mut here, mut instructions) = (0, BTreeMap::new());
        for line in listing.lines() {
            if let Some((address, _)) =
                line.split_once(" <").filter(|(address, _)| address.len() == 8)
            {
                here = u32::from_str_radix(address, 16).unwrap_or(0);
                continue;
            }
            let Some((address, instruction)) = line.split_once(":\t") else { continue };
            let mut parts = instruction.split_whitespace();
            let (name, operands) =
                (parts.next().unwrap_or(""), parts.collect::<Vec<_>>().join(" "));
            let Some((start, function)) = self.functions.range_mut(..=here).next_back() else {
                continue;
            };
            let inside = *start..*start + function.size;
            if !inside.contains(&here) {
                continue;
            }
            function.stack += pushed(name, &operands);
            let plain = operands.split(['@', ';']).next().unwrap_or("").trim();
            if let (Ok(address), false) =
                (u32::from_str_radix(address.trim(), 16), name.starts_with('.'))
            {
                let (name, operands) = (name.to_owned(), plain.to_owned());
                instructions.insert(address, Instruction { address, name, operands });
            }
            match name {
                "ldr" | "ldr.w" | "mov" | "add" if operands.starts_with("pc,") => {
                    function.suspicious = Some(instruction.to_owned());
                }
                "udf" if !ends_the_program(&function.name) => {
                    function.suspicious = Some(instruction.to_owned());
                }
                _ if name.starts_with('b') || name.starts_with("cb") => {
                    let target = operands.split_whitespace().rev().nth(1).unwrap_or(&operands);
                    if let Ok(target) = u32::from_str_radix(target, 16) {
                        if !inside.contains(&target) {
                            function.calls.insert(target);
                        }
                    }
                }
                _ => {}
            }
        }
        instructions
    }

    /// Records of an address and a size (ULEB128), as LLVM writes them; they replace what the prologue says.
    fn read_stack_sizes(&mut self, mut records: &[u8]) {
        while let Some((address, rest)) = records.split_first_chunk::<4>() {
            let (mut size, mut shift) = (0, 0);
            records = rest;
            while let Some((byte, rest)) = records.split_first() {
                records = rest;
                size |= u32::from(byte & 127) << shift;
                shift += 7;
                if byte & 128 == 0 {
                    break;
                }
            }
            if let Some(function) = self.functions.get_mut(&(u32::from_le_bytes(*address) & !1)) {
                // A function that the compiler has outlined has no frame of its own, but may save a register.
                let outlined = function.name.starts_with("OUTLINED_FUNCTION_");
                function.stack = if outlined { size.max(function.stack) } else { size };
            }
        }
    }

    /// The address of a function whose name begins so.
    pub fn find(&self, name: &str) -> Option<u32> {
        self.functions
            .iter()
            .find(|(_, function)| function.name.starts_with(name))
            .map(|(address, _)| *address)
    }

    /// Fails with what is wrong; says what was looked at otherwise.
    pub fn audit(&self) -> Result<String, Box<dyn Error>> {
        let mut faults = Vec::new();
        for function in self.functions.values() {
            if FORBIDDEN.iter().any(|part| function.name.contains(part)) {
                faults.push(format!("{} is linked", function.name));
            }
            if let Some(instruction) = &function.suspicious {
                faults.push(format!("{}: {instruction}", function.name));
            }
        }
        let mut deepest = 0;
        for start in self.functions.keys() {
            match self.stack_bound(*start) {
                Ok(bound) => deepest = deepest.max(bound),
                Err(cycle) => faults.push(cycle.to_string()),
            }
        }
        if !faults.is_empty() {
            faults.sort();
            faults.dedup();
            return Err(faults.join("\n").into());
        }
        let functions = self.functions.len();
        Ok(format!(
            "{functions} functions; no panic, allocator or formatting code; no recursion, no indirect call, no trap; \
             at most {deepest} bytes of stack"
        ))
    }

    /// Bytes of stack that a function and all that it calls can take.
    ///
    /// # Errors
    /// A cycle of calls.
    pub fn stack_bound(&self, start: u32) -> Result<u32, Box<dyn Error>> {
        self.walk_stack(start, &mut Vec::new(), &mut BTreeMap::new())
    }

    fn walk_stack(
        &self,
        at: u32,
        path: &mut Vec<u32>,
        known: &mut BTreeMap<u32, u32>,
    ) -> Result<u32, Box<dyn Error>> {
        if let Some(bound) = known.get(&at) {
            return Ok(*bound);
        }
        let Some(function) = self.functions.get(&at) else { return Ok(0) };
        if path.contains(&at) {
            return Err(format!("{} calls itself", function.name).into());
        }
        path.push(at);
        let mut most = 0;
        for callee in &function.calls {
            most = most.max(self.walk_stack(*callee, path, known)?);
        }
        path.pop();
        known.insert(at, most + function.stack);
        Ok(most + function.stack)
    }

    /// Bytes of code of these functions and all that they call.
    pub fn flash(&self, roots: &[u32]) -> u32 {
        let (mut reached, mut waiting) = (BTreeSet::new(), roots.to_vec());
        while let Some(at) = waiting.pop() {
            if let Some(function) = self.functions.get(&at) {
                if reached.insert(at) {
                    waiting.extend(&function.calls);
                }
            }
        }
        reached.iter().filter_map(|at| self.functions.get(at)).map(|function| function.size).sum()
    }
}

/// What follows the end of a program is a trap.
fn ends_the_program(name: &str) -> bool {
    name == "Reset" || name.ends_with("__cortex_m_rt_main") || name.ends_with("arm_compat::exit")
}

/// Bytes that one instruction of a prologue takes.
fn pushed(name: &str, operands: &str) -> u32 {
    let registers = operands.split('{').nth(1).map_or(0, |list| {
        list.trim_end_matches('}')
            .split(',')
            .map(|part| match part.trim().split_once('-') {
                Some((from, to)) => number(to).saturating_sub(number(from)) + 1,
                None => 1,
            })
            .sum()
    });
    match name {
        "push" => 4 * registers,
        "vpush" => 8 * registers,
        // One register, with room beside it: str.w lr, [sp, #-8]!
        "str" | "str.w" if operands.contains("[sp, #-") && operands.contains("]!") => operands
            .split("#-")
            .nth(1)
            .and_then(|size| size.split(']').next()?.parse().ok())
            .unwrap_or(0),
        "stmdb" if operands.starts_with("sp!") => 4 * registers,
        "sub" | "sub.w" | "subw" if operands.starts_with("sp,") => operands
            .rsplit('#')
            .next()
            .and_then(|size| size.split_whitespace().next()?.parse().ok())
            .unwrap_or(0),
        _ => 0,
    }
}

fn number(register: &str) -> u32 {
    register.trim_start_matches(|c: char| !c.is_ascii_digit()).trim().parse().unwrap_or(0)
}
