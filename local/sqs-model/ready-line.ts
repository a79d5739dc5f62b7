import { Heap, type HeapNode } from './heap.ts';
import type { Group, Message } from './message.ts';

/** A group is noisy with more than this share of the queue's in-flight messages ... */
const noisyShare = 0.1;
/** ... and at least this many of its own in flight. */
const noisyInFlightMin = 30;
/** A noisy group that sent nothing for this long is quiet again. */
const quietAfterMs = 5 * 60_000;

interface Lane extends Group {
  readonly ready: Heap<Message>;
  quietNode: HeapNode<Lane> | undefined;
}

/**
 * The visible messages of one queue in the order in which a fair queue serves them: quiet groups first, by age;
 * then noisy ones, the one with the fewest messages in flight first. Every step is O(log n) in the messages and
 * linear in the noisy groups, of which there are few.
 *
 * Source: SQS Developer Guide, "How Amazon SQS fair queues work". Its second measure of noise, the share of recent
 * processing time, is not modelled: it only ever brings the same order earlier.
 */
export class ReadyLine {
  readonly #lanes = new Map<string, Lane>();
  readonly #quiet = new Heap<Lane>();
  readonly #noisy = new Set<Lane>();
  /** Messages without a group are each a group of their own: never noisy, so they can share a lane. */
  readonly #single = newLane(undefined);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The group of a message with this id, created if needed. */
  group(groupId: string | undefined): Group {
    return this.#lane(groupId);
  }

  #lane(groupId: string | undefined): Lane {
    if (groupId === undefined) return this.#single;
    const known = this.#lanes.get(groupId);
    if (known) return known;
    const lane = newLane(groupId);
    this.#lanes.set(groupId, lane);
    return lane;
  }

  add(message: Message): void {
    const lane = this.#lane(message.stored.groupId);
    if (lane.lastSentAtMs < message.stored.sentAtMs) lane.lastSentAtMs = message.stored.sentAtMs;
    message.group = lane;
    message.readyNode = lane.ready.add(message.order, message);
    this.#size += 1;
    this.#queueUp(lane);
  }

  remove(message: Message): void {
    if (!message.readyNode) return;
    const lane = this.#lane(message.stored.groupId);
    lane.ready.remove(message.readyNode);
    message.readyNode = undefined;
    this.#size -= 1;
    this.#queueUp(lane);
  }

  /** The message to serve next, or undefined when nothing is visible. It stays in line until it is removed. */
  next(inFlightTotal: number, nowMs: number): Message | undefined {
    this.#calm(nowMs);
    for (;;) {
      const lane = this.#quiet.peek()?.item;
      if (!lane) break;
      if (!isNoisy(lane, inFlightTotal, nowMs)) return lane.ready.peek()?.item;
      lane.noisy = true;
      this.#noisy.add(lane);
      this.#queueUp(lane);
    }
    return this.#leastNoisy()?.ready.peek()?.item;
  }

  /** Some message of the quiet groups, picked by a number in [0, 1): a standard queue guarantees no order. */
  any(pick: number): Message | undefined {
    const lane = this.#quiet.at(Math.floor(pick * this.#quiet.size))?.item;
    return lane?.ready.at(Math.floor(pick * lane.ready.size))?.item;
  }

  /** Removes an empty group. */
  release(group: Group): void {
    if (group.id === undefined) return;
    const lane = this.#lanes.get(group.id);
    if (!lane || lane.inFlight > 0 || lane.ready.size > 0) return;
    this.#noisy.delete(lane);
    this.#lanes.delete(group.id);
  }

  #calm(nowMs: number): void {
    for (const lane of this.#noisy) {
      if (lane.ready.size > 0 && nowMs - lane.lastSentAtMs < quietAfterMs) continue;
      this.#noisy.delete(lane);
      lane.noisy = false;
      this.#queueUp(lane);
    }
  }

  #leastNoisy(): Lane | undefined {
    let best: Lane | undefined;
    for (const lane of this.#noisy) {
      if (lane.ready.size > 0 && (!best || lane.inFlight < best.inFlight)) best = lane;
    }
    return best;
  }

  /** Orders a quiet group by its oldest visible message. */
  #queueUp(lane: Lane): void {
    const head = lane.noisy ? undefined : lane.ready.peek();
    if (lane.quietNode?.key === head?.key) return;
    if (lane.quietNode) this.#quiet.remove(lane.quietNode);
    lane.quietNode = head && this.#quiet.add(head.key, lane);
  }
}

function newLane(id: string | undefined): Lane {
  return { id, inFlight: 0, lastSentAtMs: 0, noisy: false, ready: new Heap(), quietNode: undefined };
}

function isNoisy(lane: Lane, inFlightTotal: number, nowMs: number): boolean {
  if (lane.id === undefined || nowMs - lane.lastSentAtMs >= quietAfterMs) return false;
  return lane.inFlight >= noisyInFlightMin && lane.inFlight > noisyShare * inFlightTotal;
}
