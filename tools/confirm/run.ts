import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { setTimeout } from 'node:timers/promises';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { explain, Fault, UsageFault } from '../../cli/explain.ts';
import { checks } from './checks.ts';
import { deleteLeftovers, findLeftovers, type Leftovers } from './leftovers.ts';
import { type ConfirmOptions, HELP, readOptions } from './options.ts';
import { factsOf, withVerdicts } from './page.ts';
import { report } from './report.ts';
import { confirmFacts } from './session.ts';
import type { Clients } from './world.ts';

const PAGE = new URL('../../docs/confirm-on-aws.md', import.meta.url);
const say = (line: string) => console.error(line);

/** `npm run confirm`, see HELP. Only the report goes to standard output. */
try {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === 'help') console.log(HELP);
  else process.exitCode = await confirm(options);
} catch (fault) {
  console.error(`confirm: ${explain(fault)}`);
  process.exitCode = 2;
}

async function confirm(options: ConfirmOptions): Promise<number> {
  const clients = clientsOf(options.region);
  const leftovers = await findLeftovers(clients);
  await begin(options, clients, leftovers);
  await deleteLeftovers(clients, leftovers);

  const startedAt = new Date();
  const cancelled = cancelledBySignals();
  const verdicts = await confirmFacts({
    ...clients,
    ...options,
    checks: checks.filter(({ id }) => options.only.includes(id)),
    runId: startedAt.getTime().toString(36),
    time: { now: Date.now, wait: (ms) => setTimeout(ms, undefined, { signal: cancelled }) },
    signal: cancelled,
    say,
  });
  const page = readFileSync(PAGE, 'utf8');
  console.log(report(factsOf(page), verdicts));
  if (options.write) {
    const date = startedAt.toISOString().slice(0, 10);
    writeFileSync(PAGE, withVerdicts(page, verdicts, { date, region: options.region }));
  }
  const all = [...verdicts.values()];
  return all.length === options.only.length && all.every(({ result }) => result === 'confirmed') ? 0 : 1;
}

/** Long polls and long invocations take longer than the SDK's usual answers. */
function clientsOf(region: string): Clients {
  const config = { region, maxAttempts: 5, requestHandler: { connectionTimeout: 5_000, requestTimeout: 120_000 } };
  return {
    sqs: new SQSClient(config),
    lambda: new LambdaClient(config),
    cloudFormation: new CloudFormationClient(config),
    sts: new STSClient(config),
  };
}

/** Says what will happen, and goes on only if it may. @throws Fault if not. */
async function begin({ region, yes, only }: ConfirmOptions, { sts }: Clients, left: Leftovers): Promise<void> {
  const { Account, Arn } = await sts.send(new GetCallerIdentityCommand());
  say(`Account ${Account}, region ${region}, as ${Arn}.`);
  say(`Creates resources of its own, asks about ${only.join(', ')}, and deletes them.`);
  say('All facts together take about twelve minutes and cost less than ten cents.');
  for (const name of [...left.queueUrls, ...left.stackNames]) say(`Deletes what an earlier run left: ${name}`);
  if (yes) return;
  if (!process.stdin.isTTY) throw new UsageFault('--yes is required where nobody can be asked.');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const cancelled = new AbortController();
  terminal.on('SIGINT', () => cancelled.abort());
  const answer = await terminal.question('Go on? [y/N] ', { signal: cancelled.signal }).catch(() => 'no');
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new Fault('Nothing was done.');
}

/** Aborted by the first signal. Further ones are ignored: the run still has to delete what it created. */
function cancelledBySignals(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      say(`${signal}: ends as soon as everything is deleted`);
      controller.abort();
    });
  }
  return controller.signal;
}
