//! Bytecode as text: one instruction per line, positions in units from the function's start.

use super::{
    bytecode::{Op, Unit},
    code::Func,
    vector::{Binary, Extract, Lane, Load, Shift, Splat, Ternary, Test, Unary},
};
use std::fmt::{self, Write};

/// The text of a function's bytecode.
pub fn disassemble(func: &Func) -> String {
    let mut text = format!("func {} {} slots {}\n", func.index.0, func.ty, func.frame_slots);
    let mut at = 0;
    while at < func.code.len() {
        // Writing to a string does not fail.
        let _ = instruction(&mut text, &func.code, &mut at);
    }
    text
}

struct Operands<'a> {
    code: &'a [Unit],
    at: usize,
}

impl Operands<'_> {
    fn unit(&mut self) -> u16 {
        self.at += 1;
        self.code[self.at - 1]
    }

    fn word(&mut self) -> u32 {
        u32::from(self.unit()) | u32::from(self.unit()) << 16
    }

    fn jump(&mut self, start: usize) -> i64 {
        start as i64 + i64::from(self.word() as i32)
    }
}

fn instruction(text: &mut String, code: &[Unit], at: &mut usize) -> fmt::Result {
    let start = *at;
    let mut operands = Operands { code, at: start };
    let op = Op::ALL[usize::from(operands.unit())];
    write!(text, "{start:5}: {}", op.text())?;
    for letter in op.shape().bytes() {
        match letter {
            b'r' => write!(text, " r{}", operands.unit())?,
            b'i' => write!(text, " {}", operands.word() as i32)?,
            b'k' => write!(text, " {}", operands.word())?,
            b'l' => write!(text, " {:#x}", u64::from(operands.word()) | u64::from(operands.word()) << 32)?,
            b'j' => write!(text, " -> {}", operands.jump(start))?,
            b'n' => write!(text, " {}", operands.unit())?,
            b'v' => write!(text, " {}", vector_operator(op, operands.unit().into()))?,
            _ => {
                let count = operands.word();
                text.push_str(" [");
                for index in 0..=count {
                    write!(text, "{}{}", if index == 0 { "" } else { " " }, operands.jump(start))?;
                }
                text.push(']');
            }
        }
    }
    text.push('\n');
    *at = operands.at;
    Ok(())
}

/// The name of the vector operator with this number among those of the instruction's shape.
fn vector_operator(op: Op, number: usize) -> &'static str {
    match op {
        Op::VectorUnary => Unary::ALL[number].text(),
        Op::VectorBinary => Binary::ALL[number].text(),
        Op::VectorTernary => Ternary::ALL[number].text(),
        Op::VectorShift => Shift::ALL[number].text(),
        Op::VectorTest => Test::ALL[number].text(),
        Op::VectorSplat => Splat::ALL[number].text(),
        Op::VectorExtract => Extract::ALL[number].text(),
        Op::VectorLoadPart => Load::ALL[number].text(),
        _ => Lane::ALL[number].text(),
    }
}
