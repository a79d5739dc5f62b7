import { type Message, SendMessageCommand, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { check, confirmed, refuted, unclear, type Verdict } from '../check.ts';
import type { World } from '../world.ts';

/** What SQS says of a message. */
export interface Letter {
  readonly id: string;
  readonly group: string | undefined;
  readonly sentAt: number;
  readonly body: string;
}

const GROUP = 'ep_confirm';
/** With what a transport could change: spaces, escapes, characters of two and four bytes. */
const BODY = '{"copy":"1",  "text":"é \\u00e9 \u{1f4ee} \\/ \\"", "n":1.0}\n';

const letterOf = ({ MessageId = '', Body = '', Attributes }: Message): Letter => ({
  id: MessageId,
  group: Attributes?.MessageGroupId,
  sentAt: Number(Attributes?.SentTimestamp),
  body: Body,
});

const oneOf = async (world: World, url: string) => {
  const message = await world.until(60_000, async () => (await world.receive(url)).at(0));
  return message && letterOf(message);
};

/** Sends a message and lets it die. */
async function letDie(world: World, name: string) {
  const queues = await world.queueWithDeadLetters(name);
  const { url } = queues.source;
  await world.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: BODY, MessageGroupId: GROUP }));
  const sent = await oneOf(world, url);
  const dead = await world.until(60_000, async () => {
    // A further receive moves it.
    await world.receive(url, { waitSeconds: 1 });
    const [letter] = await world.receive(queues.deadLetters.url, { waitSeconds: 1 });
    return letter && letterOf(letter);
  });
  return { ...queues, sent, dead };
}

export interface Died {
  readonly sent: Letter | undefined;
  readonly dead: Letter | undefined;
}

async function die(world: World): Promise<Died> {
  const { sent, dead } = await letDie(world, 'dead');
  return { sent, dead };
}

export interface Redriven extends Died {
  readonly redriven: Letter | undefined;
}

async function redrive(world: World): Promise<Redriven> {
  const { sent, dead, source, deadLetters } = await letDie(world, 'redriven');
  await world.wait(1_000);
  await world.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: deadLetters.arn }));
  return { sent, dead, redriven: await oneOf(world, source.url) };
}

const MISSING = unclear('a message did not arrive within a minute');
const same = (what: string, before: unknown, after: unknown): Verdict =>
  before === after ? confirmed(`the same ${what}`) : refuted(`${what} ${before} became ${after}`);

const NO_MOVE_TASKS = 'the emulator has no StartMessageMoveTask';

export const groupInDeadLetters = check<Died>({
  id: 'group-in-dlq',
  needs: 'queues',
  run: die,
  judge: ({ sent, dead }) => (sent && dead ? same('group', sent.group, dead.group) : MISSING),
});

export const idInDeadLetters = check<Died>({
  id: 'id-in-dlq',
  needs: 'queues',
  run: die,
  judge: ({ sent, dead }) => (sent && dead ? same('id', sent.id, dead.id) : MISSING),
});

export const groupAfterRedrive = check<Redriven>({
  id: 'group-after-redrive',
  needs: 'queues',
  onlyOnAws: NO_MOVE_TASKS,
  run: redrive,
  judge: ({ dead, redriven }) => (dead && redriven ? same('group', GROUP, redriven.group) : MISSING),
});

export const redrivenIsNew = check<Redriven>({
  id: 'redriven-is-new',
  needs: 'queues',
  onlyOnAws: NO_MOVE_TASKS,
  run: redrive,
  judge({ dead, redriven }) {
    if (!dead || !redriven) return MISSING;
    if (redriven.id === dead.id) return refuted('the same id');
    if (redriven.sentAt <= dead.sentAt) return refuted('another id, and the time of the first send');
    return confirmed(`another id, sent ${redriven.sentAt - dead.sentAt} ms later`);
  },
});

export const bodyUnchanged = check<Redriven>({
  id: 'body-unchanged',
  needs: 'queues',
  onlyOnAws: NO_MOVE_TASKS,
  run: redrive,
  judge({ sent, dead, redriven }) {
    if (!sent || !dead || !redriven) return MISSING;
    const changed = [sent, dead, redriven].findIndex(({ body }) => body !== BODY);
    if (changed === -1) return confirmed('the same bytes each time');
    return refuted(`changed when ${['sent', 'dead', 'redriven'][changed]}`);
  },
});

export interface MoveRefusal {
  /** Undefined: SQS accepted it. */
  readonly error: string | undefined;
}

export const noRedriveOfOthers = check<MoveRefusal>({
  id: 'only-dlqs-of-queues-redrive',
  needs: 'queues',
  onlyOnAws: NO_MOVE_TASKS,
  async run(world) {
    // As the dead-letter queue of an EventBridge rule: no queue names it in a redrive policy.
    const from = await world.queue('no-dlq');
    const to = await world.queue('no-dlq-target');
    await world.sqs.send(new SendMessageCommand({ QueueUrl: from.url, MessageBody: '{}' }));
    try {
      await world.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: from.arn, DestinationArn: to.arn }));
      return { error: undefined };
    } catch (fault) {
      return { error: fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault) };
    }
  },
  judge({ error }) {
    if (error === undefined) return refuted('the task was started');
    if (/dead.?letter|DLQ|source queue/i.test(error)) return confirmed(error);
    return unclear(error);
  },
});

export interface Expiry {
  /** Both counted from the send, in seconds. */
  readonly movedAt: number;
  readonly keptSeconds: number;
  /** When the letter was last there, and first not. Undefined: it was never missing. */
  readonly lastSeenAt: number;
  readonly goneAt: number | undefined;
}

const KEPT_SECONDS = 180;
const MOVED_AFTER_MS = 120_000;
/** How late SQS may delete what has expired. */
const SLACK_SECONDS = 60;

export const retentionFromSend = check<Expiry>({
  id: 'retention-from-send',
  needs: 'queues',
  onlyOnAws: 'the emulator does not let messages of a dead-letter queue expire by their age',
  async run(world) {
    const { source, deadLetters } = await world.queueWithDeadLetters('kept', { keptSeconds: KEPT_SECONDS });
    const sentAt = world.now();
    const age = () => Math.round((world.now() - sentAt) / 1_000);
    await world.sqs.send(new SendMessageCommand({ QueueUrl: source.url, MessageBody: '{}' }));
    await world.wait(MOVED_AFTER_MS);
    await world.receive(source.url);
    await world.receive(source.url, { waitSeconds: 1 });
    const movedAt = age();
    let lastSeenAt = 0;
    let goneAt: number | undefined;
    while (goneAt === undefined && age() < movedAt + KEPT_SECONDS + SLACK_SECONDS) {
      const letters = await world.receive(deadLetters.url);
      if (letters.length > 0) lastSeenAt = age();
      else if (lastSeenAt > 0 || age() > movedAt + 30) goneAt = age();
      await world.wait(2_000);
    }
    return { movedAt, keptSeconds: KEPT_SECONDS, lastSeenAt, goneAt };
  },
  judge({ movedAt, keptSeconds, lastSeenAt, goneAt }) {
    if (lastSeenAt === 0) return unclear('the letter was never seen');
    const seen = `moved after ${movedAt} s, last seen after ${lastSeenAt} s of ${keptSeconds}`;
    if (lastSeenAt > keptSeconds + SLACK_SECONDS) return refuted(seen);
    if (goneAt === undefined || lastSeenAt < movedAt) return unclear(seen);
    return confirmed(seen);
  },
});
