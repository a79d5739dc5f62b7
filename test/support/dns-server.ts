import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** What a resolver was asked. */
export interface Question {
  /** In lower case. */
  name: string;
  /** `A`, `AAAA` or another type's number. */
  type: string;
  over: 'udp' | 'tcp';
}

/** A record of an answer: an address, or the name that another one stands for. */
export type DnsRecord = { name?: string } & ({ a: string } | { aaaa: string } | { cname: string });

/** What a resolver says: records and a code, bytes as they are, or nothing. */
export type Reply =
  | { records?: readonly DnsRecord[]; code?: keyof typeof CODES; changes?: { id?: number; name?: string } }
  | Uint8Array
  | 'silence';

export type Answerer = (question: Question) => Reply;

const CODES = { noError: 0, formErr: 1, servFail: 2, nxDomain: 3, notImp: 4, refused: 5 } as const;
const TYPES: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA' };
/** A longer answer is truncated, and the resolver's client asks again over TCP. */
const UDP_BYTES_MAX = 512;
const FLAG = { response: 0x8000, truncated: 0x0200, recursion: 0x0180 } as const;

/** The answer for a name with these addresses, of either family. */
export function addresses(...found: readonly string[]): Answerer {
  return ({ type }) => ({
    records: found.flatMap((address): DnsRecord[] => {
      const family = address.includes(':') ? 'AAAA' : 'A';
      return family !== type ? [] : [family === 'A' ? { a: address } : { aaaa: address }];
    }),
  });
}

/** A name server on loopback, over UDP and TCP, that answers as it is told. */
export class DnsServer {
  /** As `address:port`. */
  readonly address: string;
  readonly asked: Question[] = [];
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #connections = new Set<Socket>();

  private constructor(udp: UdpSocket, tcp: Server, answer: Answerer) {
    this.#udp = udp;
    this.#tcp = tcp;
    this.address = `127.0.0.1:${udp.address().port}`;
    udp.on('message', (packet, from) => {
      const reply = this.#answer(packet, 'udp', answer);
      if (reply !== undefined)
        udp.send(reply.length > UDP_BYTES_MAX ? truncated(reply) : reply, from.port, from.address);
    });
    tcp.on('connection', (socket) => {
      this.#connections.add(socket);
      let unread = Buffer.alloc(0);
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        unread = Buffer.concat([unread, chunk]);
        while (unread.length >= 2 && unread.length >= 2 + unread.readUInt16BE(0)) {
          const end = 2 + unread.readUInt16BE(0);
          const reply = this.#answer(unread.subarray(2, end), 'tcp', answer);
          unread = unread.subarray(end);
          if (reply !== undefined) socket.write(Buffer.concat([uint16(reply.length), reply]));
        }
      });
    });
  }

  static async start(answer: Answerer): Promise<DnsServer> {
    // Both need one port, and another process may have the one that UDP was given.
    for (let tries = 0; ; tries++) {
      const udp = createSocket('udp4');
      udp.bind(0, '127.0.0.1');
      await once(udp, 'listening');
      const tcp = createServer();
      try {
        tcp.listen(udp.address().port, '127.0.0.1');
        await once(tcp, 'listening');
        return new DnsServer(udp, tcp, answer);
      } catch (error) {
        udp.close();
        if (tries === 9) throw error;
      }
    }
  }

  /** The types that it was asked for a name. */
  askedFor(name: string): string[] {
    return this.asked.filter((one) => one.name === name).map(({ type }) => type);
  }

  close(): void {
    this.#udp.close();
    this.#tcp.close();
    for (const socket of this.#connections) socket.destroy();
  }

  #answer(packet: Buffer, over: Question['over'], answer: Answerer): Buffer | undefined {
    const { end, ...asked } = questionOf(packet);
    const question = { ...asked, over };
    this.asked.push(question);
    const reply = answer(question);
    if (reply === 'silence') return undefined;
    if (reply instanceof Uint8Array) return Buffer.from(reply);
    const { records = [], code = 'noError', changes = {} } = reply;
    const { id = packet.readUInt16BE(0), name } = changes;
    const flags = FLAG.response | FLAG.recursion | CODES[code];
    const type = packet.subarray(end - 4, end);
    return Buffer.concat([
      Buffer.concat([id, flags, 1, records.length, 0, 0].map(uint16)),
      ...(name === undefined ? [packet.subarray(12, end)] : [encodedName(name), type]),
      ...records.map((record) => encoded(record, question.name)),
    ]);
  }
}

/** The first question of a packet, and where it ends. */
function questionOf(packet: Buffer): { name: string; type: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = packet[at] ?? 0; length > 0; length = packet[at] ?? 0) {
    labels.push(packet.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = packet.readUInt16BE(at + 1);
  return { name: labels.join('.').toLowerCase(), type: TYPES[type] ?? String(type), end: at + 5 };
}

function encoded(record: DnsRecord, asked: string): Buffer {
  const [type, data] =
    'a' in record
      ? [1, Buffer.from(record.a.split('.').map(Number))]
      : 'aaaa' in record
        ? [28, encodedV6(record.aaaa)]
        : [5, encodedName(record.cname)];
  const ttl = Buffer.concat([uint16(0), uint16(60)]);
  return Buffer.concat([encodedName(record.name ?? asked), uint16(type), uint16(1), ttl, uint16(data.length), data]);
}

function encodedName(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label, 'latin1')]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

function encodedV6(address: string): Buffer {
  const [head = '', tail] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [first, last] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => 0);
  return Buffer.concat([...first, ...zeros, ...last].map(uint16));
}

/** The header and question of an answer, marked as truncated. */
function truncated(reply: Buffer): Buffer {
  const { end } = questionOf(reply);
  const short = Buffer.from(reply.subarray(0, end));
  short.writeUInt16BE(short.readUInt16BE(2) | FLAG.truncated, 2);
  short.writeUInt16BE(0, 6);
  return short;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
