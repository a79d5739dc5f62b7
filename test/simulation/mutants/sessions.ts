import type { Mutant } from './mutant.ts';

const MANAGE = 'core/sessions/manage.ts';
const LIVING = 'core/sessions/living.ts';

/** Bugs in how sessions begin and end. */
export const SESSIONS: readonly Mutant[] = [
  {
    name: 'sessions: a second use of a code is refused, and the session lives on',
    file: MANAGE,
    find: '        write: () => write(stored, after, entry, ports),\n      };\n    },\n    tries: USER_TRIES,\n    exhausted: busy,\n  });\n  if (outcome.isUsed)',
    replace:
      '        ...(isUsed ? {} : { write: () => write(stored, after, entry, ports) }),\n      };\n    },\n    tries: USER_TRIES,\n    exhausted: busy,\n  });\n  if (outcome.isUsed)',
  },
  {
    name: 'sessions: whoever redeems last wins',
    file: MANAGE,
    find: 'sessions.put(after, changeId, entry);',
    replace: 'sessions.put(after, (await sessions.find(session.id))?.changeId, entry);',
  },
  {
    name: 'sessions: a page that repeats itself is a second use',
    file: MANAGE,
    find: 'if (isUsed && session.tokenHash === tokenHash && session.codeExpiresAt > now) {',
    replace: 'if (isUsed && session.tokenHash === tokenHash && session.codeExpiresAt < now) {',
  },
  {
    name: 'sessions: a change writes over the entry that a session carries',
    file: MANAGE,
    find: '  await flushPendingEntry(stored, audit);\n',
    replace: '',
  },
  {
    name: "sessions: the end of a tenant's sessions writes over the entry of the one before",
    file: MANAGE,
    find: '          await flushPendingEntry(stored, ports.audit);\n',
    replace: '',
  },
  {
    name: 'sessions: nobody asks whether the key is still there',
    file: LIVING,
    find: '      (parent === null || living.has(nameOf(parent))),',
    replace: '      true,',
  },
  {
    name: "sessions: nobody asks whether all of the tenant's were ended",
    file: LIVING,
    find: "createdAt > (endings.get(tenant ?? '') ?? Number.NEGATIVE_INFINITY)",
    replace: 'createdAt > 0',
  },
  {
    name: 'sessions: believed for five minutes',
    file: 'core/keys/authenticate.ts',
    find: 'const CACHE_MS = MINUTE_MS;',
    replace: 'const CACHE_MS = 5 * MINUTE_MS;',
  },
];
