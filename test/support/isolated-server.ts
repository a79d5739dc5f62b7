import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ISOLATED = ['--user', '--map-root-user', '--net'];

/** Whether this machine can run a program in its own network namespace. */
export const canIsolate = (): boolean =>
  spawnSync('unshare', [...ISOLATED, 'ip', 'link', 'set', 'lo', 'up']).status === 0;

/** A program in its own network namespace, and the loopback port that leads to it. */
export interface IsolatedServer {
  readonly process: ChildProcess;
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Runs a server that can only listen on all interfaces in a network namespace with only loopback, so that it cannot be
 * reached from outside. A port on our own loopback leads to a socket file, and that to the server.
 */
export async function startIsolated(
  command: readonly string[],
  options: { port: number; cwd: string },
): Promise<IsolatedServer> {
  const folder = mkdtempSync(join(tmpdir(), 'postrider-isolated-'));
  const door = join(folder, 'door');
  const relay = fileURLToPath(new URL('isolated-server-relay.ts', import.meta.url));
  const inside = ['sh', '-c', 'ip link set lo up && exec "$@"', 'sh', process.execPath, relay, door];
  const child = spawn('unshare', [...ISOLATED, ...inside, String(options.port), ...command], {
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
      // The relay and its server end when its input does, even if this process is killed.
      child.stdin?.end();
      await ended;
      await new Promise((closed) => server.close(closed));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Relays data in both directions, and ends both when one ends. */
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
