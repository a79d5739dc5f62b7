import type { Mutant } from './mutant.ts';

const CIRCUIT = 'core/circuit/circuit.ts';

/** In what the deliver Lambda knows of endpoints: circuit, lane, rate. */
export const HEALTH: readonly Mutant[] = [
  {
    name: 'circuit: opens one failure early',
    file: CIRCUIT,
    find: 'if (failures < rules.openAfterFailures) return failing;',
    replace: 'if (failures < rules.openAfterFailures - 1) return failing;',
  },
  {
    name: 'circuit: opens without the holding mark',
    file: CIRCUIT,
    find: '    holding: { id: holdingId(), emptySince: null },\n',
    replace: '',
  },
  {
    name: 'circuit: lets everything through while it is open',
    file: CIRCUIT,
    find: "return nowMs >= circuit.openUntil || isNewer ? 'probe' : 'hold';",
    replace: "return nowMs >= circuit.openUntil || isNewer ? 'pass' : 'pass';",
  },
  {
    name: 'circuit: the probe is not locked',
    file: CIRCUIT,
    find: "if (circuit.probe !== null && circuit.probe.until > nowMs) return 'hold';",
    replace: '',
  },
  {
    name: 'circuit: a late failure takes the probe from its holder',
    file: CIRCUIT,
    find: 'if (probe === null || circuit.probe?.token !== probe) return health;',
    replace: '',
  },
  {
    name: 'circuit: the POST goes out without the lease',
    file: 'core/deliveries/attempt.ts',
    find: "if (lease === 'hold') return { kind: 'held', work: claimed };",
    replace: '',
  },
  {
    name: 'health: a healthy endpoint is written at every success',
    file: CIRCUIT,
    find: 'if (health.consecutiveFailures === 0 && health.circuit === null) return health;',
    replace: '',
  },
  {
    name: 'health: a write of others is overwritten',
    file: 'core/endpoints/health.ts',
    find: 'const health = { ...next, revision: seen.revision + 1 };',
    replace: 'const health = { ...next, holding: null, revision: seen.revision + 1 };',
  },
  {
    name: 'rate: a batch reserves one slot',
    file: 'core/rate/limiter.ts',
    find: 'requests.length * spacingMs, now,',
    replace: 'spacingMs, now,',
  },
  {
    name: 'rate: slots are not waited for',
    file: 'core/deliveries/gate.ts',
    find: 'if (slot > ports.clock()) return takeSlot(work, slot, ports);',
    replace: '',
  },
  {
    name: 'rate: the wait for a slot is in ms',
    file: 'core/deliveries/gate.ts',
    find: 'const delaySeconds = Math.ceil((slot - ports.clock()) / 1000);',
    replace: 'const delaySeconds = Math.ceil((slot - ports.clock()) / 1_000_000);',
  },
  {
    name: 'rate: a retry goes out on its former slot',
    file: 'core/deliveries/hand-on.ts',
    find: 'slot: __, copy: ___, ...message',
    replace: 'copy: ___, ...message',
  },
];
