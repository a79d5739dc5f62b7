import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { joinSockets } from './isolated-server.ts';

/* Runs inside its own network namespace: starts a server there, and relays from a socket file to its port. */

const [door = '', port = '', command = '', ...args] = process.argv.slice(2);
const server = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
server.on('exit', (code) => process.exit(code ?? 1));
process.stdin.resume();
process.stdin.on('end', () => server.kill('SIGKILL'));
createServer((outer) => joinSockets(outer, connect(Number(port), '127.0.0.1'))).listen(door);
