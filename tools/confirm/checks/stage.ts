import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { check, confirmed, refuted, unclear } from '../check.ts';
import { stageOfRun } from '../own-stack.ts';
import { assume } from './gateway.ts';

export interface CommandRun {
  /** The exit code. */
  readonly code: number;
  readonly error: string;
}

const command = fileURLToPath(new URL('../../../cli/admin-key.ts', import.meta.url));
const run = promisify(execFile);

export const adminKeyPermissions = check<CommandRun>({
  id: 'admin-key-permissions',
  needs: 'stack',
  async run(world) {
    const role = await assume(world, await world.own('AdminKeyRoleArn'));
    const env = {
      ...process.env,
      AWS_PROFILE: undefined,
      AWS_REGION: world.region,
      AWS_ACCESS_KEY_ID: role.accessKeyId,
      AWS_SECRET_ACCESS_KEY: role.secretAccessKey,
      AWS_SESSION_TOKEN: role.sessionToken,
    };
    // The key goes into this run's table and is deleted with it. Its text is thrown away here.
    let last: CommandRun = { code: 1, error: '' };
    await world.until(60_000, async () => {
      const args = [command, '--stage', stageOfRun(world.runId)];
      last = await run(process.execPath, args, { env }).then(
        () => ({ code: 0, error: '' }),
        (fault: { code?: unknown; stderr?: unknown }) => ({ code: Number(fault.code), error: String(fault.stderr) }),
      );
      return last.code === 0 || undefined;
    });
    return last;
  },
  judge({ code, error }) {
    if (code === 0) return confirmed('a key was created with these two permissions');
    return /permission|not authorized|AccessDenied/.test(error) ? refuted(error.trim()) : unclear(error.trim());
  },
});

export interface Deployed {
  /** The status of each stack; undefined: there is none. */
  readonly stacks: Readonly<Record<string, string | undefined>>;
}

export const deployed = check<Deployed>({
  id: 'deploys-unchanged',
  needs: 'stage',
  async run(world) {
    const stacks: Record<string, string | undefined> = {};
    for (const part of ['State', 'Pipeline', 'Api']) {
      const StackName = `Postrider-${world.stage}-${part}`;
      const found = await world.cloudFormation
        .send(new DescribeStacksCommand({ StackName }))
        .catch((fault: unknown) => {
          if (fault instanceof Error && /does not exist/.test(fault.message)) return undefined;
          throw fault;
        });
      stacks[StackName] = found?.Stacks?.[0]?.StackStatus;
    }
    return { stacks };
  },
  judge({ stacks }) {
    const all = Object.entries(stacks);
    const seen = all.map(([name, status]) => `${name}: ${status ?? 'not deployed'}`).join('; ');
    if (all.some(([, status]) => /ROLLBACK|FAILED/.test(status ?? ''))) return refuted(seen);
    return all.every(([, status]) => /^(CREATE|UPDATE)_COMPLETE$/.test(status ?? '')) ? confirmed(seen) : unclear(seen);
  },
});
