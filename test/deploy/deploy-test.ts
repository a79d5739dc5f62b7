import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { run } from '../support/command.ts';
import { pythonTool } from '../support/python.ts';
import { allowBatchCalls } from './batch-grants.ts';
import { deniedCalls } from './denied-calls.ts';
import { cdkCommands, type Outputs, STAGE } from './deploy.ts';
import { MINISTACK, type MiniStack, REGION, startMiniStack } from './ministack.ts';
import { TARGET_VARIABLE, targetOf } from './target.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** The log of the engine and the functions in the last run. */
const keptLog = join(root, '.cache', 'test-deploy.log');
const LOGS_WITHIN_MS = 60_000;

export interface DeployTestOptions {
  readonly python: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Deploys into a new engine, tests the deployment, and removes both.
 * @throws Error if a step or a scenario failed, or a function was denied a call.
 */
export async function deployTest({ python, say, signal }: DeployTestOptions): Promise<void> {
  const timed = <Result>(step: string, work: () => Promise<Result>) => timedStep(step, work, say);
  const folder = mkdtempSync(join(tmpdir(), 'postrider-deploy-'));
  let engine: MiniStack | undefined;
  try {
    const requirement = { python, requirement: MINISTACK, root, signal };
    const programs = await timed(`install ${MINISTACK}`, () => pythonTool(requirement));
    engine = await timed('start it, IAM enforced', () => startMiniStack(programs, folder));
    signal.throwIfAborted();
    const outputs = await deployInto(engine, { folder, signal, timed });
    try {
      await tryOut(engine, { outputs, signal, timed });
    } finally {
      writeFileSync(keptLog, `${engine.log()}\n${await functionLogs(programs, engine)}`);
      // Also if a scenario failed: this is then the likely reason.
      refuseDenials(engine.log());
    }
  } finally {
    await engine?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Run {
  readonly signal: AbortSignal;
  readonly timed: <Result>(step: string, work: () => Promise<Result>) => Promise<Result>;
}

async function deployInto({ env, client }: MiniStack, { folder, signal, timed }: Run & { readonly folder: string }) {
  const cdk = cdkCommands({ root, folder, env, signal });
  await timed('cdk synth', cdk.synthesise);
  await timed('cdk bootstrap', cdk.bootstrap);
  const outputs = await timed('cdk deploy --all', cdk.deploy);
  const stacks = ['Pipeline', 'Api'].map((name) => `Postrider-${STAGE}-${name}`);
  await allowBatchCalls(new CloudFormationClient(client), stacks);
  return outputs;
}

async function tryOut(engine: MiniStack, { outputs, signal, timed }: Run & { readonly outputs: Outputs }) {
  const env = { ...process.env, ...engine.env };
  const keyCommand = ['cli/admin-key.ts', '--stage', STAGE, '--name', 'deployment test'];
  const printed = await timed('npm run admin-key', () =>
    run(process.execPath, keyCommand, { cwd: root, env, signal, stdoutOnly: true }),
  );
  const target = targetOf({ engineUrl: engine.url, outputs, adminKey: printed.trim() });
  const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'vitest.deploy.config.ts'];
  await timed('scenarios', () =>
    run(process.execPath, vitest, {
      cwd: root,
      env: { ...env, [TARGET_VARIABLE]: JSON.stringify(target) },
      signal,
      showsOutput: true,
    }),
  );
}

/** A scenario may pass although a call was denied, if that call is best effort. */
function refuseDenials(log: string): void {
  const denied = deniedCalls(log);
  if (denied.length === 0) return;
  throw new Error(`Grants are missing in lib/stacks:\n${denied.map((call) => `  ${call}`).join('\n')}`);
}

/** Everything that the functions logged. Not cancelled with the run, because it shows why the run was cancelled. */
function functionLogs(programs: string, { env }: MiniStack): Promise<string> {
  const script = fileURLToPath(new URL('function_logs.py', import.meta.url));
  const signal = AbortSignal.timeout(LOGS_WITHIN_MS);
  return run(join(programs, 'python'), [script], { cwd: root, env: { ...env, AWS_DEFAULT_REGION: REGION }, signal });
}

async function timedStep<Result>(step: string, work: () => Promise<Result>, say: DeployTestOptions['say']) {
  const startedAt = performance.now();
  try {
    return await work();
  } finally {
    say(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${step}`);
  }
}
