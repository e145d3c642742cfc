//! One opcode: the semantics of the format in one table, from the byte to what it does.
//!
//! It is as permissive as the union of CPython's C and Python unpicklers: unknown protocol numbers, padded and
//! hexadecimal numbers, missing PROTO and wrong FRAME lengths are all taken, because a stricter scanner is blind to
//! what a looser loader runs.

use super::machine::{MAX_NAME_BYTES, Machine};
use super::opcode::number;
use super::tape::End;
use super::value::{Arena, Node, Value};

impl Machine<'_> {
    /// Takes one opcode; those that most pickles are made of come first.
    #[inline]
    pub(super) fn step(&mut self, code: u8, at: u64) -> Result<(), End> {
        match code {
            b'(' => self.push_mark(),
            b'0' => self.pop_or_unmark(),
            b'2' => self.duplicate(),
            b'N' | 0x88 | 0x89 | b']' | 0x8f | 0x97 => self.push(Value::Opaque),
            b'G' => {
                self.tape.array::<8>()?;
                self.push(Value::Opaque);
            }
            b'J' => {
                let number = i32::from_le_bytes(self.tape.array()?);
                self.push(Value::Int(number));
            }
            b'K' => {
                let number = i32::from(self.tape.u8()?);
                self.push(Value::Int(number));
            }
            b'M' => {
                let number = i32::from(self.tape.u16()?);
                self.push(Value::Int(number));
            }
            b'U' | 0x8c => {
                let length = u64::from(self.tape.u8()?);
                self.text(length)?;
            }
            b'X' | b'T' => {
                let length = u64::from(self.tape.u32()?);
                self.text(length)?;
            }
            b')' => self.push(Arena::empty_tuple()),
            b't' => self.tuple_since_mark(),
            0x85 => self.tuple_of(1),
            0x86 => self.tuple_of(2),
            0x87 => self.tuple_of(3),
            b'}' => self.push(Value::Dict),
            b'a' => self.append(),
            b'e' | 0x90 => self.drop_elements("APPENDS"),
            b's' => self.set_item(),
            b'u' => self.set_items_since_mark(),
            b'h' => {
                let index = u64::from(self.tape.u8()?);
                self.get(index, at);
            }
            b'j' => {
                let index = u64::from(self.tape.u32()?);
                self.get(index, at);
            }
            b'q' => {
                let index = u64::from(self.tape.u8()?);
                self.put(index);
            }
            b'r' => {
                let index = u64::from(self.tape.u32()?);
                self.put(index);
            }
            0x94 => self.put(self.memo.len() as u64),
            _ => return self.rare_step(code, at),
        }
        Ok(())
    }

    #[inline(never)]
    fn rare_step(&mut self, code: u8, at: u64) -> Result<(), End> {
        match code {
            b'.' => return Err(End::Stop),
            b'c' => self.global(at)?,
            b'i' => self.inst(at)?,
            0x93 => self.stack_global(at),
            b'o' => self.obj(at),
            0x81 => self.newobj(at),
            0x92 => self.newobj_ex(at),
            b'R' => self.reduce(at),
            b'b' => self.build(at),
            0x80 => self.walk.facts.protocol = self.walk.facts.protocol.max(self.tape.u8()?),
            0x95 => {
                let length = self.tape.u64()?;
                self.frame_end = self.tape.position().saturating_add(length);
            }
            0x98 => {}
            b'1' => self.drop_to_mark("POP_MARK"),
            b'l' | 0x91 => self.opaque_since_mark(),
            b'd' => self.dict_since_mark(),
            b'P' => {
                self.tape.line()?;
                self.add(Node::Persistent(Value::Opaque));
            }
            b'Q' => self.persistent(),
            0x82 => {
                let code = u32::from(self.tape.u8()?);
                self.extension(code, at);
            }
            0x83 => {
                let code = u32::from(self.tape.u16()?);
                self.extension(code, at);
            }
            0x84 => {
                let code = self.tape.u32()?;
                self.extension(code, at);
            }
            _ => return self.constant_step(code, at),
        }
        Ok(())
    }

    /// Constants that are long, or written as text.
    fn constant_step(&mut self, code: u8, at: u64) -> Result<(), End> {
        match code {
            b'B' => {
                let length = u64::from(self.tape.u32()?);
                self.bytes(length)?;
            }
            b'C' => {
                let length = u64::from(self.tape.u8()?);
                self.bytes(length)?;
            }
            0x8e | 0x96 => {
                let length = self.tape.u64()?;
                self.bytes(length)?;
            }
            0x8d => {
                let length = self.tape.u64()?;
                self.text(length)?;
            }
            0x8a => {
                let length = u64::from(self.tape.u8()?);
                self.long(length)?;
            }
            0x8b => {
                let length = u64::from(self.tape.u32()?);
                self.long(length)?;
            }
            b'F' => {
                self.tape.line()?;
                self.push(Value::Opaque);
            }
            b'I' | b'L' => {
                let number = self.number_line()?;
                let value = self.arena.int(number);
                self.push(value);
            }
            b'g' => {
                let index = self.index_line()?;
                self.get(index, at);
            }
            b'p' => {
                let index = self.index_line()?;
                self.put(index);
            }
            b'S' | b'V' => self.escaped()?,
            unknown => return Err(End::Unknown(unknown)),
        }
        Ok(())
    }

    fn number_line(&mut self) -> Result<i64, End> {
        let line = self.tape.line()?;
        Ok(line.map_or(0, |range| number(self.tape.shown(range))))
    }

    /// Reads a memo index; C `_pickle` takes whatever `int()` takes.
    fn index_line(&mut self) -> Result<u64, End> {
        self.number_line().map(|number| u64::try_from(number).unwrap_or(u64::MAX))
    }

    /// Reads a little-endian two's complement number; values over eight bytes are nobody's index.
    fn long(&mut self, length: u64) -> Result<(), End> {
        let Some(length) = usize::try_from(length).ok().filter(|length| *length <= 8) else {
            self.tape.pass(length)?;
            self.push(Value::Opaque);
            return Ok(());
        };
        let bytes = self.tape.bytes(length)?;
        let fill = if bytes.last().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
        let mut wide = [fill; 8];
        for (slot, byte) in wide.iter_mut().zip(bytes) {
            *slot = *byte;
        }
        let value = self.arena.int(i64::from_le_bytes(wide));
        self.push(value);
        Ok(())
    }

    /// Reads two lines: module and name.
    pub(super) fn two_lines(&mut self) -> Result<(Vec<u8>, Vec<u8>), End> {
        let line = self.tape.line()?;
        let first = line.map_or_else(|| vec![b'?'; MAX_NAME_BYTES + 1], |range| self.tape.shown(range).to_vec());
        let line = self.tape.line()?;
        let second = line.map_or_else(|| vec![b'?'; MAX_NAME_BYTES + 1], |range| self.tape.shown(range).to_vec());
        Ok((first, second))
    }
}
