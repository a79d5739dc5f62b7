import type { DataGuard } from '../catalogue/data-guard.ts';
import { type InputFault, Problem } from '../problem.ts';
import type { EventWriter } from './accept.ts';
import type { Candidate } from './read-candidates.ts';

/**
 * Refuses what the catalogue has something against. An event that was accepted before is let pass: the schema is newer
 * than the event, and what was acknowledged once is acknowledged when it is repeated.
 * @throws Problem `invalid` naming the fields at fault; nothing has been stored.
 */
export async function refuseInvalidData(
  candidates: Candidate[],
  { guard, events }: { guard: DataGuard; events: Pick<EventWriter, 'find'> },
): Promise<void> {
  const found = await guard(candidates.map(({ input }) => input));
  const refused = candidates.flatMap((candidate, at) => {
    const faults = found[at] ?? [];
    return faults.length === 0 ? [] : [{ candidate, faults }];
  });
  if (refused.length === 0) return;
  const keyed = refused.filter(({ candidate }) => candidate.keyed).map(({ candidate }) => candidate.id);
  const accepted = keyed.length === 0 ? undefined : await events.find(keyed);
  const faults = refused
    .filter(({ candidate }) => !accepted?.has(candidate.id))
    .flatMap(({ candidate, faults: ofOne }) => ofOne.map((fault) => within(candidate, fault)));
  if (faults.length === 0) return;
  throw new Problem('invalid', 'Nothing was accepted: correct the fields named in errors.', { faults });
}

function within({ path }: Candidate, fault: InputFault): InputFault {
  return { ...fault, path: [...path, fault.path].join('.') };
}
