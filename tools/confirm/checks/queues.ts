import { GetQueueAttributesCommand, SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { check, confirmed, refuted, unclear } from '../check.ts';
import type { World } from '../world.ts';

const MIB = 1024 * 1024;

const errorName = (fault: unknown) => (fault instanceof Error ? fault.name : String(fault));
/** The name of the error, or undefined. */
const refusalOf = async (sent: Promise<unknown>) => sent.then(() => undefined, errorName);

/** Sends many messages, each in its group. */
async function sendMany(world: World, url: string, count: number, group: (at: number) => string): Promise<void> {
  for (let from = 0; from < count; from += 10) {
    const Entries = Array.from({ length: Math.min(10, count - from) }, (_, index) => ({
      Id: String(index),
      MessageBody: String(from + index),
      MessageGroupId: group(from + index),
    }));
    await world.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
  }
}

export interface Counts {
  readonly sent: number;
  readonly counted: readonly number[];
}

export const countSettles = check<Counts>({
  id: 'count-settles',
  needs: 'queues',
  async run(world) {
    const { url } = await world.queue('count');
    await sendMany(world, url, 37, () => 'count');
    await world.wait(60_000);
    const counted: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const { Attributes } = await world.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['ApproximateNumberOfMessages'] }),
      );
      counted.push(Number(Attributes?.ApproximateNumberOfMessages));
      await world.wait(1_000);
    }
    return { sent: 37, counted };
  },
  judge({ sent, counted }) {
    if (counted.length === 0) return unclear('nothing was counted');
    const wrong = counted.filter((count) => count !== sent);
    if (wrong.length === 0) return confirmed(`${sent} each time`);
    return refuted(`${wrong.join(', ')} instead of ${sent}`);
  },
});

export interface Noncharacters {
  /** For each character: the body that was received, or the error's name. */
  readonly answers: readonly { readonly character: string; readonly body?: string; readonly error?: string }[];
}

const hex = (character: string) => `U+${character.codePointAt(0)?.toString(16).toUpperCase()}`;

export const noncharacters = check<Noncharacters>({
  id: 'noncharacters',
  needs: 'queues',
  async run(world) {
    const { url } = await world.queue('characters');
    const answers: Noncharacters['answers'][number][] = [];
    for (const character of ['\ufffe', '\uffff']) {
      const error = await refusalOf(
        world.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: `a${character}b` })),
      );
      if (error !== undefined) {
        answers.push({ character, error });
        continue;
      }
      const message = await world.until(30_000, async () => (await world.receive(url, { hiddenSeconds: 300 })).at(0));
      answers.push({ character, body: message?.Body ?? '' });
    }
    return { answers };
  },
  judge({ answers }) {
    const seen = answers
      .map(({ character, body, error }) => `${hex(character)}: ${error ?? [...(body ?? '')].map(hex).join(' ')}`)
      .join('; ');
    if (answers.some(({ error, body }) => error === undefined && body === '')) return unclear(seen);
    const expected = answers.every(({ body, error }) =>
      error === undefined ? body === 'a\ufffdb' : error === 'InvalidMessageContents',
    );
    if (expected) return confirmed(seen);
    const kept = answers.some(({ character, body }) => body === `a${character}b`);
    return kept ? refuted(seen) : unclear(seen);
  },
});

export interface Sizes {
  /** The error's name; undefined: SQS accepted it. */
  readonly message: string | undefined;
  readonly batch: string | undefined;
  readonly larger: string | undefined;
}

export const oneMebibyte = check<Sizes>({
  id: 'one-mebibyte',
  needs: 'queues',
  async run(world) {
    const { url: QueueUrl } = await world.queue('size');
    const half = 'x'.repeat(MIB / 2);
    const Entries = ['0', '1'].map((Id) => ({ Id, MessageBody: half }));
    const send = (bytes: number) =>
      refusalOf(world.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(bytes) })));
    return {
      message: await send(MIB),
      batch: await refusalOf(world.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))),
      larger: await send(MIB + 1),
    };
  },
  judge({ message, batch, larger }) {
    if (message !== undefined) return refuted(`a message of 1 MiB: ${message}`);
    if (batch !== undefined) return refuted(`a batch of 1 MiB: ${batch}`);
    return confirmed(larger === undefined ? 'both, and one byte more' : `both; one byte more: ${larger}`);
  },
});

export interface Polls {
  readonly waiting: { readonly receives: number; readonly empty: number };
  readonly notWaiting: { readonly receives: number; readonly empty: number };
}

export const waitingFinds = check<Polls>({
  id: 'waiting-receive-finds',
  needs: 'queues',
  async run(world) {
    const { url } = await world.queue('poll');
    await sendMany(world, url, 1, () => 'poll');
    await world.until(30_000, async () => (await world.receive(url)).at(0));
    const poll = async (receives: number, waitSeconds: number) => {
      let empty = 0;
      for (let round = 0; round < receives; round += 1) {
        if ((await world.receive(url, { waitSeconds })).length === 0) empty += 1;
      }
      return { receives, empty };
    };
    return { waiting: await poll(50, 2), notWaiting: await poll(50, 0) };
  },
  judge({ waiting, notWaiting }) {
    const seen = `empty of ${waiting.receives}: ${waiting.empty} with a wait, ${notWaiting.empty} without`;
    if (waiting.receives === 0) return unclear(seen);
    return waiting.empty === 0 ? confirmed(seen) : refuted(seen);
  },
});

export interface Fairness {
  /** Messages of the noisy group that waited when the quiet ones were sent. */
  readonly waiting: number;
  readonly quiet: number;
  readonly quietReceived: number;
  /** How many of the noisy group were received before the last quiet one. */
  readonly noisyBefore: number;
}

export const fairQueues = check<Fairness>({
  id: 'fair-queues',
  needs: 'queues',
  onlyOnAws: 'the emulator serves groups in the order of their messages',
  async run(world) {
    const { url } = await world.queue('fair');
    const hold = { hiddenSeconds: 600, waitSeconds: 1 };
    const [noisy, quiet] = [600, 10];
    await sendMany(world, url, noisy, () => 'noisy');
    let held = 0;
    await world.until(60_000, async () => {
      held += (await world.receive(url, hold)).length;
      return held >= 100 ? held : undefined;
    });
    // SQS notices the noisy group.
    await world.wait(30_000);
    await sendMany(world, url, quiet, (at) => `quiet-${at}`);
    await world.wait(2_000);
    let [noisyBefore, quietReceived, received] = [0, 0, 0];
    await world.until(120_000, async () => {
      for (const { Attributes } of await world.receive(url, hold)) {
        const group = Attributes?.MessageGroupId ?? '';
        if (group === 'noisy') received += 1;
        if (group.startsWith('quiet-')) {
          quietReceived += 1;
          noisyBefore = received;
        }
      }
      return quietReceived === quiet || received >= noisy - held ? true : undefined;
    });
    if (quietReceived < quiet) noisyBefore = received;
    return { waiting: noisy - held, quiet, quietReceived, noisyBefore };
  },
  judge({ waiting, quiet, quietReceived, noisyBefore }) {
    const seen = `${quietReceived} of ${quiet} quiet messages after ${noisyBefore} of the ${waiting} noisy ones that waited`;
    if (quietReceived < quiet) return noisyBefore >= waiting / 2 ? refuted(seen) : unclear(seen);
    if (noisyBefore <= waiting / 5) return confirmed(seen);
    return noisyBefore >= waiting / 2 ? refuted(seen) : unclear(seen);
  },
});
