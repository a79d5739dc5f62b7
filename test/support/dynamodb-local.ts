import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { type DynamoDbEngine, loopbackClient } from './dynamodb.ts';

/** The jar that AWS publishes, as its Amplify CLI ships it: only these files are used, not the package's launcher. */
const folder = fileURLToPath(new URL('../../node_modules/amplify-dynamodb-simulator/emulator/', import.meta.url));
const START_MS_MAX = 60_000;

/** Why DynamoDB Local cannot run here; undefined where it can. */
export function whyNoDynamoDbLocal(): string | undefined {
  if (!existsSync(folder)) return 'the package amplify-dynamodb-simulator is not installed';
  // macOS has a `java` that only says where to get one.
  if (spawnSync('java', ['-version']).status !== 0) return 'there is no Java here';
  return undefined;
}

/** Starts DynamoDB Local, in memory, on a free port. It ends with `stop`, or with this process. */
export async function startDynamoDbLocal(): Promise<DynamoDbEngine> {
  const port = await freePort();
  const args = ['-XX:TieredStopAtLevel=1', '-Djava.library.path=DynamoDBLocal_lib', '-jar', 'DynamoDBLocal.jar'];
  const options = ['-inMemory', '-disableTelemetry', '-port', String(port)];
  const java = spawn('java', [...args, ...options], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const kill = () => java.kill('SIGKILL');
  process.once('exit', kill);
  const client = loopbackClient(port);
  await untilReady(java, () => client.send(new ListTablesCommand({})));
  return {
    client,
    port,
    async stop() {
      client.destroy();
      process.off('exit', kill);
      const ended = new Promise((resolve) => java.once('exit', resolve));
      kill();
      await ended;
    },
  };
}

async function untilReady(java: ChildProcess, ask: () => Promise<unknown>): Promise<void> {
  let said = '';
  java.stderr?.on('data', (data: Buffer) => {
    said += data.toString();
  });
  const deadline = performance.now() + START_MS_MAX;
  while (performance.now() < deadline && java.exitCode === null) {
    const isReady = await ask().then(
      () => true,
      () => false,
    );
    if (isReady) return;
    await setTimeout(50);
  }
  java.kill('SIGKILL');
  throw new Error(`DynamoDB Local did not start within ${START_MS_MAX / 1000} s. It said: ${said}`);
}

/** DynamoDB Local takes no port 0: the system names one that is free at this moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address && typeof address === 'object') return address.port;
  throw new Error('The loopback server has no port.');
}
