import type { components } from '@postrider/client';
import { VERSION } from '../../lambdas/runtime/version.ts';
import { stageOf } from '../../lib/stage-settings.ts';
import { endpointChecks } from '../doctor/endpoint-checks.ts';
import type { Finding } from '../doctor/finding.ts';
import { type System, systemChecks } from '../doctor/system-checks.ts';
import { type Deployment, deploymentOf } from '../runtime/aws.ts';
import { type Group, withExample } from '../runtime/command.ts';
import { Failed } from '../runtime/exit.ts';
import { localOutputs } from '../runtime/place.ts';
import { AS_TEXT, type Session } from '../runtime/session.ts';

type Key = components['schemas']['Key'];

/** `postrider doctor`: is it well? */
export const doctorCommand: Group = (root, run) => {
  withExample(
    root
      .command('doctor')
      .description(
        'check that all is well; exit code 1 if something is not. With --stage, also what AWS knows of the deployment',
      ),
    'postrider doctor --stage prod',
    'after a deployment, and whenever something seems wrong: each line says what to do',
  ).action(() =>
    run(async (session) => {
      const findings = [...(await apiFindings(session)), ...(await deploymentFindings(session))];
      show(session, findings);
      const failed = findings.filter(({ result }) => result === 'fail').length;
      const warned = findings.filter(({ result }) => result === 'warn').length;
      session.out.note(`${findings.length} checks: ${failed} failed, ${warned} to look at.`);
      if (failed > 0) throw new Failed();
    }),
  );
};

async function apiFindings(session: Session): Promise<Finding[]> {
  const key: Key = JSON.parse(await session.text((client) => client.GET('/v1/me', AS_TEXT)));
  const before = session.io.clock();
  const system: System = JSON.parse(await session.text((client) => client.GET('/v1/system', AS_TEXT)));
  const askedAt = (before + session.io.clock()) / 2;
  return [
    ...systemChecks({ system, key, version: VERSION, askedAt }),
    ...(await endpointChecks(await session.client(), key.tenant)),
  ];
}

/** What the deployment itself shows: of a stage, or of the product on this machine. */
async function deploymentFindings(session: Session): Promise<Finding[]> {
  const { stage: name } = session.options;
  if (name === undefined && localOutputs(session.io.env) === undefined) {
    session.out.note('Only the API was asked: pass --stage to check the deployment too.');
    return [];
  }
  // Loaded here: no other command needs these clients.
  const { stageChecks, stateChecks } = await import('../doctor/stage-checks.ts');
  const deployment: Deployment = await deploymentOf(session);
  if (name === undefined) return stateChecks(deployment, false);
  const { CloudFormationClient } = await import('@aws-sdk/client-cloudformation');
  const stage = stageOf(name, session.io.env);
  const cloudFormation = new CloudFormationClient(deployment.config);
  const [ofState, ofStage] = await Promise.all([
    stateChecks(deployment, stage.keepState),
    stageChecks({ stage, cloudFormation, config: deployment.config }),
  ]);
  return [...ofState, ...ofStage];
}

function show({ out, io }: Session, findings: readonly Finding[]): void {
  for (const finding of findings) {
    const { check, result, detail, next } = finding;
    if (out.json) out.data(JSON.stringify(finding));
    else if (!io.outIsTerminal) out.data([result, check, detail, next ?? ''].join('\t'));
    else {
      out.data(`${result.padEnd(4)}  ${check}: ${detail}`);
      if (next !== null) out.data(`      ${next}`);
    }
  }
}
