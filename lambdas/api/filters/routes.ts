import type * as z from 'zod';
import { isoTime } from '../../../core/clock.ts';
import { buildEnvelope } from '../../../core/events/envelope.ts';
import { memberText } from '../../../core/events/raw-json.ts';
import { newId } from '../../../core/ids.ts';
import type { Caller } from '../../../core/keys/authenticate.ts';
import { Problem } from '../../../core/problem.ts';
import { tryFilter } from '../../../core/subscriptions/try-filter.ts';
import type { ApiPorts } from '../ports.ts';
import { type Route, route } from '../route.ts';
import { maySee } from '../scope.ts';
import * as operations from './operations.ts';
import type { filterVerdict, triedEvent } from './schemas.ts';

/** The route that tries filters. */
export function filterRoutes(ports: ApiPorts): Route[] {
  /** The envelope of an event in the body, with `data` exactly as it is written there. */
  const envelopeOf = (input: z.output<typeof triedEvent>, text: string) =>
    buildEnvelope({
      id: newId('evt', ports.clock(), ports.random),
      timestamp: input.timestamp ?? isoTime(ports.clock()),
      input,
      dataText: memberText(memberText(text, 'event') ?? '{}', 'data') ?? 'null',
    });
  const published = async (key: Caller, id: string) => {
    const event = (await ports.events.find([id])).get(id);
    if (event === undefined || !maySee(key, event.tenant)) throw unknownEvent();
    return ports.payloads.get(event.payload);
  };

  return [
    route(operations.tryFilter, async ({ key, body: { filter, event, event_id: id }, text }) => {
      const envelope = event === undefined ? await published(key, id ?? '') : envelopeOf(event, text);
      const result = await tryFilter(filter, envelope, ports);
      const value: z.output<typeof filterVerdict> = {
        verdict: result.verdict,
        reason: 'reason' in result ? result.reason : null,
        steps: result.steps,
      };
      return { value };
    }),
  ];
}

function unknownEvent(): Problem {
  return new Problem('invalid', 'The body is not valid: correct the fields named in errors.', {
    faults: [{ path: 'event_id', message: 'There is no event with this id.' }],
  });
}
