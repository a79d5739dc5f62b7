import type { components } from '@postrider/client';
import { VERSION } from '../../lambdas/runtime/version.ts';
import { endpointChecks } from '../doctor/endpoint-checks.ts';
import { type Finding, fail } from '../doctor/finding.ts';
import type { Thoroughness } from '../doctor/of-stage.ts';
import { type System, type SystemWorld, systemChecks } from '../doctor/system-checks.ts';
import { UsageFault } from '../explain.ts';
import { deploymentOf } from '../runtime/aws.ts';
import { type Group, withExample } from '../runtime/command.ts';
import { EXIT, exitCodeOf, Failed, messageOf } from '../runtime/exit.ts';
import { cellOf } from '../runtime/output.ts';
import { localOutputs } from '../runtime/place.ts';
import { AS_TEXT, type Session } from '../runtime/session.ts';

type Key = components['schemas']['Key'];

/** `postrider doctor`: is it well? */
export const doctorCommand: Group = (root, run) => {
  withExample(
    root
      .command('doctor')
      .summary('check that all is well; exit code 1 if not')
      .description(
        'check that all is well; exit code 1 if something is not. With --stage, also what AWS knows of the deployment',
      )
      .option(
        '--deep',
        'with --stage: whether IAM still allows each function what its template grants it, which takes a minute',
      )
      .option('--drift', 'with --stage: what was changed or deleted by hand since the deployment, which takes minutes'),
    'postrider doctor --stage prod',
    'after a deployment, and whenever something seems wrong: each line says what to do',
  ).action((thoroughness) =>
    run(async (session) => {
      const findings = await findingsOf(session, thoroughness);
      show(session, findings);
      const failed = findings.filter(({ result }) => result === 'fail').length;
      const warned = findings.filter(({ result }) => result === 'warn').length;
      if (!session.out.json) session.out.note(`${findings.length} checks: ${failed} failed, ${warned} to look at.`);
      if (failed > 0) throw new Failed();
    }),
  );
};

async function findingsOf(session: Session, thoroughness: Thoroughness): Promise<readonly Finding[]> {
  const { stage } = session.options;
  if (stage !== undefined) {
    const api = await ask(session).catch((fault: unknown) => unreachable(fault, session));
    // Loaded here: no other command needs these clients.
    const { openStage } = await import('../doctor/of-stage.ts');
    const opened = await openStage(session, stage);
    const ofApi = 'result' in api ? [api] : judged(api, opened.sendsHeartbeats);
    return [...ofApi, ...(await opened.findings(thoroughness))];
  }
  for (const option of ['deep', 'drift'] as const) {
    if (thoroughness[option]) throw new UsageFault(`--${option} is about a deployed stage: add --stage.`);
  }
  const ofApi = judged(await ask(session), false);
  if (localOutputs(session.io.env)?.ApiUrl !== (await session.place()).url) {
    if (!session.out.json) session.out.note('Only the API was asked: pass --stage to check the deployment too.');
    return ofApi;
  }
  const { stateChecks } = await import('../doctor/state-checks.ts');
  return [...ofApi, ...(await stateChecks(await deploymentOf(session), undefined))];
}

type Answers = Omit<SystemWorld, 'sendsHeartbeats'> & { readonly endpoints: readonly Finding[] };

async function ask(session: Session): Promise<Answers> {
  const key: Key = JSON.parse(await session.text((client) => client.GET('/v1/me', AS_TEXT)));
  const before = session.io.clock();
  const system: System = JSON.parse(await session.text((client) => client.GET('/v1/system', AS_TEXT)));
  const askedAt = (before + session.io.clock()) / 2;
  const endpoints = await endpointChecks(await session.client(), key.tenant);
  return { system, key, version: VERSION, askedAt, endpoints };
}

const judged = ({ endpoints, ...answers }: Answers, sendsHeartbeats: boolean): Finding[] => [
  ...systemChecks({ ...answers, sendsHeartbeats }),
  ...endpoints,
];

/** Of a stage, an API that does not answer is a finding: AWS may know why. @throws the fault, if it is about who asks. */
function unreachable(fault: unknown, { io }: Session): Finding {
  if (exitCodeOf(fault) !== EXIT.failed || io.signal.aborted) throw fault;
  return fail(
    'API',
    messageOf(fault),
    'See what the checks of the deployment find, and docs/runbook.md#publishing-fails.',
  );
}

function show({ out, io }: Session, findings: readonly Finding[]): void {
  for (const finding of findings) {
    if (out.json) {
      out.data(JSON.stringify(finding));
      continue;
    }
    const { check, result } = finding;
    // What AWS and the API answer may hold line breaks.
    const [detail, next] = [cellOf(finding.detail), cellOf(finding.next)];
    if (!io.outIsTerminal) out.data([result, check, detail, next].join('\t'));
    else {
      out.data(`${result.padEnd(4)}  ${check}: ${detail}`);
      if (next !== '') out.data(`      ${next}`);
    }
  }
}
