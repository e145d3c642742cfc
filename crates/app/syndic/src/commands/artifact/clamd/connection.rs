//! One connection to a daemon, over either kind of socket, on which nothing takes for ever.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::Address;

/// Longest answer that is read; the daemon's are a line.
const MAX_ANSWER_BYTES: usize = 4 << 10;

/// An open connection.
pub(super) enum Connection {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// The system's; nobody there; nobody who answers in time.
    pub(super) fn open(address: &Address, timeout: Duration) -> io::Result<Self> {
        let (address, deadline) = (address.clone(), timeout);
        let (sender, receiver) = mpsc::channel();
        // Looking up a name and connecting to a local socket know no timeout of their own.
        thread::spawn(move || {
            // Nobody waits any more when the time is over.
            let _ = sender.send(connect(&address, deadline));
        });
        let connection = receiver.recv_timeout(timeout).map_err(|_| late())??;
        match &connection {
            Self::Unix(stream) => stream.set_write_timeout(Some(timeout))?,
            Self::Tcp(stream) => stream.set_write_timeout(Some(timeout))?,
        }
        Ok(connection)
    }

    /// Returns the daemon's line without its end, and whether it came whole.
    pub(super) fn answer(&mut self, timeout: Duration) -> (String, io::Result<()>) {
        let mut bytes = Vec::new();
        let outcome = self.read_answer(Instant::now() + timeout, &mut bytes);
        (String::from_utf8_lossy(&bytes).trim().to_owned(), outcome)
    }

    fn read_answer(&mut self, deadline: Instant, bytes: &mut Vec<u8>) -> io::Result<()> {
        let mut piece = [0; 512];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(late());
            }
            match self {
                Self::Unix(stream) => stream.set_read_timeout(Some(left))?,
                Self::Tcp(stream) => stream.set_read_timeout(Some(left))?,
            }
            let count = match self.read(&mut piece) {
                Ok(0) => return Err(io::Error::new(ErrorKind::UnexpectedEof, "it closed the connection")),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(late()),
                Err(error) => return Err(error),
            };
            for byte in piece.iter().take(count) {
                if *byte == 0 || *byte == b'\n' {
                    return Ok(());
                }
                if bytes.len() >= MAX_ANSWER_BYTES {
                    return Err(io::Error::new(ErrorKind::InvalidData, "its answer has no end"));
                }
                bytes.push(*byte);
            }
        }
    }
}

fn connect(address: &Address, timeout: Duration) -> io::Result<Connection> {
    match address {
        Address::Unix(path) => UnixStream::connect(path).map(Connection::Unix),
        Address::Tcp(host) => {
            let mut last = io::Error::new(ErrorKind::NotFound, "the name leads nowhere");
            for address in host.to_socket_addrs()? {
                match TcpStream::connect_timeout(&address, timeout) {
                    Ok(stream) => return Ok(Connection::Tcp(stream)),
                    Err(error) => last = error,
                }
            }
            Err(last)
        }
    }
}

fn late() -> io::Error {
    io::Error::new(ErrorKind::TimedOut, "its time is over")
}

impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.read(buffer),
            Self::Tcp(stream) => stream.read(buffer),
        }
    }
}

impl Write for Connection {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.write(buffer),
            Self::Tcp(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Unix(stream) => stream.flush(),
            Self::Tcp(stream) => stream.flush(),
        }
    }
}
