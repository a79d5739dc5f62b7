import type { ErrorObject } from 'ajv';
import type { DataFault } from '../../core/event-types/json-schema.ts';

/** Maximum text of the schema that a message quotes: a schema may have names of any length. */
const QUOTED_MAX = 200;
const NO_MATCH = 'must match the schema';

function segments({ instancePath }: ErrorObject): string[] {
  if (instancePath === '') return [];
  return instancePath
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Ajv's errors as faults: where, and what to do. Quotes only the schema, never the data. */
export function faultsOf(errors: readonly ErrorObject[] | null | undefined): DataFault[] {
  const faults = (errors ?? []).filter((error): error is ErrorObject => error !== undefined).map(faultOf);
  const unique = new Map(faults.map((fault) => [JSON.stringify(fault), fault]));
  return [...unique.values()];
}

function faultOf(error: ErrorObject): DataFault {
  const path = segments(error);
  const { keyword, params } = error;
  if (keyword === 'required') return { path: [...path, `${params.missingProperty}`], message: 'Required: add it.' };
  const extra: unknown = params.additionalProperty ?? params.unevaluatedProperty;
  if (extra !== undefined) return { path: [...path, `${extra}`], message: 'Not allowed by the schema: remove it.' };
  return { path, message: sentence(error) };
}

function sentence({ keyword, params, message = NO_MATCH }: ErrorObject): string {
  if (keyword === 'type') return `Use a value of type ${[params.type].flat().join(' or ')}.`;
  if (keyword === 'enum') return `Use one of ${quoted(params.allowedValues)}.`;
  if (keyword === 'const') return `Use ${quoted(params.allowedValue)}.`;
  if (keyword === 'pattern') return `Use text that matches the pattern ${String(params.pattern).slice(0, QUOTED_MAX)}.`;
  if (keyword === 'false schema') return 'The schema allows no value here: remove it.';
  if (message.length > QUOTED_MAX) return `The value ${NO_MATCH}.`;
  return message.startsWith('must')
    ? `The value ${message}.`
    : `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text.length <= QUOTED_MAX ? text : 'the values in the schema';
}
