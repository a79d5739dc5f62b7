import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureAdminKey } from './admin-key.ts';
import { deploy } from './assembly/deployment.ts';
import type { Place } from './assembly/identity.ts';
import { localApp } from './assembly/local-app.ts';
import { readAssembly } from './assembly/read-assembly.ts';
import { synthesise } from './assembly/synthesise.ts';
import type { AwsServices } from './aws/router.ts';
import { awsListener } from './aws/server.ts';
import { openAws } from './aws/services.ts';
import { type Console, createConsole } from './console.ts';
import { lockData } from './data-lock.ts';
import { loadFunctions } from './functions/load-functions.ts';
import { type Gateway, gatewayListener, HEADER_BYTES_MAX } from './gateway/gateway.ts';
import { greeting } from './greeting.ts';
import { listen } from './http-server.ts';
import { collectOutputs, writeOutputs } from './outputs.ts';
import { registryKeys } from './registry-keys.ts';
import { ACCOUNT_ID, REGION, readSettings, type Settings } from './settings.ts';
import { wire } from './system.ts';
import { Teardown } from './teardown.ts';

/** How long a stop waits for work in progress. Including closing the engines, it stays below five seconds. */
const GRACE_MS = 4500;

const teardown = new Teardown();

const stop = async (exitCode: number): Promise<void> => {
  await teardown.run();
  process.exit(exitCode);
};
process.on('SIGTERM', () => stop(0));
process.on('SIGINT', () => stop(0));

try {
  const settings = readSettings(process.env, process.argv.slice(2));
  await start(settings, createConsole(settings.log));
} catch (error) {
  // Errors after a signal are caused by the shutdown itself.
  if (!teardown.begun) {
    console.error(`Postrider did not start. ${explain(error)}`);
    await stop(1);
  }
}

async function start(settings: Settings, out: Console): Promise<void> {
  const began = performance.now();
  const dataDir = takeDataDir(settings);
  const { place, open } = await takePorts(settings, (error) => out.problem('local', explain(error)));

  const assembly = await out.step('synthesised', synthesise(process.env));
  const deployment = deploy(readAssembly(assembly), place);
  const app = localApp(deployment);
  const outputs = collectOutputs(deployment, place);

  const opening = openAws(app, { dataDir, place, onProblem: out.problem });
  const aws = await out.step('tables, queues, buckets and keys ready', opening);
  teardown.add('engines', aws.close);
  open.aws(aws.services);

  const { logLevel, scheduleSeconds } = settings;
  const loading = loadFunctions(app, { place, logLevel, onOutput: out.functionOutput });
  const functions = await out.step('functions loaded', loading);
  for (const host of functions.values()) teardown.add('functions', () => host.stop());

  const schedulePeriodMs = scheduleSeconds === undefined ? undefined : scheduleSeconds * 1000;
  const wiring = wire({ app, place, aws, functions, schedulePeriodMs, report: out.problem });
  teardown.add('intake', () => wiring.stop(GRACE_MS));

  const adminKey = await ensureAdminKey(dataDir, settings.adminKey, registryKeys(outputs));
  open.gateway(wiring.gateway);
  writeOutputs(dataDir, outputs);
  out.say(greeting({ seconds: (performance.now() - began) / 1000, outputs, dataDir, adminKey }));
}

function takeDataDir({ ephemeral, dataDir }: Settings): string {
  const dir = ephemeral ? mkdtempSync(join(tmpdir(), 'postrider-')) : dataDir;
  const lock = lockData(dir);
  // Its presence means ready, so a program that waits for it must not find the previous run's file.
  rmSync(join(dir, 'outputs.json'), { force: true });
  teardown.add('data', () => {
    if (ephemeral) rmSync(dir, { recursive: true, force: true });
    else lock.release();
  });
  return dir;
}

/**
 * Listens on both ports before any slow step, so that a port in use is reported at once. Until they are opened, the
 * gateway answers 503 and AWS calls wait.
 */
async function takePorts(settings: Settings, onError: (error: unknown) => void) {
  let gateway: Gateway | undefined;
  const api = await listen({
    port: settings.apiPort,
    portVariable: 'PORT',
    listener: gatewayListener(() => gateway),
    onError,
    maxHeaderBytes: HEADER_BYTES_MAX,
  });
  teardown.add('intake', () => api.close(GRACE_MS));
  const services = Promise.withResolvers<AwsServices>();
  const aws = await listen({
    port: settings.awsPort,
    portVariable: 'POSTRIDER_AWS_PORT',
    listener: awsListener(services.promise),
    onError,
  });
  teardown.add('wire', () => aws.close(0));
  const place: Place = {
    accountId: ACCOUNT_ID,
    region: REGION,
    awsEndpoint: `http://127.0.0.1:${aws.port}`,
    apiEndpoint: `http://127.0.0.1:${api.port}`,
  };
  const open = {
    aws: services.resolve,
    gateway: (ready: Gateway) => {
      gateway = ready;
    },
  };
  return { place, open };
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}\n${explain(error.cause)}`;
}
