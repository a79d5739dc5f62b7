import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DAY_MS } from '../../core/durations.ts';
import { STAGE_VARIABLES } from '../../lib/stage-settings.ts';
import { fingerprint } from './fingerprint.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'postrider');
const UNUSED_FOR_MS = DAY_MS;

/**
 * Runs the CDK app of this repository for the local stage and returns the path of its cloud assembly.
 *
 * The app is started as the `cdk` command would start it, but without that command, which adds seconds and nothing that
 * a local run needs (no look-ups, no publishing of assets). An assembly from the same sources is reused.
 * @throws Error with the app's own output if it fails.
 */
export async function synthesise(env: NodeJS.ProcessEnv): Promise<string> {
  const dir = join(cache, `assembly-${fingerprint(root, settingsIn(env))}`);
  if (!existsSync(dir)) {
    const unfinished = join(cache, `unfinished-${process.pid}`);
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(cache, { recursive: true });
    await runApp(unfinished, env);
    moveInto(unfinished, dir);
  }
  const now = new Date();
  utimesSync(dir, now, now);
  forgetUnused(now);
  return dir;
}

/** The variables that change a stage, as the key of an assembly. */
function settingsIn(env: NodeJS.ProcessEnv): string {
  return STAGE_VARIABLES.map((name) => `${name}=${env[name] ?? ''}`).join('\n');
}

async function runApp(outDir: string, env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'bin', 'postrider.ts')], {
    cwd: root,
    env: { ...env, CDK_OUTDIR: outDir, POSTRIDER_STAGE: 'local' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => output.push(text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code === 0) return;
  rmSync(outDir, { recursive: true, force: true });
  throw new Error(`The CDK app could not be synthesised (exit code ${code}).\n${output.join('')}`);
}

function moveInto(unfinished: string, dir: string): void {
  try {
    renameSync(unfinished, dir);
  } catch (error) {
    // Another run that started at the same time was faster; its result is the same.
    if (!existsSync(dir)) throw error;
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function forgetUnused(now: Date): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    const age = now.getTime() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now.getTime());
    if (age > UNUSED_FOR_MS) rmSync(path, { recursive: true, force: true });
  }
}
