import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { run } from '../support/command.ts';
import { leaveOutUnknown } from './known-to-ministack.ts';
import { ACCOUNT, REGION } from './ministack.ts';

/**
 * The deployed stage: the only one that may deliver to receivers on loopback. Its resources are those of dev
 * and prod; its settings differ, and the template tests check those.
 */
export const STAGE = 'local';

export interface DeployOptions {
  readonly root: string;
  /** For the cloud assembly and the outputs. */
  readonly folder: string;
  /** Points the CDK and its AWS SDK at the account. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** The outputs of all stacks, by name. */
export type Outputs = Readonly<Record<string, string>>;

const outputsFile = z.record(z.string(), z.record(z.string(), z.string()));

/** Synthesises, bootstraps the account and deploys, as an operator would. */
export function cdkCommands({ root, folder, env, signal }: DeployOptions) {
  const assembly = join(folder, 'cdk.out');
  const outputs = join(folder, 'outputs.json');
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const options = {
    cwd: root,
    signal,
    env: {
      PATH: process.env.PATH,
      // Ignore the profile, cache and notices of whoever runs the test.
      HOME: home,
      POSTRIDER_STAGE: STAGE,
      // The local stage has neither by itself.
      POSTRIDER_ALARMS: 'on',
      POSTRIDER_HEARTBEAT: 'on',
      // The engine's own host name for the API ends like an IP address, so that it is no URL.
      POSTRIDER_PUBLIC_URL: 'https://postrider.example.com',
      CDK_DISABLE_VERSION_CHECK: '1',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      ...env,
    },
  };
  const cdk = (...args: string[]) =>
    run(process.execPath, [join(root, 'node_modules/aws-cdk/bin/cdk'), ...args, '--no-notices', '--ci'], options);
  return {
    async synthesise(): Promise<void> {
      await cdk('synth', '--quiet', '--output', assembly);
      leaveOutUnknown(assembly);
    },
    // With the app of cdk.json, bootstrap would synthesise again, and leave an assembly without bundles.
    bootstrap: () => cdk('bootstrap', `aws://${ACCOUNT}/${REGION}`, '--app', assembly),
    /** @returns the outputs of all stacks that `cdk deploy` prints. */
    async deploy(): Promise<Outputs> {
      const files = ['--app', assembly, '--outputs-file', outputs];
      await cdk('deploy', '--all', '--require-approval', 'never', '--progress', 'events', ...files);
      const byStack = outputsFile.parse(JSON.parse(readFileSync(outputs, 'utf8')));
      return Object.assign({}, ...Object.values(byStack));
    },
  };
}
