import { isObject } from '../json.ts';
import type { InputFault } from '../problem.ts';
import { PATTERN_MAX } from './event-type.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

type Json = Readonly<Record<string, unknown>>;

/** Keywords that hold a schema, a list of schemas, or schemas by name. No other keyword holds a schema. */
const SCHEMA = [
  ...['additionalProperties', 'unevaluatedProperties', 'propertyNames', 'items', 'unevaluatedItems', 'contains'],
  ...['not', 'if', 'then', 'else', 'contentSchema'],
];
const SCHEMA_LIST = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const SCHEMAS_BY_NAME = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'dependencies'];

interface Place {
  node: Json;
  path: string[];
  /** The base URI of its references, and the schema that `#` refers to. */
  base: string;
  resource: Json;
}

const NO_BASE = 'https://schema.invalid/';

function resolved(reference: string, base: string): string | undefined {
  return URL.parse(reference, base)?.href;
}

/** Every schema within a schema. */
function placesIn(value: unknown, path: string[], parent?: Place): Place[] {
  if (!isObject(value)) return [];
  const isResource = parent === undefined || typeof value.$id === 'string';
  const base = parent?.base ?? NO_BASE;
  const place: Place = {
    node: value,
    path,
    base: typeof value.$id === 'string' ? (resolved(value.$id, base) ?? base) : base,
    resource: isResource ? value : parent.resource,
  };
  const below = Object.entries(value).flatMap(([keyword, held]) => {
    const at = [...path, keyword];
    if (SCHEMA.includes(keyword)) return placesIn(held, at, place);
    const isMany = SCHEMA_LIST.includes(keyword) || (SCHEMAS_BY_NAME.includes(keyword) && isObject(held));
    if (!isMany || typeof held !== 'object' || held === null) return [];
    return Object.entries(held).flatMap(([name, one]) => placesIn(one, [...at, name], place));
  });
  return [place, ...below];
}

/**
 * The faults that this product finds beyond JSON Schema: whatever would make a schema fetch something, mean something
 * other than it says, or run forever.
 * @param schema nested no deeper than the limit.
 * @param at its path in the request.
 */
export function schemaFaults(schema: unknown, at: string[]): InputFault[] {
  if (typeof schema === 'boolean') return [];
  if (!isObject(schema)) return [fault(at, 'Use a JSON Schema: an object, true or false.')];
  const places = placesIn(schema, at);
  const resources = new Set(places.filter(({ node }) => typeof node.$id === 'string').map(({ base }) => plain(base)));
  return [
    ...protoFaults(schema, at),
    ...places.flatMap((place) => [
      ...dialectFaults(place),
      ...patternFaults(place),
      ...referenceFaults(place, resources),
      ...foreignFaults(place),
    ]),
  ];
}

const fault = (path: string[], message: string): InputFault => ({ path: path.join('.'), message });
const plain = (uri: string) => uri.split('#')[0] ?? uri;

/** `__proto__` is an ordinary name in JSON, but not in JavaScript. */
function protoFaults(value: unknown, path: string[]): InputFault[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const at = [...path, name];
    if (name === '__proto__') return [fault(at, 'Members of this name are not supported: use another name.')];
    return protoFaults(member, at);
  });
}

function dialectFaults({ node, path }: Place): InputFault[] {
  if (node.$schema === undefined || node.$schema === DIALECT || node.$schema === `${DIALECT}#`) return [];
  return [fault([...path, '$schema'], `Only JSON Schema 2020-12 is supported: omit $schema, or use ${DIALECT}.`)];
}

/** Extensions of other tools to JSON Schema that it would be surprising to ignore. */
function foreignFaults({ node, path }: Place): InputFault[] {
  const messages: Record<string, string> = {
    $async: 'Asynchronous schemas are not supported: remove $async.',
    nullable: 'Not a keyword of JSON Schema 2020-12: use "type": ["string", "null"], with the type you need.',
    id: 'Not a keyword of JSON Schema 2020-12: use $id.',
  };
  return Object.entries(messages).flatMap(([keyword, message]) =>
    Object.hasOwn(node, keyword) ? [fault([...path, keyword], message)] : [],
  );
}

function patternFaults({ node, path }: Place): InputFault[] {
  const names = isObject(node.patternProperties) ? Object.keys(node.patternProperties) : [];
  return [
    ...(typeof node.pattern === 'string' ? patternFault(node.pattern, [...path, 'pattern']) : []),
    ...names.flatMap((name) => patternFault(name, [...path, 'patternProperties', name.slice(0, 64)])),
  ];
}

function patternFault(pattern: string, path: string[]): InputFault[] {
  if (pattern.length > PATTERN_MAX) return [fault(path, `Use a pattern of at most ${PATTERN_MAX} characters.`)];
  try {
    new RegExp(pattern, 'u');
    return [];
  } catch {
    return [fault(path, 'Not a regular expression (ECMAScript, in Unicode mode): correct it.')];
  }
}

function referenceFaults(place: Place, resources: Set<string>): InputFault[] {
  const { node, path, resource } = place;
  const faults: InputFault[] = [];
  if (typeof node.$ref === 'string' && !resolves(node.$ref, place, resources)) {
    faults.push(
      fault(
        [...path, '$ref'],
        'Does not resolve within this schema; remote references are not fetched: put it into $defs and refer to it as #/$defs/<name>.',
      ),
    );
  }
  if (typeof node.$dynamicRef === 'string' && node.$dynamicRef !== `#${resource.$dynamicAnchor}`) {
    faults.push(fault([...path, '$dynamicRef'], 'Set this $dynamicAnchor at the root, or use $ref.'));
  }
  return faults;
}

/** Whether a reference resolves within this schema; anchors are left to the engine. */
function resolves(reference: string, { base, resource }: Place, resources: Set<string>): boolean {
  if (reference === '#' || reference.startsWith('#/')) return hasPointer(resource, reference.slice(2));
  if (reference.startsWith('#')) return true;
  const target = resolved(reference, base);
  return target !== undefined && resources.has(plain(target));
}

function hasPointer(root: Json, pointer: string): boolean {
  if (pointer === '') return true;
  let at: unknown = root;
  for (const part of pointer.split('/')) {
    const name = unescaped(part);
    if (typeof at !== 'object' || at === null || name === undefined || !Object.hasOwn(at, name)) return false;
    at = Object.entries(at).find(([member]) => member === name)?.[1];
  }
  return typeof at === 'boolean' || isObject(at);
}

function unescaped(part: string): string | undefined {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return undefined;
  }
}
