import type { Duplex } from 'node:stream';

/** What a hostile receiver does with a connection: the raw one, or what is inside TLS. */
export type Serve = (socket: Duplex) => void;

/** How much is written at a time of what has no end. */
const CHUNK_BYTES = 65_536;

/** What a receiver answers to each request. */
export const answering =
  (answer: string | Buffer): Serve =>
  (socket) =>
    socket.on('data', () => socket.write(bytesOf(answer)));

/** The same, and then it closes the connection. */
export const answeringOnce =
  (answer: string): Serve =>
  (socket) =>
    socket.once('data', () => socket.end(bytesOf(answer)));

/** Repeats a text as fast as it is read, after a beginning. */
export const flooding =
  (text: string, beginning = ''): Serve =>
  (socket) =>
    socket.once('data', () => flood(socket, text, beginning));

/** Sends a text every so many ms, after a beginning. */
export const dripping =
  (text: string, everyMs: number, beginning = ''): Serve =>
  (socket) =>
    socket.once('data', () => {
      socket.write(bytesOf(beginning));
      const timer = setInterval(() => socket.write(bytesOf(text)), everyMs);
      socket.once('close', () => clearInterval(timer));
    });

function flood(socket: Duplex, text: string, beginning = ''): void {
  const chunk = bytesOf(text.repeat(Math.ceil(CHUNK_BYTES / text.length)));
  const go = () => {
    // Not in one go while the other side reads: other connections would have to wait.
    if (!socket.destroyed && socket.write(chunk)) setImmediate(go);
  };
  socket.on('drain', go);
  socket.write(bytesOf(beginning));
  go();
}

/** Each character is a byte. */
function bytesOf(text: string | Buffer): Buffer {
  return typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
}
