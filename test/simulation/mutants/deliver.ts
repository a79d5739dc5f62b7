import type { Mutant } from './mutant.ts';

const DECIDE = 'core/deliveries/decide.ts';
const RESULT = 'core/deliveries/record-result.ts';
const MOVE = 'core/deliveries/move-record.ts';
const POSTPONE = 'core/deliveries/postpone.ts';
const CLASSIFY = 'core/deliveries/classify.ts';
const ADVANCE = 'core/deliveries/advance.ts';
const POST = 'core/deliveries/post.ts';
const SIGN = 'core/signing/sign.ts';
const BATCH = 'core/deliveries/deliver-batch.ts';
const ROOM = 'core/deliveries/body-room.ts';

/** In the deliver Lambda. */
export const DELIVER: readonly Mutant[] = [
  {
    name: 'deliver: acknowledged before the follow-up is sent',
    file: RESULT,
    find: '  await retryUntilDeadline(() => ports.queue.send([next]), situation, ports);',
    replace: '  void retryUntilDeadline(() => ports.queue.send([next]), situation, ports).catch(() => undefined);',
  },
  {
    name: 'deliver: recorded before the follow-up is sent',
    file: RESULT,
    find: "  if (decision.do === 'retry') await sendNextAttempt(decision.delayMs, delivery, situation, ports);\n",
    replace:
      "  if (decision.do === 'retry') await moveRecord(step, delivery, situation, ports);\n  if (decision.do === 'retry') await sendNextAttempt(decision.delayMs, delivery, situation, ports);\n",
  },
  {
    name: 'deliver: a follow-up that fails is forgotten',
    file: RESULT,
    find: 'retryUntilDeadline(() => ports.queue.send([next]), situation, ports);',
    replace: 'ports.queue.send([next]).catch(() => undefined);',
  },
  {
    name: 'deliver: a dead letter is acknowledged',
    file: RESULT,
    find: "decision.do === 'die' ? { ...moved, done: 'check_record' }",
    replace: "decision.do === 'die' ? { ...moved, done: 'recorded' }",
  },
  {
    name: 'deliver: the record is not insisted on',
    file: MOVE,
    find: 'await retryBriefly(tryOnce, situation, ports);',
    replace: 'await tryOnce();',
  },
  {
    name: 'deliver: a success that cannot be recorded is acknowledged',
    file: RESULT,
    find: 'const moved = await moveRecord(step, delivery, situation, ports);',
    replace:
      "const moved = await moveRecord(step, delivery, situation, ports).catch((error) => {\n    if (decision.do !== 'recordDelivered') throw error;\n    return situation;\n  });",
  },
  {
    name: 'deliver: the result of a POST is not remembered',
    file: POST,
    find: '    ports.unrecordedResults.set(received.messageId, attempt);\n',
    replace: '',
  },
  {
    name: 'deliver: a result that cannot be recorded is not handed on',
    file: RESULT,
    find: '  await retryUntilDeadline(() => ports.queue.send([copy]), situation, ports);\n',
    replace: '',
  },
  {
    name: 'deliver: a message is handed on without the result',
    file: RESULT,
    find: '...nextStep(position), attempt, result }',
    replace: '...nextStep(position), attempt, ...(result.at < 0 && { result }) }',
  },
  {
    name: 'deliver: a retry inherits the result of the attempt before',
    file: 'core/deliveries/deliver.ts',
    find: 'const received = { ...given, message };',
    replace: 'const received = { ...given, message: { ...given.message, copy: message.copy } };',
  },
  {
    name: 'deliver: a dead letter that is redriven takes the result that it carries for its own',
    file: 'core/deliveries/adopt.ts',
    find: 'result: undefined, triedToAdopt: true',
    replace: 'triedToAdopt: true',
  },
  {
    name: 'deliver: an attempt that others have overtaken is not told',
    file: MOVE,
    find: 'if (!moved.written && step.attempt !== undefined) await',
    replace: 'if (!moved.written && step.attempt !== undefined && step.deadLetter) await',
  },
  {
    name: 'deliver: a retry keeps its step',
    file: RESULT,
    find: 'message: { ...message, ...nextStep(position), attempt: attempt + 1 },',
    replace: 'message: { ...message, ...position, attempt: attempt + 1 },',
  },
  {
    name: 'deliver: the delay is in ms instead of s',
    file: RESULT,
    find: 'nextAttemptAt: nowMs + delayMs',
    replace: 'nextAttemptAt: nowMs + delayMs / 1000',
  },
  {
    name: 'deliver: the follow-up goes out at once',
    file: RESULT,
    find: 'delaySeconds: Math.ceil(delayMs / 1000),',
    replace: 'delaySeconds: 0,',
  },
  {
    name: 'deliver: Retry-After is not heard',
    file: 'core/retry/policy.ts',
    find: 'Math.min(parseRetryAfter(failed.retryAfter, sources.nowMs) ?? 0,',
    replace: 'Math.min(0,',
  },
  {
    name: 'deliver: no least wait after a timeout',
    file: 'core/retry/policy.ts',
    find: "failed.statusCode === 429 || failed.errorCode === 'timeout'",
    replace: 'failed.statusCode === 429',
  },
  {
    name: 'deliver: the back-off does not grow',
    file: 'core/retry/policy.ts',
    find: 'policy.backoff_factor ** (attempt - 1)',
    replace: '1',
  },
  {
    name: 'deliver: one attempt too few',
    file: 'core/deliveries/outcome.ts',
    find: 'attempt >= policy.max_attempts',
    replace: 'attempt >= policy.max_attempts - 1',
  },
  {
    name: 'deliver: a 410 does not disable the endpoint, and is final',
    file: RESULT,
    find: "if (decision.do === 'die' && decision.disableEndpoint) {",
    replace: "if (decision.do === 'die' && decision.disableEndpoint && delivery.attempt < 0) {",
  },
  {
    name: 'deliver: no stale message is told from a live one',
    file: CLASSIFY,
    find: "return live ? { kind: 'live', position: body, attempt: message.attempt } : { kind: 'stale' };",
    replace:
      "return live || !isFinal(record.status) ? { kind: 'live', position: body, attempt: message.attempt } : { kind: 'stale' };",
  },
  {
    name: 'deliver: a copy of the same step is taken for stale',
    file: CLASSIFY,
    find: 'body.step >= record.next.step',
    replace: 'body.step > record.next.step',
  },
  {
    name: 'deliver: a copy of an attempt that was made is taken for live',
    file: CLASSIFY,
    find: ' && message.attempt > record.attemptCount;',
    replace: ';',
  },
  {
    name: 'deliver: a redriven letter is taken for stale',
    file: CLASSIFY,
    find: 'message.copy === deadLetter.copy && sentAt > deadLetter.firstReceivedAt',
    replace: 'message.copy === deadLetter.copy && sentAt > Infinity',
  },
  {
    name: 'deliver: any late copy is taken for a redriven letter',
    file: CLASSIFY,
    find: 'message.copy === deadLetter.copy && sentAt > deadLetter.firstReceivedAt',
    replace: 'sentAt > deadLetter.firstReceivedAt',
  },
  {
    name: 'deliver: a redriven letter of a delivered record is sent',
    file: CLASSIFY,
    find: "if (record.status === 'dead') return classifyForDead(received, record);",
    replace:
      "if (record.status === 'delivered' && received.sentAt > record.updatedAt) return { kind: 'live', position: { cycle: record.next.cycle + 1, step: 1 }, attempt: 1 };\n  if (record.status === 'dead') return classifyForDead(received, record);",
  },
  {
    name: 'deliver: the adoption of a redriven letter is not written',
    file: 'core/deliveries/adopt.ts',
    find: 'return { ...begun, ...adoptionOf(received) };',
    replace: 'return begun;',
  },
  {
    name: 'deliver: an adopted message is forgotten after a crash',
    file: CLASSIFY,
    find: "  if (record.next.step > 1) return { kind: 'stale' };",
    replace: "  if (record.next.step > 1 || record.claim !== null) return { kind: 'stale' };",
  },
  {
    name: 'deliver: a slow failure overwrites delivered',
    file: ADVANCE,
    find: 'return !isFinal(record.status) && record.next.step <= position.step;',
    replace: "return (!isFinal(record.status) || record.status === 'delivered') && record.next.step <= position.step;",
  },
  {
    name: 'deliver: a 2xx does not win over a later step',
    file: ADVANCE,
    find: "if (status === 'delivered') return record.status !== 'delivered';",
    replace: "if (status === 'delivered' && isFinal(record.status)) return record.status !== 'delivered';",
  },
  {
    name: 'deliver: a 2xx turns the position back',
    file: ADVANCE,
    find: 'next: sameCycle && record.next.step > advance.next.step ? record.next : advance.next,',
    replace: 'next: advance.next,',
  },
  {
    name: 'deliver: the history is not kept',
    file: ADVANCE,
    find: 'attempts: withAttempt(record?.attempts ?? [], advance.attempt),',
    replace: 'attempts: withAttempt([], advance.attempt),',
  },
  {
    name: 'deliver: nothing is claimed',
    file: CLASSIFY,
    find: 'return !isPlain || message.forced === true || record !== undefined;',
    replace: 'return !isPlain && message.forced === true && record === undefined;',
  },
  {
    name: 'deliver: a message that SQS gives out again claims nothing',
    file: CLASSIFY,
    find: 'message.step === 1 && receiveCount === 1 && !message.repeat',
    replace: 'message.step === 1 && receiveCount >= 1 && !message.repeat',
  },
  {
    name: 'deliver: a repeated fan-out claims nothing',
    file: CLASSIFY,
    find: 'receiveCount === 1 && !message.repeat;',
    replace: 'receiveCount === 1;',
  },
  {
    name: 'deliver: a claim holds nobody back',
    file: 'core/deliveries/record.ts',
    find: 'claim === null || claim.until <= nowMs ||',
    replace: 'claim === null || claim.until <= nowMs + 1e9 ||',
  },
  {
    name: "deliver: the holder's own message is acknowledged while it POSTs",
    file: DECIDE,
    find: "if (untilMs !== undefined) return { do: 'waitForClaim', untilMs };",
    replace: "if (untilMs !== undefined) return { do: 'acknowledge' };",
  },
  {
    name: 'deliver: two copies in one batch race',
    file: BATCH,
    find: 'else if (first.messageId !== received.messageId) duplicates.push({ received, first });',
    replace: "else if (first.messageId !== received.messageId) unique.set(name + ' copy', received);",
  },
  {
    name: "deliver: one message's fault fails nobody, and is acknowledged",
    file: BATCH,
    find: "    } catch (fault) {\n      return { received, verdict: 'try_again', fault };\n    }\n  };",
    replace: "    } catch (fault) {\n      return { received, verdict: 'acknowledge', fault };\n    }\n  };",
  },
  {
    name: 'deliver: endpoints are remembered for 10 minutes',
    file: 'core/deliveries/endpoint-cache.ts',
    find: 'lifeMs: ENDPOINT_CACHE_MS',
    replace: 'lifeMs: 600_000',
  },
  {
    name: 'deliver: endpoints are remembered for a minute',
    file: 'core/deliveries/endpoint-cache.ts',
    find: 'lifeMs: ENDPOINT_CACHE_MS',
    replace: 'lifeMs: 60_000',
  },
  {
    name: 'deliver: a paused endpoint is posted to',
    file: DECIDE,
    find: "  if (delivery.endpoint.state === 'paused') return { do: 'hold', waitingFor: 'paused', delivery };\n",
    replace: '',
  },
  {
    name: 'deliver: a held delivery keeps its step',
    file: POSTPONE,
    find: 'next: nextStep(delivery.position),\n    ...(dueMs',
    replace: 'next: delivery.position,\n    ...(dueMs',
  },
  {
    name: 'deliver: a delivery is moved under the POST of another copy',
    file: ADVANCE,
    find: 'unlessClaimed && claimedUntil(record, position.cycle, unlessClaimed.token, nowMs) !== undefined',
    replace: 'unlessClaimed && claimedUntil(undefined, position.cycle, unlessClaimed.token, nowMs) !== undefined',
  },
  {
    name: 'deliver: a message that lost its claim POSTs all the same',
    file: 'core/deliveries/claim.ts',
    find: 'return isOurs ? { ...situation, record, claim: token } : startAgain(situation, record);',
    replace: 'return { ...situation, record, claim: token };',
  },
  {
    name: 'deliver: a slot is recorded and its copy not sent',
    file: POSTPONE,
    find: 'await ports.queue.send([{ message: copy, delaySeconds, lane: endpointLane(situation.received) }]);',
    replace:
      'await ports.queue.send([{ message: copy, delaySeconds, lane: endpointLane(situation.received) }]).catch(() => undefined);',
  },
  {
    name: 'deliver: a lane change is acknowledged and not sent',
    file: POSTPONE,
    find: 'await ports.queue.send([{ message: copy, delaySeconds: 0, lane }]);',
    replace: 'await ports.queue.send([{ message: copy, delaySeconds: 0, lane }]).catch(() => undefined);',
  },
  {
    name: 'deliver: a body is read although there is no room for it',
    file: ROOM,
    find: 'const atOnce = bodies.tryTake(bytes);',
    replace: 'const atOnce = () => undefined;',
  },
  {
    name: 'deliver: the room for a body is given back before its POST is answered',
    file: POST,
    find: '    const answer = await ports.sender.send(',
    replace: '    giveBackRoom(situation);\n    const answer = await ports.sender.send(',
  },
  {
    name: 'deliver: the room for a body is given back while the body still arrives',
    file: POST,
    find: '    await Promise.allSettled(reading);\n',
    replace: '',
  },
  {
    name: 'deliver: the room for a body is not given back',
    file: ROOM,
    find: "  if (typeof room === 'object') room.giveBack();\n",
    replace: '',
  },
  {
    name: 'deliver: a message that is handed on is acknowledged before its copy is sent',
    file: POSTPONE,
    find: '  await ports.queue.send([{ message: copy, delaySeconds: 0, lane }]);',
    replace: '  void ports.queue.send([{ message: copy, delaySeconds: 0, lane }]).catch(() => undefined);',
  },
  {
    name: 'deliver: a message that is handed on keeps its step',
    file: POSTPONE,
    find: '    ...message,\n    ...nextStep(delivery.position),\n    attempt: delivery.attempt,\n    ...(hasSlot',
    replace: '    ...message,\n    ...delivery.position,\n    attempt: delivery.attempt,\n    ...(hasSlot',
  },
  {
    name: 'deliver: waiting for room uses up a receive',
    file: 'core/deliveries/perform.ts',
    find: 'return handOn(decision.delivery, situation, ports);',
    replace: "return 'try_again';",
  },
  {
    name: 'deliver: the newest secret alone signs during an overlap',
    file: POST,
    find: '...stillSigning(previousSecrets, ports.clock()).map(',
    replace: '...stillSigning(previousSecrets, ports.clock()).slice(0, 0).map(',
  },
  {
    name: 'deliver: a former secret signs beyond the end of its overlap',
    file: 'core/endpoints/endpoint.ts',
    find: 'previous.filter(({ expiresAt }) => expiresAt > nowMs)',
    replace: 'previous.filter(({ expiresAt }) => expiresAt > nowMs - 20_000)',
  },
  {
    name: 'deliver: the headers of profiles are keyed by the bytes of the secret',
    file: SIGN,
    find: "key === 'decoded' ? standardKey(secret) : secret",
    replace: 'standardKey(secret)',
  },
  {
    name: 'deliver: the headers of svix are keyed by the text of the secret',
    file: SIGN,
    find: "key === 'decoded' ? standardKey(secret) : secret",
    replace: 'secret',
  },
  {
    name: 'deliver: a header of one signature is by the newest secret during an overlap',
    file: SIGN,
    find: 'secrets.slice(-1)',
    replace: 'secrets.slice(0, 1)',
  },
  {
    name: 'deliver: the header of stripe is by the newest secret alone',
    file: SIGN,
    find: 'secrets.slice(-1) : secrets)',
    replace: 'secrets.slice(-1) : secrets.slice(0, 1))',
  },
  {
    name: 'deliver: what is signed ends before the body',
    file: SIGN,
    find: '.update(body)\n      .update(after)',
    replace: '.update(after)',
  },
  {
    name: 'deliver: a secret that is a text signs by what a decoder makes of it',
    file: 'core/signing/secret.ts',
    find: 'return STANDARD.test(secret) ?',
    replace: 'return STANDARD.test(secret) || secret.length > 6 ?',
  },
  {
    name: 'deliver: the body is parsed and written again',
    file: POST,
    find: 'inline ?? ports.payloads.get(ref),',
    replace: 'inline === undefined ? ports.payloads.get(ref) : JSON.stringify(JSON.parse(inline)),',
  },
];
