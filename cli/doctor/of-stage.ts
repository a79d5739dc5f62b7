import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { stageOf } from '../../lib/stage-settings.ts';
import { Fault } from '../explain.ts';
import { stageConfig } from '../runtime/aws.ts';
import { Interrupted } from '../runtime/exit.ts';
import { Progress } from '../runtime/progress.ts';
import type { Session } from '../runtime/session.ts';
import type { Finding } from './finding.ts';
import { readStacks, stackNames } from './stacks.ts';
import { stageChecks } from './stage-checks.ts';
import { stateChecks } from './state-checks.ts';

/** What is looked at only when asked for, because it takes a while. */
export interface Thoroughness {
  readonly deep?: true | undefined;
  readonly drift?: true | undefined;
}

/** A deployed stage that can be checked. */
export interface OpenStage {
  /** Whether it has the function that sends them. */
  readonly sendsHeartbeats: boolean;
  findings(thoroughness: Thoroughness): Promise<readonly Finding[]>;
}

/**
 * Finds a deployed stage.
 * @throws Fault if it is not deployed in this account and region; what AWS answers if no stack may be read.
 */
export async function openStage(session: Session, name: string): Promise<OpenStage> {
  const config = stageConfig(session);
  const stage = stageOf(name, session.io.env);
  const cloudFormation = new CloudFormationClient(config);
  const { read: stacks, unread } = await readStacks(stackNames(stage), cloudFormation);
  // Without credentials or a Region, no check could say anything else.
  if (stacks.length === 0) throw unread[0]?.fault;
  if (unread.length === 0 && stacks.every(({ status }) => status === undefined)) {
    throw new Fault(
      `No stack of ${name} is in this account in ${await cloudFormation.config.region()}: check --stage and --region, or deploy it.`,
    );
  }
  const outputs = Object.assign({}, ...stacks.map((one) => one.outputs));
  const { io } = session;

  const drift = async () => {
    const { driftChecks } = await import('./drift-checks.ts');
    const onProgress = progressOf(session, 'stacks compared with their templates');
    const pause = (ms: number) => session.pause(ms);
    return driftChecks({ stage: name, stacks, client: cloudFormation, clock: io.clock, pause, onProgress });
  };
  const deep = async () => {
    const { permissionChecks } = await import('./permission-checks.ts');
    const onProgress = progressOf(session, "functions' permissions simulated");
    return permissionChecks({
      stage: name,
      stacks,
      cloudFormation,
      config,
      clock: io.clock,
      goOn: () => goOn(session),
      onProgress,
    });
  };
  return {
    sendsHeartbeats: stacks.some(({ resources }) =>
      resources.some(({ logicalId, type }) => type === 'AWS::Lambda::Function' && logicalId.startsWith('Heartbeat')),
    ),
    async findings(thoroughness) {
      const [ofState, ofStage] = await Promise.all([
        stateChecks({ outputs, config }, stage),
        stageChecks({ stage, stacks, unread, config }),
      ]);
      // One after the other, so that each has the line of the progress to itself.
      const ofPermissions = thoroughness.deep ? await deep() : [];
      const ofDrift = thoroughness.drift ? await drift() : [];
      return [...ofState, ...ofStage, ...ofPermissions, ...ofDrift];
    },
  };
}

function goOn({ io }: Session): void {
  if (io.signal.aborted) throw new Interrupted();
}

function progressOf({ io }: Session, what: string) {
  const progress = new Progress(io);
  return (done: number, of: number) => progress.show({ done, of, says: `${done} of ${of} ${what}` }, done === of);
}
