import type { Mutant } from './mutant.ts';

/** Bugs that separate a change from its audit entry. */
export const AUDIT: readonly Mutant[] = [
  {
    name: 'audit: a change writes over the entry that an endpoint carries',
    file: 'core/endpoints/change.ts',
    find: '          await flushPendingEntry(found, ports.audit);\n',
    replace: '',
  },
  {
    name: 'audit: a deletion writes over the entry that an endpoint carries',
    file: 'core/endpoints/change.ts',
    find: '        await flushPendingEntry({ pendingEntry }, ports.audit);\n',
    replace: '',
  },
  {
    name: 'audit: an entry stands in the trail before its change is made',
    file: 'core/endpoints/change.ts',
    find: '          await flushPendingEntry(found, ports.audit);\n',
    replace:
      '          await flushPendingEntry(found, ports.audit);\n          await flushPendingEntry({ pendingEntry: entry ?? undefined }, ports.audit);\n',
  },
  {
    name: 'audit: an entry is taken from its endpoint before it is copied',
    file: 'core/audit/flush.ts',
    find: '    if (await ports.audit.append(entry)) copied += 1;\n    else await remove();\n',
    replace: '    await remove();\n    if (await ports.audit.append(entry)) copied += 1;\n',
  },
];
