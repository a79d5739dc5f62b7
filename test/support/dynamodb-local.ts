import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { type DynamoDbEngine, loopbackClient } from './dynamodb.ts';
import { canIsolate, type IsolatedServer, startIsolated } from './isolated-server.ts';

/** The jar that AWS publishes, as shipped with its Amplify CLI; the package's launcher is not used. */
const folder = fileURLToPath(new URL('../../node_modules/amplify-dynamodb-simulator/emulator/', import.meta.url));
const START_MS_MAX = 60_000;
/** In its own network namespace every port is free. */
const PORT = 8000;

/** Why DynamoDB Local cannot run here; undefined if it can. */
export function whyNoDynamoDbLocal(): string | undefined {
  if (!existsSync(folder)) return 'the package amplify-dynamodb-simulator is not installed';
  // macOS has a `java` stub that only says where to get one.
  if (spawnSync('java', ['-version']).status !== 0) return 'Java is not installed';
  if (!canIsolate()) return 'it would listen on all interfaces, and this machine cannot isolate it (unshare, ip)';
  return undefined;
}

/**
 * Starts DynamoDB Local, in memory. It ends with `stop`, or with this process. It listens on all interfaces, which
 * cannot be configured, so it runs in its own network namespace.
 */
export async function startDynamoDbLocal(): Promise<DynamoDbEngine> {
  const java = [
    'java',
    '-XX:TieredStopAtLevel=1',
    '-Djava.library.path=DynamoDBLocal_lib',
    '-jar',
    'DynamoDBLocal.jar',
  ];
  const options = ['-inMemory', '-disableTelemetry', '-port', String(PORT)];
  const engine = await startIsolated([...java, ...options], { port: PORT, cwd: folder });
  const client = loopbackClient(engine.port);
  await untilReady(engine, () => client.send(new ListTablesCommand({})));
  return {
    client,
    port: engine.port,
    async stop() {
      client.destroy();
      await engine.stop();
    },
  };
}

async function untilReady(engine: IsolatedServer, ask: () => Promise<unknown>): Promise<void> {
  let said = '';
  engine.process.stderr?.on('data', (data: Buffer) => {
    said += data.toString();
  });
  const deadline = performance.now() + START_MS_MAX;
  while (performance.now() < deadline && engine.process.exitCode === null) {
    const isReady = await ask().then(
      () => true,
      () => false,
    );
    if (isReady) return;
    await setTimeout(50);
  }
  await engine.stop();
  throw new Error(`DynamoDB Local did not start within ${START_MS_MAX / 1000} s. Its output: ${said}`);
}
