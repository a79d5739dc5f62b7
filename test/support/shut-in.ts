import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SHUT_IN = ['--user', '--map-root-user', '--net'];

/** Whether this machine can run a program in a network of its own. */
export const canShutIn = (): boolean =>
  spawnSync('unshare', [...SHUT_IN, 'ip', 'link', 'set', 'lo', 'up']).status === 0;

/** A program in a network of its own, and the port of our loopback that leads to its port. */
export interface ShutIn {
  readonly process: ChildProcess;
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Runs a server that can only listen on all interfaces where there is no interface but loopback: nobody else can reach
 * it. A socket file leads in, a port of our own loopback to that.
 */
export async function startShutIn(command: readonly string[], options: { port: number; cwd: string }): Promise<ShutIn> {
  const folder = mkdtempSync(join(tmpdir(), 'postrider-shut-in-'));
  const door = join(folder, 'door');
  const relay = fileURLToPath(new URL('shut-in-relay.ts', import.meta.url));
  const inside = ['sh', '-c', 'ip link set lo up && exec "$@"', 'sh', process.execPath, relay, door];
  const child = spawn('unshare', [...SHUT_IN, ...inside, String(options.port), ...command], {
    cwd: options.cwd,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const server = createServer((outer) => joinSockets(outer, connect(door)));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    process: child,
    port,
    async stop() {
      const ended = child.exitCode === null ? new Promise((resolve) => child.once('exit', resolve)) : undefined;
      // The relay ends, and its server with it, when its input does: also if this process is killed.
      child.stdin?.end();
      await ended;
      await new Promise((closed) => server.close(closed));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Passes on what either says to the other, and ends both when one ends. */
export function joinSockets(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one);
  for (const [socket, peer] of [
    [one, other],
    [other, one],
  ] as const) {
    socket.on('error', () => peer.destroy());
    socket.on('close', () => peer.destroy());
  }
}
