import type { Mutant } from './mutant.ts';

const CIRCUIT = 'core/endpoints/circuit-breaker.ts';

/** In the deliver Lambda's endpoint health: circuit and lane. */
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
    file: 'core/deliveries/decide.ts',
    find: "  if (probe === 'refused') return { do: 'hold', waitingFor: 'circuit', delivery };\n",
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
];
